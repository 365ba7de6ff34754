import { map, type Observable } from 'rxjs';
import type { RunHelpers, TestScheduler } from 'rxjs/testing';
import {
  type Address,
  type ChannelGroup,
  type Engine,
  type EngineOptions,
  type Message,
  OpCode,
  type Payload,
  tcpClient,
  tcpServer,
} from '../../lib/index.js';
import { type VirtualNetwork, virtualNetwork, type VirtualNetworkOptions } from '../../lib/testing/index.js';
import { lineOf, post, postHello } from './conversation.js';
import { marbles } from './virtual-time.js';

/** An engine of a virtual network with one group, as specs use them. */
export class Party {
  readonly engine: Engine;
  readonly group: ChannelGroup;

  constructor(net: VirtualNetwork, options?: EngineOptions) {
    this.engine = net.createEngine(options);
    this.group = this.engine.createGroup();
  }

  /** All that its group learns, as short lines. */
  get lines$(): Observable<string> {
    return this.group.pipe(map(lineOf));
  }

  /** Posts a WelcomeRequest; its channel. */
  listen(address: Address = tcpServer()): number {
    const request = this.engine.get();
    address.format(request);
    return this.group.post(request).channelNumber;
  }

  /** Posts a HelloRequest; its channel. */
  dial(address: Address = tcpClient()): number {
    return postHello(this.engine, this.group, address);
  }

  post(channel: number, opCode: OpCode, payload?: Payload): void {
    post(this.engine, this.group, channel, opCode, payload === undefined ? {} : { payload });
  }

  /** Answers every hello, every bye, and every Request with its body in capitals. */
  answer(): void {
    this.group.subscribe(message => {
      if (message.isFromEngine()) return;
      const reply = replyTo(message);
      if (reply !== null) this.group.post(reply);
    });
  }
}

function replyTo(message: Message): Message | null {
  switch (message.opCode) {
    case OpCode.HelloRequest:
    case OpCode.ByeRequest:
      return message.reply();
    case OpCode.Request:
      return message.reply(message.body.text().toUpperCase());
    default:
      return null;
  }
}

/** The server listens and answers, and the client dials; the channel of the client. */
export function connect(client: Party, server: Party): number {
  server.listen();
  server.answer();
  return client.dial();
}

/** What a spec in a network has at hand. */
export interface World extends RunHelpers {
  readonly scheduler: TestScheduler;
  readonly net: VirtualNetwork;
  readonly server: Party;
  readonly client: Party;
  /** Calls `f` in a frame. */
  at(frame: number, f: () => void): void;
}

/** Runs a marble spec with a server and a client in a network. */
export function inNetwork(
  options: VirtualNetworkOptions & { readonly engines?: EngineOptions },
  run: (world: World) => void,
): void {
  marbles(helpers => {
    const { scheduler } = helpers;
    const net = virtualNetwork({ scheduler, ...options });
    const server = new Party(net, options.engines);
    const client = new Party(net, options.engines);
    run({ ...helpers, net, server, client, at: (frame, f) => scheduler.schedule(f, frame) });
  });
}

/** The lines that come again and again: of a client on channel 1, and of a server that listens on its channel 1. */
export const LINES = {
  w: 'WelcomeResponse success 1',
  h: 'HelloRequest 2',
  H: 'HelloResponse 1',
  f: 'HelloResponse connect_failed 1',
  q: 'Request 2 "ping"',
  r: 'Response 1 "PING"',
  s: 'Signal 2 "tick"',
  B: 'ByeRequest 2',
  b: 'ByeResponse 1',
  c: 'Signal channel_closed 1',
  C: 'Signal channel_closed 2',
};
