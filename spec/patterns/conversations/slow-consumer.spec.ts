import {
  concatMap,
  from,
  ignoreElements,
  interval,
  map,
  mergeMap,
  of,
  Subject,
  switchMap,
  take,
  tap,
  timer,
} from 'rxjs';
import { connect, pooled, tcpClient } from '../../../lib/index.js';
import { forEveryCut, peersOf, said } from '../../support/every-cut.js';

describe('a stream with a slow consumer', () => {
  it('is read at the pace of its reader', () => {
    forEveryCut({ latency: 2 }, ({ server, client, expectObservable }) => {
      peersOf(server).subscribe(peer => peer.respond(() => from(['a', 'b', 'c', 'd'])));
      const read$ = connect(client.group, tcpClient()).pipe(
        switchMap(peer => peer.request('all of it')),
        pooled(message => timer(5).pipe(map(() => message))),
      );
      expectObservable(said(read$)).toBe('13ms a----b----c----d');
    });
  });

  it('of requests starts no more handlers than the pool has slots, and the others wait with their sender', () => {
    const pool = { initialPoolMsgs: 2, maxPoolMsgs: 2 };
    forEveryCut({ latency: 2, server: pool }, ({ server, client, expectObservable, at }) => {
      peersOf(server).subscribe(peer =>
        peer.respond(request => timer(10).pipe(map(() => request.first.body.text()))),
      );
      const replies$ = connect(client.group, tcpClient()).pipe(
        switchMap(peer => from('abcdef').pipe(mergeMap(letter => said(peer.request(letter))))),
      );
      at(10, () => {
        expect(server.engine.stats()).toMatchObject({ pausedChannels: 1, requests: 2 });
      });
      // Sent at 4, there at 6, answered at 16: then two more are read.
      expectObservable(replies$).toBe('18ms (ab) 6ms (cd) 6ms (ef)');
    });
  });

  it('brakes an upload: the sender is told to wait while the reader has parts to read, and in time to go on', () => {
    const sizes = { server: { initialPoolMsgs: 2, maxPoolMsgs: 2 }, client: { maxQueuedBytes: 100_000 } };
    forEveryCut({ latency: 1, ...sizes }, ({ server, client, expectObservable }) => {
      const read = new Subject<string>();
      peersOf(server).subscribe(peer =>
        peer.respond(upload =>
          upload.pipe(
            pooled(part => timer(10).pipe(map(() => part.body.text().charAt(0)))),
            tap(read),
            ignoreElements(),
          ),
        ),
      );
      const parts$ = interval(1).pipe(
        take(11),
        map(n => String(n).repeat(20_000)),
      );
      const writable$ = connect(client.group, tcpClient()).pipe(
        tap(peer => peer.request(parts$).subscribe()),
        switchMap(peer => peer.writable$),
      );
      expectObservable(read).toBe('14ms 0 9ms 1 9ms 2 9ms 3 9ms 4 9ms 5 9ms 6 9ms 7 9ms 8 9ms 9 9ms (1|)');
      // Parts leave from 3 on, one a ms. Two are read, one waits for a slot, four lie there at 10: the line is full. Three are queued at 13, more than half
      // of what may be. The third is taken at 24, and the line has room.
      expectObservable(writable$).toBe('--t 10ms f 10ms t', { t: true, f: false });
    });
  });

  it('on one channel leaves the others at their pace', () => {
    const pool = { initialPoolMsgs: 2, maxPoolMsgs: 2 };
    forEveryCut({ latency: 2, server: pool }, ({ server, client, expectObservable }) => {
      peersOf(server).subscribe(peer =>
        peer.respond(request => {
          const text = request.first.body.text();
          return text === 'slow' ? timer(50).pipe(map(() => text)) : of(text);
        }),
      );
      const peer$ = connect(client.group, tcpClient());
      const slow$ = peer$.pipe(
        switchMap(peer => from(['slow', 'slow', 'slow']).pipe(mergeMap(text => said(peer.request(text))))),
      );
      const quick$ = peer$.pipe(
        switchMap(peer =>
          interval(10).pipe(
            take(3),
            concatMap(n => said(peer.request(String(n)))),
          ),
        ),
      );
      expectObservable(slow$).toBe('58ms (ss) 46ms s', { s: 'slow' });
      expectObservable(quick$).toBe('18ms 0 9ms 1 9ms 2');
    });
  });
});
