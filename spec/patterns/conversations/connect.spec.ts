import { defer, map, type Observable, retry, tap } from 'rxjs';
import { backoff, connect, type Peer, tcpClient } from '../../../lib/index.js';
import { type Conversation, forEveryCut, peersOf } from '../../support/every-cut.js';
import { codes } from '../../support/virtual-time.js';

/** Peers as letters. */
function p(peers: Observable<Peer>): Observable<string> {
  return peers.pipe(
    map(() => 'p'),
    codes(),
  );
}

function connecting({ client }: Conversation): Observable<string> {
  return p(connect(client.group, tcpClient()));
}

describe('connecting', () => {
  it.each([
    [0, 'p', 'p'],
    [1, '-p', '--p'],
    [10, '10ms p', '20ms p'],
  ])('with a latency of %d takes one there, and one back', (latency, there, here) => {
    forEveryCut({ latency }, conversation => {
      conversation.expectObservable(p(peersOf(conversation.server))).toBe(there);
      conversation.expectObservable(connecting(conversation)).toBe(here);
    });
  });

  it('takes longer with a long hello on a narrow line', () => {
    // The HelloRequest is of 16 bytes, 32 of its address, 14 of its window, 1938 of its body: 2000 bytes, 20 a ms.
    // The HelloResponse is of 30: 2 ms.
    forEveryCut({ latency: 5, bandwidth: 20 }, ({ server, client, expectObservable }) => {
      const hello = { body: 'x'.repeat(1_938) };
      expectObservable(p(peersOf(server))).toBe('105ms p');
      const peer$ = connect(client.group, tcpClient(), hello);
      expectObservable(p(peer$)).toBe('112ms p');
    });
  });

  it('is refused where the server says so, with its words', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { server, client, expectObservable } = conversation;
      const words: string[] = [];
      peersOf(server, { accept: () => ({ refuse: 'we are full' }) }).subscribe();
      const peer$ = connect(client.group, tcpClient()).pipe(
        tap({ error: (error: Error) => words.push(error.message) }),
      );
      expectObservable(p(peer$)).toBe('----#', undefined, 'not_allowed');
      conversation.at(9, () => {
        expect(words).toEqual(['we are full']);
      });
    });
  });

  it('fails after a way there and back where nobody listens', () => {
    forEveryCut({ latency: 3 }, conversation => {
      conversation.expectObservable(connecting(conversation)).toBe('------#', undefined, 'connect_failed');
    });
  });

  it('into a partition waits for its end, or for connectTimeout', () => {
    forEveryCut({ latency: 2, client: { connectTimeout: 30 } }, conversation => {
      const { net, server, client, at, expectObservable } = conversation;
      net.partition(server.engine, client.engine);
      at(20, () => {
        net.heal(server.engine, client.engine);
      });
      at(40, () => {
        net.partition(server.engine, client.engine);
      });
      expectObservable(p(peersOf(server))).toBe('22ms p');
      expectObservable(connecting(conversation)).toBe('24ms p');
      expectObservable(connecting(conversation), '50ms ^').toBe('80ms #', undefined, 'connect_failed');
    });
  });

  it('is tried again with backoff until a server listens', () => {
    forEveryCut({ latency: 1 }, ({ server, client, at, scheduler, expectObservable }) => {
      let tries = 0;
      const peer$ = defer(() => {
        tries++;
        return connect(client.group, tcpClient());
      }).pipe(retry({ delay: backoff({ initial: 8, jitter: 0.5, random: () => 0.5 }, scheduler) }));
      at(50, () => {
        peersOf(server).subscribe();
      });
      // Tries of 2 ms; waits of three quarters of 8, 16, 32 and 64: begun at 0, 8, 22, 48 and 98.
      expectObservable(p(peer$)).toBe('100ms p');
      at(110, () => {
        expect(tries).toBe(5);
      });
    });
  });

  it('is lost in the frame in which the line is cut', () => {
    forEveryCut({ latency: 2 }, ({ net, server, client, at, expectObservable }) => {
      const peers: Peer[] = [];
      const peer$ = connect(client.group, tcpClient()).pipe(tap(peer => peers.push(peer)));
      peersOf(server).subscribe(peer => peers.push(peer));
      at(10, () => {
        net.disconnect(peers[0] as Peer);
      });
      expectObservable(p(peer$)).toBe('----p-----#', undefined, 'peer_disconnected');
      const closed$ = defer(() => (peers[0] as Peer).closed$).pipe(map(() => 'c'));
      expectObservable(closed$, '-----^').toBe('----------(c|)');
    });
  });
});
