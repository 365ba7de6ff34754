import { ignoreElements, map, materialize, mergeMap, type Observable, switchMap, tap } from 'rxjs';
import { connect, type Peer, tcpClient, windowByMessageId } from '../../../lib/index.js';
import { type Conversation, forEveryCut, peersOf, said } from '../../support/every-cut.js';

/** Connects, and keeps the Peer for what is to happen to it. */
function connected({ client }: Conversation): { peer$: Observable<Peer>; peers: Peer[] } {
  const peers: Peer[] = [];
  return { peers, peer$: connect(client.group, tcpClient()).pipe(tap(peer => peers.push(peer))) };
}

describe('the loss of a peer in the middle of a window', () => {
  it('errors the window of an upload behind the parts that have come, and the request that sent it', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { net, server, at, cold, expectObservable, expectSubscriptions } = conversation;
      const { peer$, peers } = connected(conversation);
      const windows$ = peersOf(server).pipe(mergeMap(peer => peer.requests$));
      expectObservable(windows$.pipe(mergeMap(said))).toBe('------a----b#', undefined, 'channel_closed');
      const parts = cold('    a----b----c|');
      const request$ = peer$.pipe(switchMap(peer => said(peer.request(parts))));
      expectObservable(request$).toBe('            ------------#', undefined, 'channel_closed');
      expectSubscriptions(parts.subscriptions).toBe('----^-------!');
      at(12, () => {
        net.disconnect(peers[0] as Peer);
      });
    });
  });

  it('errors a reply behind the parts that have come, and lets its handler go', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { net, server, at, cold, expectObservable, expectSubscriptions } = conversation;
      const { peer$, peers } = connected(conversation);
      const parts = cold('      a----b----c----d|');
      peersOf(server).subscribe(peer => peer.respond(() => parts));
      const request$ = peer$.pipe(switchMap(peer => said(peer.request('all of it'))));
      expectObservable(request$).toBe('             --------a----b-#', undefined, 'channel_closed');
      expectSubscriptions(parts.subscriptions).toBe('------^--------!');
      at(15, () => {
        net.disconnect(peers[0] as Peer);
      });
    });
  });

  it('leaves windows that are complete as they are', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { net, server, at, cold, expectObservable } = conversation;
      const { peer$, peers } = connected(conversation);
      const ends$ = peersOf(server).pipe(
        mergeMap(peer => peer.requests$),
        mergeMap(window => said(window).pipe(materialize())),
        map(({ kind, value }) => value ?? kind),
      );
      expectObservable(ends$).toBe('------(ax)-(by)-(cCz)----E');
      peer$
        .pipe(
          mergeMap(peer => [
            peer.request(cold('a----b----(c|)')),
            peer.request(cold('x----y----z---------w')),
          ]),
          mergeMap(request => said(request).pipe(materialize())),
        )
        .subscribe({ error: () => undefined });
      at(25, () => {
        net.disconnect(peers[0] as Peer);
      });
    });
  });

  it('is seen by windows of the group’s stream as well, and only by those of that channel', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { net, server, at, cold, expectObservable } = conversation;
      peersOf(server).subscribe(peer => peer.respond(request => request.pipe(ignoreElements())));
      const ends$ = server.group.pipe(
        windowByMessageId(),
        mergeMap(window =>
          said(window).pipe(
            materialize(),
            map(
              ({ kind, value, error }) => `${String(window.channelNumber)} ${value ?? String(error ?? kind)}`,
            ),
          ),
        ),
      );
      expectObservable(ends$).toBe('------(ax)---(by)-L-(zC)', {
        a: '2 a',
        x: '3 x',
        b: '2 b',
        y: '3 y',
        L: '2 channel_closed',
        z: '3 z',
        C: '3 C',
      });
      const lost = connected(conversation);
      const uploads = [
        lost.peer$.pipe(switchMap(peer => peer.request(cold('a------b------(c|)')))),
        connected(conversation).peer$.pipe(switchMap(peer => peer.request(cold('x------y------(z|)')))),
      ];
      for (const upload$ of uploads) upload$.subscribe({ error: () => undefined });
      at(18, () => {
        net.disconnect(lost.peers[0] as Peer);
      });
    });
  });

  it('shows nothing of a part that had not arrived whole', () => {
    // 5,000 bytes at 1,000 a ms: whole after 5 ms and the latency, and cut after 4.
    forEveryCut({ latency: 2, bandwidth: 1_000 }, conversation => {
      const { net, server, at, cold, expectObservable } = conversation;
      const { peer$, peers } = connected(conversation);
      const sizes$ = peersOf(server).pipe(
        mergeMap(peer => peer.requests$),
        mergeMap(said),
        map(text => text.length),
      );
      const parts = cold('a-b-|', { a: 'x'.repeat(900), b: 'x'.repeat(4_984) });
      expectObservable(peer$.pipe(switchMap(peer => said(peer.request(parts))))).toBe(
        '14ms #',
        undefined,
        'channel_closed',
      );
      expectObservable(sizes$).toBe('---------a----#', { a: 900 }, 'channel_closed');
      at(14, () => {
        net.disconnect(peers[0] as Peer);
      });
    });
  });

  it('is told by its reset, one latency later, when the engine that sent it is destroyed', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { server, client, at, cold, expectObservable } = conversation;
      const windows$ = peersOf(server).pipe(mergeMap(peer => peer.requests$));
      expectObservable(windows$.pipe(mergeMap(said))).toBe('------a----b---#', undefined, 'channel_closed');
      connected(conversation)
        .peer$.pipe(switchMap(peer => peer.request(cold('a----b----c|'))))
        .subscribe({ error: () => undefined });
      at(13, () => void client.engine.destroy());
    });
  });
});
