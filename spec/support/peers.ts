import { type Observable, type Subscription, tap } from 'rxjs';
import {
  type AcceptHandler,
  type ChannelGroup,
  connect,
  createEngine,
  type Engine,
  type EngineOptions,
  listen,
  type Listener,
  type Message,
  type Peer,
  TofuError,
  tcpServer,
} from '../../lib/index.js';
import { EngineMessage } from '../../lib/message/engine-message.js';
import { opCodeName } from '../../lib/message/op-code.js';
import { atRest, type VirtualNetwork, virtualNetwork } from '../../lib/testing/index.js';
import { comesTrue } from './eventually.js';
import type { Network } from './networks.js';

/** A body so big that the link takes nothing behind it while the network is parted. */
export const BIG = 'x'.repeat(65_535);

/** What a stream has said so far. */
export class Recording {
  /** Values as they read, then `|`, or `# code: text`. */
  readonly lines: string[] = [];
  readonly subscription: Subscription;

  constructor(stream: Observable<unknown>) {
    this.subscription = stream.subscribe({
      next: value => this.lines.push(lineOfValue(value)),
      error: (error: unknown) => this.lines.push(`# ${lineOfError(error)}`),
      complete: () => this.lines.push('|'),
    });
  }

  unsubscribe(): void {
    this.subscription.unsubscribe();
  }
}

/** Subscribes, and writes down what the stream says. */
export function record(stream: Observable<unknown>): Recording {
  return new Recording(stream);
}

/** Writes down how a Promise settles. */
export function settled(promise: Promise<unknown>): string[] {
  const lines: string[] = [];
  promise.then(
    value => lines.push(lineOfValue(value)),
    (error: unknown) => lines.push(`# ${lineOfError(error)}`),
  );
  return lines;
}

/** An error as `code: text`, or its text where it is not one of ours. */
export function lineOfError(error: unknown): string {
  return error instanceof TofuError ? `${error.code}: ${error.message}` : String((error as Error).message);
}

/** A message as its frame reads: operation, `+` for more, headers but for the address, body. */
export function frame(message: Message): string {
  const headers = [...message.textHeaders]
    .filter(([name]) => !name.startsWith('~'))
    .map(([name, value]) => ` ${name}:${value}`);
  const body = message.body.byteLength === 0 ? '' : ` ${JSON.stringify(message.body.text().slice(0, 40))}`;
  return `${opCodeName(message.opCode)}${message.more ? '+' : ''}${headers.join('')}${body}`;
}

function lineOfValue(value: unknown): string {
  if (EngineMessage.is(value)) return frame(value);
  if (typeof value === 'object' && value !== null) return value.constructor.name;
  return String(value);
}

/** An engine with one group. */
export interface Side {
  readonly engine: Engine;
  readonly group: ChannelGroup;
}

export interface PairOptions {
  /** Both engines, */
  readonly engines?: EngineOptions;
  /** or the one that listens. */
  readonly server?: EngineOptions;
  readonly accept?: AcceptHandler;
}

/** Two engines whose Peers are connected. `here` is the client's Peer, `there` the server's. */
export interface Pair {
  readonly server: Side & { readonly listening: Recording; readonly listener: Listener };
  readonly client: Side & { readonly connecting: Recording };
  readonly here: Peer;
  readonly there: Peer;
}

/** A pair in virtual time; every `ms` is a latency of 1 ms each way. */
export interface VirtualPair extends Pair {
  readonly net: VirtualNetwork;
  /** Lets virtual time pass. */
  pass(ms?: number): Promise<void>;
}

const atEnd: (() => Promise<void>)[] = [];

afterEach(async () => {
  const faults: unknown[] = [];
  // All of them, whatever one says: what a spec leaves open would be in the way of the next.
  for (const end of atEnd.splice(0)) await end().catch((fault: unknown) => faults.push(fault));
  if (faults.length > 0) throw faults[0];
});

/** Behind the spec, and before its engines are destroyed. */
export function beforeTheEnd(end: () => Promise<void>): void {
  atEnd.unshift(end);
}

/** Nothing is left of what went on in these engines; destroys them first. */
async function endAtRest(engines: readonly Engine[], pass: () => Promise<void>): Promise<void> {
  const destroyed = Promise.all(engines.map(engine => engine.destroy()));
  await pass();
  await destroyed;
  for (const engine of engines) {
    atRest(engine);
    const { requests, queuedBytes } = engine.stats();
    expect({ requests, queuedBytes }).toEqual({ requests: 0, queuedBytes: 0 });
  }
}

/** A side whose engine is destroyed behind the spec, and must then be at rest. */
export function sideForSpec(options?: EngineOptions): Side {
  const engine = createEngine(options);
  atEnd.push(() => endAtRest([engine], () => Promise.resolve()));
  return { engine, group: engine.createGroup() };
}

/** Makes sides in a network; they are destroyed behind the spec, and must then be at rest. */
export function sidesIn(net: VirtualNetwork): (options?: EngineOptions) => Side {
  const engines: Engine[] = [];
  atEnd.push(() => endAtRest(engines, () => net.advance(10)));
  return options => {
    const engine = net.createEngine(options);
    engines.push(engine);
    return { engine, group: engine.createGroup() };
  };
}

/** A network with sides that are destroyed behind the spec. */
export function networkForSpec(): {
  net: VirtualNetwork;
  side(options?: EngineOptions): Side;
  pass(ms?: number): Promise<void>;
} {
  const net = virtualNetwork({ latency: 1 });
  return { net, side: sidesIn(net), pass: (ms = 10) => net.advance(ms) };
}

/** Two sides in virtual time, connected. */
export async function virtualPair({ engines, server, accept }: PairOptions = {}): Promise<VirtualPair> {
  const { net, side, pass } = networkForSpec();
  const meeting = meet(side({ ...engines, ...server }), side(engines), accept);
  await pass();
  return { ...meeting(), net, pass };
}

/** Two sides over a real network, connected. */
export async function pairOver(
  network: Network,
  { engines, server, accept }: PairOptions = {},
): Promise<Pair> {
  const sides = [sideForSpec({ ...engines, ...server }), sideForSpec(engines)] as const;
  const meeting = meet(...sides, accept, network);
  await comesTrue(() => meeting.isThrough());
  return meeting();
}

/** Listens and connects; the answer tells whether that is through, and gives the pair. */
function meet(
  server: Side,
  client: Side,
  accept: AcceptHandler | undefined,
  network?: Network,
): (() => Pair) & { isThrough(): boolean } {
  let listener: Listener | undefined;
  let connecting: Recording | undefined;
  let here: Peer | undefined;
  let there: Peer | undefined;
  const address = network?.server() ?? tcpServer();
  const listen$ = listen(server.group, address, accept === undefined ? {} : { accept });
  const listening = new Recording(
    tapped(listen$, value => {
      listener = value;
      value.peers$.subscribe(peer => (there ??= peer));
      connecting = new Recording(tapped(connect(client.group, value.address), peer => (here = peer)));
    }),
  );
  const pair = (): Pair => {
    if (listener === undefined || connecting === undefined || here === undefined || there === undefined) {
      throw new Error(`not connected: ${[...listening.lines, ...(connecting?.lines ?? [])].join(' ')}`);
    }
    return { server: { ...server, listening, listener }, client: { ...client, connecting }, here, there };
  };
  return Object.assign(pair, { isThrough: () => here !== undefined && there !== undefined });
}

function tapped<T>(source: Observable<T>, see: (value: T) => void): Observable<T> {
  return source.pipe(tap(see));
}
