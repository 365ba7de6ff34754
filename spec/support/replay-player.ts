import {
  type ChannelGroup,
  type Engine,
  type Message,
  OpCode,
  Origin,
  parseAddress,
  statusName,
  tcpClient,
  tcpServer,
  TofuError,
  udsClient,
  udsServer,
} from '../../lib/index.js';
import { engineForSpec } from './engines.js';
import { type EventEntry, type OpCodeName, payloadOf, type Side } from './golden.js';
import type { Script, ScriptedPost } from './golden-differences.js';
import type { RawPeer } from './raw-peer.js';
import { digest, type ReplayedEvent, type SayStep } from './replay-steps.js';

const DEADLINE_MS = 4_000;
const CONNECT_TO = '~connect_to';

/** What a peer reads, taken piece by piece. */
export class PeerWire {
  readonly peer: RawPeer;
  #taken = 0;

  constructor(peer: RawPeer) {
    this.peer = peer;
  }

  /** The next bytes. */
  async take(count: number): Promise<Buffer> {
    const all = await this.peer.read(this.#taken + count);
    const bytes = Buffer.from(all.slice(2 * this.#taken), 'hex');
    this.#taken += count;
    return bytes;
  }

  /** What came and was not taken, as hex. */
  get untaken(): string {
    return this.peer.received.slice(2 * this.#taken);
  }
}

/** One side of a conversation, played by an engine against a raw peer. */
export class Player {
  readonly engine: Engine;
  readonly group: ChannelGroup;
  readonly events: ReplayedEvent[] = [];
  readonly #script: Script;
  readonly #side: Side;
  /** Our channel numbers by the recorded ones. */
  readonly #ours = new Map<number, number>();
  /** The address that stands for the recorded one. */
  #address = '';

  constructor(script: Script, side: Side) {
    this.#script = script;
    this.#side = side;
    // Slots for all that is in flight in any recording: the recorded engines had no reason to wait either.
    this.engine = engineForSpec({ initialPoolMsgs: 64 });
    this.group = this.engine.createGroup();
  }

  /** Posts the HelloRequest to this address from now on. */
  connectTo(address: string): void {
    this.#address = address;
  }

  /** Listens on a free address; where. */
  async listen(): Promise<{ host: string; port: number } | { path: string }> {
    const post = this.#script.posted.find(
      ({ at, opCode }) => at === this.#side && opCode === 'WelcomeRequest',
    );
    if (post === undefined) throw new Error(`${this.#script.name}: nobody listens`);
    const welcome = this.engine.get();
    (this.#script.transport === 'tcp' ? tcpServer('127.0.0.1', 0) : udsServer()).format(welcome);
    welcome.messageId = BigInt(post.messageId);
    this.#ours.set(post.channelNumber, this.group.post(welcome).channelNumber);
    const response = await this.#next();
    const bound = parseAddress(response);
    this.#address = bound?.toString() ?? '';
    this.#record(response);
    if (bound?.kind === 'tcp') return { host: '127.0.0.1', port: bound.port };
    if (bound?.kind === 'uds') return { path: bound.path };
    throw new Error(`${this.#script.name}: not listening: ${JSON.stringify(this.events)}`);
  }

  /** Posts a message as it was recorded; what is to be refused becomes an event. */
  post(post: ScriptedPost, frame: Buffer | null): void {
    try {
      this.#post(post, frame);
    } catch (error) {
      if (post.refused === undefined || !(error instanceof TofuError)) throw error;
      this.events.push({ refused: post.opCode, error: error.code });
    }
  }

  #post(post: ScriptedPost, frame: Buffer | null): void {
    using message = this.engine.get();
    const isHello = post.opCode === 'HelloRequest';
    if (isHello) this.#addressOfPeer().format(message);
    else message.channelNumber = this.#ours.get(post.channelNumber) ?? 0;
    message.opCode = OpCode[post.opCode];
    message.messageId = BigInt(post.messageId);
    if (post.bodyLength !== undefined) message.body.append(new Uint8Array(post.bodyLength));
    if (frame !== null) {
      const { headers, body } = payloadOf(frame);
      message.more = ((frame[2] ?? 0) & 0x20) !== 0;
      for (const [name, value] of linesOf(headers))
        if (name !== CONNECT_TO) message.textHeaders.append(name, value);
      message.body.append(body);
    }
    const { channelNumber, messageId } = this.group.post(message);
    expect(messageId).toBe(BigInt(post.messageId));
    if (isHello) this.#ours.set(post.channelNumber, channelNumber);
  }

  /** Posts what was posted in a row. */
  say(step: SayStep): void {
    for (const { post, frame } of step.posts) this.post(post, frame);
  }

  /** The wire carries what was posted: the recorded bytes, byte for byte. */
  async expectSaid(step: SayStep, wire: PeerWire): Promise<void> {
    for (const { post, frame } of step.posts) {
      if (frame === null) continue;
      const expected = this.#asWeSendIt(frame, post.channelNumber);
      expect(digest(await wire.take(expected.length))).toBe(digest(expected));
    }
  }

  /** A recorded frame of ours as it is now: with our channel number and our address. */
  #asWeSendIt(frame: Buffer, recordedChannel: number): Buffer {
    const { headers, body } = payloadOf(frame);
    const lines = linesOf(headers).map(
      ([name, value]) => `${name}:${name === CONNECT_TO ? this.#address : value}\r\n`,
    );
    const ourHeaders = Buffer.from(lines.join(''));
    const head = Buffer.from(frame.subarray(0, 16));
    head.writeUInt16BE(this.#ours.get(recordedChannel) ?? 0, 0);
    head.writeUInt16BE(ourHeaders.length, 12);
    return Buffer.concat([head, ourHeaders, body]);
  }

  /** Receives this many messages. */
  async receive(count: number): Promise<void> {
    for (let index = 0; index < count; index++) this.#record(await this.#next());
  }

  async #next(): Promise<Message> {
    const message = await this.group.waitReceive(DEADLINE_MS);
    if (message === null) {
      throw new Error(`${this.#script.name}: nothing came behind ${JSON.stringify(this.events, null, 1)}`);
    }
    return message;
  }

  #record(message: Message): void {
    if (message.opCode === OpCode.HelloRequest) this.#learnChannel(message);
    const headers = [...message.textHeaders].map(([name, value]) => `${name}:${value}\r\n`).join('');
    this.events.push({
      channelNumber: this.#recorded(message.channelNumber),
      opCode: nameOf(message.opCode),
      origin: message.origin === Origin.engine ? 'engine' : 'application',
      more: Number(message.more),
      status: statusName(message.status),
      messageId: String(message.messageId),
      textHeaders: digest(
        Buffer.from(message.isFromEngine() ? headers.replace(this.#address, this.#script.listen) : headers),
      ),
      body: digest(message.body.bytes()),
    });
    this.engine.put(message);
  }

  /** The channel of a connection that came: its HelloRequest was recorded under another number. */
  #learnChannel(hello: Message): void {
    const recorded = this.#script.events.find(
      (event): event is EventEntry =>
        event.at === this.#side && !('refused' in event) && event.opCode === 'HelloRequest',
    );
    if (recorded !== undefined) this.#ours.set(recorded.channelNumber, hello.channelNumber);
  }

  #recorded(channelNumber: number): number {
    for (const [recorded, ours] of this.#ours) if (ours === channelNumber) return recorded;
    return -channelNumber;
  }

  #addressOfPeer(): ReturnType<typeof tcpClient> | ReturnType<typeof udsClient> {
    const [kind, place = '', port] = this.#address.split('|');
    return kind === 'tcp' ? tcpClient(place, Number(port)) : udsClient(place);
  }
}

function linesOf(headers: Buffer): [name: string, value: string][] {
  return headers
    .toString()
    .split('\r\n')
    .filter(line => line !== '')
    .map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]);
}

function nameOf(opCode: number): OpCodeName {
  return Object.entries(OpCode).find(([, value]) => value === opCode)?.[0] as OpCodeName;
}
