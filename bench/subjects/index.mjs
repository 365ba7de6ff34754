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
  /** The same with RxJS loaded. */
  'floor beside RxJS': () => import('./floor-beside-rxjs.mjs'),
  /** post() and claim(): the engine without RxJS. */
  engine: () => import('./claim.mjs'),
  /** post(), and a subscription to the group. */
  post: () => import('./subscribe.mjs'),
  /** peer.request(), and a handler that returns a payload. */
  peer: () => import('./peer.mjs'),
  /** The same with operators on both sides. */
  rx: () => import('./rx.mjs'),
  /** A slow handler behind pooled(), */
  pooled: () => import('./pooled.mjs'),
  /** and behind concatMap(). */
  concatMap: () => import('./concat-map.mjs'),
};
