import { map } from 'rxjs';
import { keepConnected, type Peer, tcpClient, udsClient } from '../../lib/index.js';
import { inLinkWorld, text } from '../support/link-world.js';
import { record, settled } from '../support/peers.js';

const STATES = { c: 'connecting', C: 'connected', w: 'waiting', x: 'closed' };

describe('keepConnected', () => {
  it('connects at once, and closes with a bye', () => {
    inLinkWorld(({ serve, link, at, expectObservable }) => {
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
    inLinkWorld(({ serve, link, at, expectObservable }) => {
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
    inLinkWorld(({ serve, link, at, net, expectObservable }) => {
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
    inLinkWorld(({ serve, link, at, expectObservable }) => {
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
    inLinkWorld(({ serve, link, expectObservable }) => {
      serve(undefined, () => ({ refuse: 'no' }));
      const kept = link();
      expectObservable(kept.state$).toBe('c-(x|)', STATES);
      expectObservable(text(kept.request('ping'))).toBe('--#', {}, 'not_allowed');
      expectObservable(text(kept.request('ping')), '9ms ^').toBe('9ms #', {}, 'not_allowed');
      expectObservable(kept.peer$).toBe('--|');
    });
  });

  it('ends with an address, or a hello, that can not be', () => {
    inLinkWorld(({ client, link, scheduler, expectObservable }) => {
      const nowhere = keepConnected(client.createGroup(), udsClient('x'.repeat(3)), {}, scheduler);
      const headers = link({ headers: { 'a:b': 'c' } });
      expectObservable(headers.state$).toBe('(x|)', STATES);
      expectObservable(text(headers.request('ping'))).toBe('#', {}, 'invalid_message');
      void nowhere.close();
      expectObservable(nowhere.state$).toBe('(x|)', STATES);
    });
  });

  it('ends with its group, waiting for nothing', () => {
    inLinkWorld(({ serve, client, scheduler, at, expectObservable }) => {
      serve();
      const group = client.createGroup();
      const kept = keepConnected(group, tcpClient(), {}, scheduler);
      at(5, () => void group.destroy());
      expectObservable(kept.state$).toBe('c-C--(x|)', STATES);
      expectObservable(text(kept.request('ping')), '9ms ^').toBe('9ms #', {}, 'shutdown_started');
    });
  });

  it('is closed by its signal, in whatever state', () => {
    inLinkWorld(({ serve, link, at, expectObservable }) => {
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
    inLinkWorld(({ serve, link, expectObservable }) => {
      serve();
      const kept = link();
      kept.state$.subscribe(now => {
        if (now === 'connected') void kept.close();
      });
      expectObservable(kept.state$).toBe('c-C-(x|)', STATES);
    });
    inLinkWorld(({ link, at }) => {
      const kept = link();
      const { lines } = record(kept.state$);
      kept.state$.subscribe(now => {
        if (now === 'waiting') void kept.close();
      });
      at(90, () => {
        expect(lines).toEqual(['connecting', 'waiting', 'closed', '|']);
      });
    });
    inLinkWorld(({ link, at }) => {
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
    inLinkWorld(({ serve, link, at }) => {
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
