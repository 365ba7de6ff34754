import { mergeMap, switchMap } from 'rxjs';
import { connect, keepAlive, type Peer, tcpClient } from '../../../lib/index.js';
import { type Conversation, forEveryCut, peersOf } from '../../support/every-cut.js';
import { codes } from '../../support/virtual-time.js';

/** What keepAlive says on both sides. */
function beating({ server, client, scheduler }: Conversation, within: number) {
  const alive = (peer: Peer) => keepAlive(peer, { every: 5, within }, scheduler).pipe(codes());
  return {
    there$: peersOf(server).pipe(mergeMap(alive)),
    here$: connect(client.group, tcpClient()).pipe(switchMap(alive)),
  };
}

describe('heartbeats', () => {
  it('on a line that stands are all there is to hear', () => {
    forEveryCut({ latency: 4 }, conversation => {
      // The first that the server hears was sent 5 ms after the client had its Peer, 4 ms after its own: 13 ms without a word.
      const { here$, there$ } = beating(conversation, 14);
      conversation.expectObservable(there$, '^ 99ms !').toBe('');
      conversation.expectObservable(here$, '^ 99ms !').toBe('');
    });
  });

  it('that come no more are noticed `within` ms after the last one', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { net, server, client, at, expectObservable } = conversation;
      const { here$, there$ } = beating(conversation, 12);
      at(20, () => {
        net.partition(server.engine, client.engine);
      });
      // The client, with a Peer since 4, beats at 9, 14 and 19: the last that comes is that of 14, at 16.
      expectObservable(there$).toBe('28ms #', undefined, 'peer_disconnected');
      // The server, with a Peer since 2, beats at 7, 12 and 17: that of 17 comes at 19.
      expectObservable(here$).toBe('31ms #', undefined, 'peer_disconnected');
    });
  });

  it('that come again in time are no loss', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { net, server, client, at, expectObservable } = conversation;
      const { here$, there$ } = beating(conversation, 12);
      at(20, () => {
        net.partition(server.engine, client.engine);
      });
      at(25, () => {
        net.heal(server.engine, client.engine);
      });
      expectObservable(there$, '^ 99ms !').toBe('');
      expectObservable(here$, '^ 99ms !').toBe('');
    });
  });

  it('need not be the heartbeats of both: any other message is a sign of life', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { server, client, scheduler, cold, expectObservable } = conversation;
      peersOf(server)
        .pipe(switchMap(peer => cold('-----s-----s-----s').pipe(mergeMap(() => [peer.signal('news')]))))
        .subscribe();
      const alive$ = connect(client.group, tcpClient()).pipe(
        switchMap(peer => keepAlive(peer, { every: Infinity, within: 8 }, scheduler).pipe(codes())),
      );
      // News leave at 7, 13 and 19, and come at 9, 15 and 21.
      expectObservable(alive$).toBe('29ms #', undefined, 'peer_disconnected');
    });
  });
});
