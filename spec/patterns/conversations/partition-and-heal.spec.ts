import { catchError, EMPTY, map, mergeMap, type Observable, retry, switchMap, tap } from 'rxjs';
import {
  backoff,
  connect,
  keepAlive,
  keepConnected,
  type Link,
  type LinkState,
  type Peer,
  tcpClient,
} from '../../../lib/index.js';
import { type Conversation, forEveryCut, peersOf, said } from '../../support/every-cut.js';
import { codes } from '../../support/virtual-time.js';

const STATES: Record<string, LinkState> = { c: 'connecting', C: 'connected', w: 'waiting', x: 'closed' };

/** Waits of three quarters of 8, 16, 32 ... ms. */
const BACKOFF = { initial: 8, jitter: 0.5, random: () => 0.5 };

/** Parts the two for a time. */
function partBetween({ net, server, client, at }: Conversation, from: number, to: number): void {
  at(from, () => {
    net.partition(server.engine, client.engine);
  });
  at(to, () => {
    net.heal(server.engine, client.engine);
  });
}

/** Heartbeats; a Peer of whom nothing is heard is given up. */
function guarded(peer: Peer, { scheduler }: Conversation): Observable<never> {
  return keepAlive(peer, { every: 5, within: 12 }, scheduler).pipe(
    catchError(() => {
      peer.abort();
      return EMPTY;
    }),
  );
}

function linkOf({ client, scheduler }: Conversation): Link {
  return keepConnected(client.group, tcpClient(), { backoff: BACKOFF }, scheduler);
}

describe('partition and heal', () => {
  it('delay a reply, and nobody is told', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { server, client, expectObservable, cold } = conversation;
      partBetween(conversation, 10, 30);
      peersOf(server).subscribe(peer => peer.respond(request => request.pipe(map(m => m.body.text()))));
      // Asked at 5, 8 and 12: one is through, one under way when the line goes, one held. Both of those leave at 30.
      const replies$ = connect(client.group, tcpClient()).pipe(
        switchMap(peer => cold('-a--b---c').pipe(mergeMap(text => said(peer.request(text))))),
      );
      expectObservable(replies$).toBe('9ms a 24ms (bc)');
    });
  });

  it('are noticed by heartbeats; a Link then connects again with backoff until the line is healed', () => {
    forEveryCut({ latency: 1, client: { connectTimeout: 20 } }, conversation => {
      const { server, at, expectObservable } = conversation;
      partBetween(conversation, 20, 60);
      const peer$ = peersOf(server);
      peer$.pipe(mergeMap(peer => guarded(peer, conversation))).subscribe();
      const link = linkOf(conversation);
      link.peer$.pipe(switchMap(peer => guarded(peer, conversation))).subscribe();
      // The last heartbeat came at 17: silence at 29. Tries at 35, for 20 ms in vain, and 12 ms later, at 67.
      expectObservable(link.state$).toBe('c-C 26ms w 5ms c 19ms w 11ms c-C 30ms (x|)', STATES);
      // The server heard of the client at 18, and gives it up at 30.
      const lives$ = peer$.pipe(mergeMap(peer => peer.closed$.pipe(map(() => 'closed'))));
      expectObservable(peer$.pipe(map(() => 'p'))).toBe('-p 66ms p');
      expectObservable(lives$).toBe('30ms c 70ms c', { c: 'closed' });
      // Its bye closes it at 100, and the other side at 101.
      at(98, () => void link.close());
    });
  });

  it('let a Link’s request wait for the line', () => {
    forEveryCut({ latency: 1, client: { connectTimeout: 10 } }, conversation => {
      const { net, server, client, at, expectObservable } = conversation;
      peersOf(server).subscribe(peer => peer.respond(() => 'pong'));
      net.partition(server.engine, client.engine);
      at(40, () => {
        net.heal(server.engine, client.engine);
      });
      const link = linkOf(conversation);
      // Tries at 0, 16 and 38: the third is under way when the line heals.
      expectObservable(link.state$, '^ 59ms !').toBe('c 9ms w 5ms c 9ms w 11ms c---C', STATES);
      expectObservable(said(link.request('ping', { timeout: 30 }))).toBe(
        '30ms #',
        undefined,
        'communication_failed',
      );
      expectObservable(said(link.request('ping', { timeout: 50 }))).toBe('44ms (p|)', { p: 'pong' });
      at(70, () => void link.close());
    });
  });

  it('that cut the connection are survived by retry, which starts its backoff afresh', () => {
    forEveryCut({ latency: 1 }, ({ net, server, client, at, scheduler, expectObservable }) => {
      const peers: Peer[] = [];
      peersOf(server).subscribe(peer => peers.push(peer));
      for (const frame of [10, 30]) {
        at(frame, () => {
          net.disconnect(peers.at(-1) as Peer);
        });
      }
      const peer$ = connect(client.group, tcpClient()).pipe(
        retry({ delay: backoff(BACKOFF, scheduler), resetOnSuccess: true }),
      );
      expectObservable(
        peer$.pipe(
          map(() => 'p'),
          codes(),
        ),
      ).toBe('--p 15ms p 19ms p');
    });
  });

  it('into which an abort falls: the other side learns of it when the line is healed', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { server, client, at, expectObservable } = conversation;
      partBetween(conversation, 10, 30);
      const peers: Peer[] = [];
      const there$ = peersOf(server).pipe(mergeMap(peer => peer.closed$.pipe(map(() => 'closed'))));
      expectObservable(there$).toBe('32ms c', { c: 'closed' });
      const here$ = connect(client.group, tcpClient()).pipe(
        tap(peer => peers.push(peer)),
        map(() => 'p'),
      );
      expectObservable(here$).toBe('----p 10ms |');
      at(15, () => {
        peers[0]?.abort();
      });
    });
  });
});
