import { isDeepStrictEqual } from 'node:util';
import { map, mergeMap, type Observable, share } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import {
  type Engine,
  type EngineOptions,
  listen,
  type ListenOptions,
  type Message,
  type Peer,
  tcpServer,
} from '../../lib/index.js';
import {
  atRest,
  type VirtualNetwork,
  virtualNetwork,
  type VirtualNetworkOptions,
} from '../../lib/testing/index.js';
import type { Side } from './peers.js';
import { codes } from './virtual-time.js';

/** In how many ways the bytes of a conversation are cut. */
const CUTS = 1_000;

export interface CutOptions extends Omit<VirtualNetworkOptions, 'scheduler' | 'chunk' | 'seed' | 'until'> {
  /** The options of the engine that listens, */
  readonly server?: EngineOptions;
  /** and of the one that connects. */
  readonly client?: EngineOptions;
}

/** What a conversation has at hand. */
export interface Conversation extends RunHelpers {
  readonly scheduler: TestScheduler;
  readonly net: VirtualNetwork;
  readonly server: Side;
  readonly client: Side;
  /** Calls `f` in a frame. */
  at(frame: number, f: () => void): void;
}

/**
 * Runs one conversation in virtual time with its bytes uncut, and then with a thousand different cuts: its diagrams hold each time,
 * since how bytes are cut changes nothing of when a frame is whole. It must come to an end by itself: what repeats itself for ever is to be unsubscribed.
 */
export function forEveryCut(options: CutOptions, converse: (conversation: Conversation) => void): void {
  run('whole', options, {}, converse);
  for (let seed = 1; seed <= CUTS; seed++) {
    run(`seed ${String(seed)}`, options, { chunk: 'random', seed }, converse);
  }
}

/** Listens from the first subscription on, and emits the Peers that come. */
export function peersOf({ group }: Side, options?: ListenOptions): Observable<Peer> {
  return listen(group, tcpServer(), options).pipe(
    mergeMap(listener => listener.peers$),
    share(),
  );
}

/** The bodies of messages, and the codes of errors. */
export function said(messages: Observable<Message>): Observable<string> {
  return messages.pipe(
    map(message => message.body.text()),
    codes(),
  );
}

function run(
  cut: string,
  { server, client, ...network }: CutOptions,
  pieces: VirtualNetworkOptions,
  converse: (conversation: Conversation) => void,
): void {
  const holds = (actual: unknown, expected: unknown): void => {
    // As strict as expect, at a fraction of its cost: of thousands of runs only one that differs is worth its words.
    if (!isDeepStrictEqual(actual, expected)) expect({ cut, actual }).toEqual({ cut, actual: expected });
  };
  const scheduler = new TestScheduler(holds);
  const engines: Engine[] = [];
  scheduler.run(helpers => {
    const net = virtualNetwork({ ...network, ...pieces, scheduler });
    const side = (options?: EngineOptions): Side => {
      const engine = net.createEngine(options);
      engines.push(engine);
      return { engine, group: engine.createGroup() };
    };
    const at = (frame: number, f: () => void): void => {
      scheduler.schedule(f, frame);
    };
    converse({ ...helpers, scheduler, net, server: side(server), client: side(client), at });
  });
  // Nothing is under way any more. What is left are listeners and connections that nobody has ended.
  for (const engine of engines) holds(leftIn(engine), NOTHING);
  for (const engine of engines) void engine.destroy();
  scheduler.maxFrames = Infinity;
  scheduler.flush();
  for (const engine of engines) atRest(engine);
}

const NOTHING = { used: 0, beyond: 0, queuedBytes: 0, requests: 0 };

function leftIn(engine: Engine): typeof NOTHING {
  const { slots, queuedBytes, requests } = engine.stats();
  return { used: slots.used, beyond: slots.beyond, queuedBytes, requests };
}
