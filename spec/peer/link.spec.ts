import { map, mergeMap, NEVER, type Observable } from 'rxjs';
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
  udsClient,
} from '../../lib/index.js';
import { atRest, type VirtualNetwork, virtualNetwork } from '../../lib/testing/index.js';
import { record, settled } from '../support/peers.js';
import { codes, marbles } from '../support/virtual-time.js';

type Helpers = Parameters<Parameters<typeof marbles>[0]>[0];

interface World extends Helpers {
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
function inWorld(run: (world: World) => void): void {
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

const STATES = { c: 'connecting', C: 'connected', w: 'waiting', x: 'closed' };

function text(replies: Observable<{ body: { text(): string } }>): Observable<string> {
  return replies.pipe(
    map(reply => reply.body.text()),
    codes(),
  );
}

describe('keepConnected', () => {
  it('connects at once, and closes with a bye', () => {
    inWorld(({ serve, link, at, expectObservable }) => {
      const { peers } = serve();
      const kept = link();
      const heard: string[] = [];
      at(3, () => peers[0]?.messages$.subscribe(m => heard.push(String(m.opCode))));
      at(5, () => void kept.close());
      expectObservable(kept.state$).toBe('c-C----(x|)', STATES);
      expectObservable(kept.peer$.pipe(map(() => 'p'))).toBe('--p----|');
      at(50, () => {
        expect(heard).toEqual(['5', '2']);
      });
    });
  });

  it('waits longer from one try to the next, and afresh once connected', () => {
    inWorld(({ serve, link, at, expectObservable }) => {
      const kept = link();
      // Tries end after 2 ms with nobody there; waits of 10, 20, 40 and 40.
      at(70, () => {
        serve();
      });
      const tries = 'c-w 9ms c-w 19ms c-w 39ms c-C';
      expectObservable(kept.state$, `^ ${String(99)}ms !`).toBe(tries, STATES);
      at(150, () => void kept.close());
    });
  });

  it('connects again when the connection is lost, or ended by the other side', () => {
    inWorld(({ serve, link, at, net, expectObservable }) => {
      const { peers } = serve();
      const kept = link();
      const seen: Peer[] = [];
      kept.peer$.subscribe(peer => seen.push(peer));
      at(10, () => {
        net.disconnect(seen[0] as Peer);
      });
      at(30, () => void peers[1]?.bye());
      // The first wait is 10 ms after each connection made; the bye takes 1 ms here, and is through 2 ms later.
      expectObservable(kept.state$, '^ 50ms !').toBe('c-C 7ms w 9ms c-C 10ms w 9ms c-C', STATES);
      at(60, () => {
        expect(seen).toHaveLength(3);
        void kept.close();
      });
    });
  });

  it('replays the newest Peer and the state to those that come late', () => {
    inWorld(({ serve, link, at, expectObservable }) => {
      serve();
      const kept = link();
      expectObservable(kept.peer$.pipe(map(() => 'p')), '-----^ 30ms !').toBe('-----p');
      expectObservable(kept.state$, '-----^ 3ms !').toBe('-----C', STATES);
      at(40, () => void kept.close());
      expectObservable(kept.peer$.pipe(map(() => 'p')), '100ms ^').toBe('100ms (p|)');
      expectObservable(kept.state$, '100ms ^').toBe('100ms (x|)', STATES);
    });
  });

  it('ends when it is refused, without another try', () => {
    inWorld(({ serve, link, expectObservable }) => {
      serve(undefined, () => ({ refuse: 'no' }));
      const kept = link();
      expectObservable(kept.state$).toBe('c-(x|)', STATES);
      expectObservable(text(kept.request('ping'))).toBe('--#', {}, 'not_allowed');
      expectObservable(text(kept.request('ping')), '9ms ^').toBe('9ms #', {}, 'not_allowed');
      expectObservable(kept.peer$).toBe('--|');
    });
  });

  it('ends with an address, or a hello, that can not be', () => {
    inWorld(({ client, link, scheduler, expectObservable }) => {
      const nowhere = keepConnected(client.createGroup(), udsClient('x'.repeat(3)), {}, scheduler);
      const headers = link({ headers: { 'a:b': 'c' } });
      expectObservable(headers.state$).toBe('(x|)', STATES);
      expectObservable(text(headers.request('ping'))).toBe('#', {}, 'invalid_message');
      void nowhere.close();
      expectObservable(nowhere.state$).toBe('(x|)', STATES);
    });
  });

  it('ends with its group, waiting for nothing', () => {
    inWorld(({ serve, client, scheduler, at, expectObservable }) => {
      serve();
      const group = client.createGroup();
      const kept = keepConnected(group, tcpClient(), {}, scheduler);
      at(5, () => void group.destroy());
      expectObservable(kept.state$).toBe('c-C--(x|)', STATES);
      expectObservable(text(kept.request('ping')), '9ms ^').toBe('9ms #', {}, 'shutdown_started');
    });
  });

  it('is closed by its signal, in whatever state', () => {
    inWorld(({ serve, link, at, expectObservable }) => {
      const waiting = new AbortController();
      const before = AbortSignal.abort();
      const kept = link({ signal: waiting.signal });
      expectObservable(link({ signal: before }).state$).toBe('(x|)', STATES);
      expectObservable(kept.state$).toBe('c-w--(x|)', STATES);
      at(5, () => {
        waiting.abort();
        serve();
      });
    });
  });

  it('is closed within its own states, and stays closed', () => {
    inWorld(({ serve, link, expectObservable }) => {
      serve();
      const kept = link();
      kept.state$.subscribe(now => {
        if (now === 'connected') void kept.close();
      });
      expectObservable(kept.state$).toBe('c-C-(x|)', STATES);
    });
    inWorld(({ link, at }) => {
      const kept = link();
      const { lines } = record(kept.state$);
      kept.state$.subscribe(now => {
        if (now === 'waiting') void kept.close();
      });
      at(90, () => {
        expect(lines).toEqual(['connecting', 'waiting', 'closed', '|']);
      });
    });
    inWorld(({ link, at }) => {
      const kept = link();
      const { lines } = record(kept.state$);
      let tries = 0;
      kept.state$.subscribe(now => {
        if (now === 'connecting' && ++tries === 2) void kept.close();
      });
      at(90, () => {
        expect(lines).toEqual(['connecting', 'waiting', 'connecting', 'closed', '|']);
      });
    });
  });

  it('says the same to each close(), also while its bye is under way', () => {
    inWorld(({ serve, link, at }) => {
      serve();
      const kept = link();
      at(5, () => {
        const closing = kept.close();
        expect(kept.close()).toBe(closing);
        settled(closing);
      });
    });
  });
});

describe('a request of a Link', () => {
  it('waits for the next Peer, and goes to the one of now', () => {
    inWorld(({ serve, link, at, expectObservable }) => {
      const kept = link();
      at(5, () => {
        serve(request => request.first.body.text().toUpperCase());
      });
      // The second try, at 12, stands at 14; the reply takes 2 ms.
      expectObservable(text(kept.request('early'))).toBe('16ms (a|)', { a: 'EARLY' });
      expectObservable(text(kept.request('late')), '30ms ^').toBe('32ms (a|)', { a: 'LATE' });
      at(60, () => void kept.close());
    });
  });

  it('waits within its time-out', () => {
    inWorld(({ link, at, expectObservable }) => {
      const kept = link();
      expectObservable(text(kept.request('ping', { timeout: 25 }))).toBe(
        '25ms #',
        {},
        'communication_failed',
      );
      expectObservable(text(kept.request('ping', { timeout: 0 }))).toBe('90ms #', {}, 'channel_closed');
      at(90, () => void kept.close());
    });
  });

  it('errors with channel_closed when the connection is lost meanwhile', () => {
    inWorld(({ serve, link, at, net, expectObservable }) => {
      serve(() => NEVER);
      const kept = link();
      kept.peer$.subscribe(peer => {
        at(10, () => {
          net.disconnect(peer);
        });
      });
      expectObservable(text(kept.request('ping'))).toBe('12ms #', {}, 'channel_closed');
      at(15, () => void kept.close());
    });
  });

  it('is given up by its signal while it waits, and leaves no listener on it', () => {
    inWorld(({ link, at, expectObservable }) => {
      const kept = link();
      const controller = new AbortController();
      const remove = jest.spyOn(controller.signal, 'removeEventListener');
      const reply$ = text(kept.request('ping', { signal: controller.signal }));
      expectObservable(reply$).toBe('5ms #', {}, 'enough');
      at(5, () => {
        controller.abort(new Error('enough'));
      });
      at(8, () => {
        expect(remove).toHaveBeenCalled();
        void kept.close();
      });
    });
  });

  it('is sent anew by each subscription', () => {
    inWorld(({ serve, link, at, expectObservable }) => {
      let served = 0;
      serve(() => String(++served));
      const kept = link();
      const reply$ = text(kept.request('ping'));
      expectObservable(reply$).toBe('----(1|)');
      expectObservable(reply$, '9ms ^').toBe('11ms (2|)');
      at(30, () => void kept.close());
    });
  });
});
