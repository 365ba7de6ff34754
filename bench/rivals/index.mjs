/** What rxtofu is measured beside: the packages of this folder. */
export const rivals = {
  ws: () => import('./ws.mjs'),
  zeromq: () => import('./zeromq.mjs'),
  nats: () => import('./nats.mjs'),
  grpc: () => import('./grpc.mjs'),
  rsocket: () => import('./rsocket.mjs'),
  'socket.io': () => import('./socket-io.mjs'),
};

export const rivalNames = Object.keys(rivals);
