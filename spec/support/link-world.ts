import { map, mergeMap, type Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import {
  type AcceptHandler,
  type Engine,
  keepConnected,
  type Link,
  type LinkOptions,
  listen,
  type Listener,
  type Peer,
  type RequestHandler,
  tcpClient,
  tcpServer,
} from '../../lib/index.js';
import { atRest, type VirtualNetwork, virtualNetwork } from '../../lib/testing/index.js';
import { codes, marbles } from './virtual-time.js';

type Helpers = Parameters<Parameters<typeof marbles>[0]>[0];

/** What a spec of Links has at hand. */
export interface LinkWorld extends Helpers {
  readonly net: VirtualNetwork;
  readonly server: Engine;
  readonly client: Engine;
  readonly scheduler: TestScheduler;
  /** Listens from now on, answering like this; the listener in the end. */
  serve(handler?: RequestHandler, accept?: AcceptHandler): { listener?: Listener; peers: Peer[] };
  /** A Link that waits 10, 20, 40 ms. */
  link(options?: LinkOptions): Link;
  at(frame: number, f: () => void): void;
}

/** Runs a spec in a network with a latency of 1 ms: a connection takes 2. */
export function inLinkWorld(run: (world: LinkWorld) => void): void {
  const engines: Engine[] = [];
  marbles(helpers => {
    const { scheduler } = helpers;
    const net = virtualNetwork({ scheduler, latency: 1, until: 2_000 });
    engines.push(net.createEngine(), net.createEngine());
    const [server, client] = engines as [Engine, Engine];
    run({
      ...helpers,
      net,
      server,
      client,
      serve(handler = () => 'pong', accept = () => true) {
        const served: { listener?: Listener; peers: Peer[] } = { peers: [] };
        listen(server.createGroup(), tcpServer(), { accept })
          .pipe(
            mergeMap(listener => {
              served.listener = listener;
              return listener.peers$;
            }),
            mergeMap(peer => {
              served.peers.push(peer);
              return peer.serve(handler);
            }),
          )
          .subscribe();
        return served;
      },
      link: options =>
        keepConnected(
          client.createGroup(),
          tcpClient(),
          { backoff: { initial: 10, max: 40, jitter: 0 }, ...options },
          scheduler,
        ),
      at: (frame, f) => scheduler.schedule(f, frame),
    });
  });
  for (const engine of engines) {
    atRest(engine);
    expect(engine.stats().requests).toBe(0);
  }
}

/** What replies say; an error is its code. */
export function text(replies: Observable<{ body: { text(): string } }>): Observable<string> {
  return replies.pipe(
    map(reply => reply.body.text()),
    codes(),
  );
}
