import { rivals } from '../rivals/index.mjs';

/**
 * Who is measured. A subject is a module with two functions, each called once in a process of its own:
 *
 *     server(workload, side)         listens, and tells side.listening(port)
 *     client(workload, port, side)   connects to 127.0.0.1:port and begins
 *
 * `side` counts: `count()` for each answer that came (`ask`, client), each message that came (`pour`, server). Of kind `slow`, the server calls
 * `side.handled(sequence)`; and `side.gauge(name, () => number)` adds a figure to each sample that is taken of the process.
 */
export const subjects = {
  /** Hand-written node:net code for the same frames. */
  floor: () => import('./floor.mjs'),
  'floor without early flush': () => import('./floor-without-early-flush.mjs'),
  /** The same with RxJS loaded. */
  'floor beside RxJS': () => import('./floor-beside-rxjs.mjs'),
  /** post() and claim(): the engine without RxJS. */
  engine: () => import('./claim.mjs'),
  /** post(), and a subscription to the group. */
  post: () => import('./subscribe.mjs'),
  /** The same on a channel with credit. */
  'post on credit': () => import('./post-on-credit.mjs'),
  /** peer.request(), and a handler that returns a payload; peer.signal(), and a subscription to signals$. */
  peer: () => import('./peer.mjs'),
  /** The same with operators on both sides. */
  rx: () => import('./rx.mjs'),
  /** A slow handler behind pooled(), */
  pooled: () => import('./pooled.mjs'),
  /** the same for a client that is granted nothing, */
  'pooled without credit': () => import('./pooled-without-credit.mjs'),
  /** and behind concatMap(). */
  concatMap: () => import('./concat-map.mjs'),
  ...rivals,
};
