import {
  asyncScheduler,
  firstValueFrom,
  map,
  type Observable,
  type SchedulerLike,
  toArray,
  VirtualTimeScheduler,
} from 'rxjs';
import {
  type Address,
  connect,
  type Engine,
  type EngineOptions,
  listen,
  type Listener,
  type ListenOptions,
  type Message,
  type Peer,
  tcpServer,
} from '../../lib/index.js';
import { atRest, virtualNetwork } from '../../lib/testing/index.js';
import { comesTrue } from './eventually.js';
import { networks } from './networks.js';
import { beforeTheEnd, type Side, sideForSpec, sidesIn } from './peers.js';

/** How long engines have to come to rest by themselves, in ms: less than byeTimeout, so that nothing rests because it was given up. */
const REST_WITHIN_MS = 4_000;

/** How far virtual time runs for what a spec waits for. */
const FURTHEST_FRAME = 10_000;

/** Where a pattern is acted out: sockets, the process, or virtual time. The pattern is the same everywhere. */
export interface Ground {
  /** The time of whatever repeats itself. */
  readonly scheduler: SchedulerLike;
  /** An address that asks for a free place. */
  server(): Address;
  /** An engine with a group. Behind the spec it must come to rest by itself; then it is destroyed, and must be at rest again. */
  side(options?: EngineOptions): Side;
  /** Waits for a Promise while the time of this ground goes on. */
  until<T>(promise: Promise<T>): Promise<T>;
}

/** Virtual time, where addresses of all kinds are places in one network. */
export const virtualTime = { name: 'the virtual network', open: virtualGround };

/** A ground for each spec: `describe.each(grounds)('... over $name', ({ open }) => ...)`. */
export const grounds: readonly { readonly name: string; open(): Ground }[] = [
  ...networks.map(({ name, server }) => ({ name, open: () => realGround(server) })),
  virtualTime,
];

/** Two engines with a Peer each; behind the spec `here` says bye, and the listener closes. */
export interface Meeting extends Ground {
  readonly listening: Side & { readonly listener: Listener };
  readonly connecting: Side;
  /** The Peer of the one that connected, */
  readonly here: Peer;
  /** and of the one that listens. */
  readonly there: Peer;
}

/** Two engines meet on a ground; `options` are both engines'. */
export async function meetOn(ground: Ground, options?: EngineOptions): Promise<Meeting> {
  const listening = ground.side(options);
  const connecting = ground.side(options);
  const listener = await listenFor(ground, listening, {});
  const accepted = firstValueFrom(listener.peers$);
  const here = await connectFor(ground, connecting, listener.address);
  const there = await ground.until(accepted);
  return { ...ground, listening: { ...listening, listener }, connecting, here, there };
}

/** Listens; the listener closes behind the spec. */
export async function listenFor(
  ground: Ground,
  { group }: Side,
  { address = ground.server(), ...options }: ListenOptions & { address?: Address },
): Promise<Listener> {
  const listener = await ground.until(firstOf(listen(group, address, options)));
  beforeTheEnd(() => ground.until(listener.close()));
  return listener;
}

/** Connects; the Peer says bye behind the spec. */
export async function connectFor(ground: Ground, { group }: Side, address: Address): Promise<Peer> {
  const peer = await ground.until(firstOf(connect(group, address)));
  beforeTheEnd(() => ground.until(peer.bye()));
  return peer;
}

/** The bodies of messages, when the last has come. */
export function texts(messages: Observable<Message>): Promise<string[]> {
  return firstValueFrom(
    messages.pipe(
      map(message => message.body.text()),
      toArray(),
    ),
  );
}

/** The first value of a stream, which stays subscribed to: it is what keeps the listener or the connection. */
function firstOf<T>(stream: Observable<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    stream.subscribe({ next: resolve, error: reject });
  });
}

/** Sockets or the process: whatever `server` says. */
export function realGround(server: () => Address): Ground {
  return {
    scheduler: asyncScheduler,
    server,
    until: promise => promise,
    side(options) {
      const side = sideForSpec(options);
      beforeTheEnd(async () => {
        const deadline = Date.now() + REST_WITHIN_MS;
        await comesTrue(() => isAtRest(side.engine) || Date.now() > deadline);
        atRest(side.engine);
      });
      return side;
    },
  };
}

function virtualGround(): Ground {
  const scheduler = new VirtualTimeScheduler();
  const net = virtualNetwork({ scheduler, latency: 1 });
  const side = sidesIn(net);
  return {
    scheduler,
    server: () => tcpServer('127.0.0.1', 0),
    async until(promise) {
      let isSettled = false;
      const settle = (): void => {
        isSettled = true;
      };
      promise.then(settle, settle);
      await net.advance(0);
      while (!isSettled && scheduler.frame < FURTHEST_FRAME) await net.advance(1);
      if (!isSettled) throw new Error(`nothing came of it in ${String(FURTHEST_FRAME)} virtual ms`);
      return promise;
    },
    side(options) {
      const made = side(options);
      beforeTheEnd(async () => {
        for (let ms = 0; ms < REST_WITHIN_MS && !isAtRest(made.engine); ms++) await net.advance(1);
        atRest(made.engine);
      });
      return made;
    },
  };
}

function isAtRest(engine: Engine): boolean {
  try {
    atRest(engine);
    return true;
  } catch {
    return false;
  }
}
