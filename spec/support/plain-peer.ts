import { tap } from 'rxjs';
import {
  type Address,
  connect,
  type EngineOptions,
  OpCode,
  type Payload,
  type Peer,
  type Status,
  statusName,
  tcpClient,
  tcpServer,
} from '../../lib/index.js';
import { opCodeName } from '../../lib/message/op-code.js';
import { post, postHello } from './conversation.js';
import type { VirtualNetwork } from '../../lib/testing/index.js';
import { frame, networkForSpec, record, type Recording, type Side } from './peers.js';

/** What a plain peer may say of a message. */
interface Fields {
  readonly id?: bigint | number;
  readonly more?: boolean;
}

/** A peer that knows nothing of Peers: it posts by hand, and writes down what it gets. */
export class PlainPeer {
  /** What came, as frames; the engine's messages as their status. */
  readonly frames: string[] = [];
  /** The ids of what came. */
  readonly ids: bigint[] = [];
  readonly #side: Side;
  #channel = 0;

  constructor(side: Side) {
    this.#side = side;
    side.group.subscribe(message => {
      if (message.opCode === OpCode.HelloRequest) this.#channel = message.channelNumber;
      this.frames.push(message.isFromEngine() ? statusLine(message.opCode, message.status) : frame(message));
      this.ids.push(message.messageId);
    });
  }

  /** One that dials a Listener. */
  static dial(side: Side, address: Address = tcpClient()): PlainPeer {
    const plain = new PlainPeer(side);
    plain.#channel = postHello(side.engine, side.group, address);
    return plain;
  }

  /** One that listens, and accepts by itself. */
  static listen(side: Side, address: Address = tcpServer()): PlainPeer {
    const plain = new PlainPeer(side);
    const request = side.engine.get();
    address.format(request);
    side.group.post(request);
    side.group.subscribe(message => {
      if (message.opCode === OpCode.HelloRequest) side.group.post(message.reply());
    });
    return plain;
  }

  request(payload?: Payload, fields?: Fields): bigint {
    return this.#post(OpCode.Request, payload, fields);
  }

  response(id: bigint | number, payload?: Payload, fields?: Fields): void {
    this.#post(OpCode.Response, payload, { ...fields, id });
  }

  signal(payload?: Payload, fields?: Fields): void {
    this.#post(OpCode.Signal, payload, fields);
  }

  /** Any operation. */
  say(opCode: OpCode, payload?: Payload, fields?: Fields): void {
    this.#post(opCode, payload, fields);
  }

  /** What came since the last call of this. */
  heard(): string[] {
    return this.frames.splice(0);
  }

  #post(opCode: OpCode, payload: Payload | undefined, fields: Fields = {}): bigint {
    const { engine, group } = this.#side;
    return post(engine, group, this.#channel, opCode, {
      ...fields,
      ...(payload === undefined ? {} : { payload }),
    }).messageId;
  }
}

function statusLine(opCode: OpCode, status: Status): string {
  return `engine: ${opCodeName(opCode)} ${statusName(status)}`;
}

/** A Peer that has connected to a plain peer, in virtual time. */
export interface PlainPair {
  readonly peer: Peer;
  readonly plain: PlainPeer;
  readonly client: Side;
  readonly server: Side;
  readonly connecting: Recording;
  readonly net: VirtualNetwork;
  pass(ms?: number): Promise<void>;
}

/** A plain peer that listens, and a Peer that has connected to it. */
export async function plainPair(engines?: EngineOptions): Promise<PlainPair> {
  const { side, net, pass } = networkForSpec();
  const server = side();
  const client = side(engines);
  const plain = PlainPeer.listen(server);
  const peers: Peer[] = [];
  const connecting = record(connect(client.group, tcpClient()).pipe(tap(peer => peers.push(peer))));
  await pass();
  plain.heard();
  return { peer: peers[0] as Peer, plain, client, server, connecting, net, pass };
}
