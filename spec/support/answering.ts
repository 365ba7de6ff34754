import {
  listen,
  type Listener,
  type ListenOptions,
  type Peer,
  type RequestHandler,
  udsServer,
} from '../../lib/index.js';
import { engineForSpec } from './engines.js';

/** A server in this process for a command of another: its address as the command line takes it, and whoever came. */
export interface Answering {
  readonly address: string;
  readonly peers: Peer[];
}

/** Listens on a free Unix socket, and answers every request. */
export async function answering(handler: RequestHandler, options?: ListenOptions): Promise<Answering> {
  const listener = await new Promise<Listener>((resolve, reject) => {
    listen(engineForSpec().createGroup(), udsServer(), options).subscribe({ next: resolve, error: reject });
  });
  const peers: Peer[] = [];
  listener.peers$.subscribe(peer => {
    peers.push(peer);
    peer.respond(handler);
  });
  return { address: listener.address.toString(), peers };
}
