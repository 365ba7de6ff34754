import { concat, defer, EMPTY, ignoreElements, map, merge, of, switchMap, tap, timer } from 'rxjs';
import { connect, type MessageWindow, type Peer, tcpClient } from '../../../lib/index.js';
import { forEveryCut, peersOf, said } from '../../support/every-cut.js';

/** A job of three steps of 5 ms that tells of each. */
function job(peer: Peer) {
  return ({ messageId }: MessageWindow) =>
    concat(
      ...[1, 2, 3].map(step =>
        timer(5).pipe(
          tap(() => peer.signal(`[${String(step)}:3]`, { messageId })),
          ignoreElements(),
        ),
      ),
      defer(() => of('done')),
    );
}

const SAID = { a: '[1:3]', b: '[2:3]', c: '[3:3]', d: 'done' };

describe('progress', () => {
  it('comes as it is made, and its last step with the reply behind it', () => {
    forEveryCut({ latency: 2 }, ({ server, client, expectObservable }) => {
      peersOf(server).subscribe(peer => peer.respond(job(peer)));
      const peer$ = connect(client.group, tcpClient());
      const all$ = peer$.pipe(switchMap(peer => said(peer.request('a job', { observe: 'all' }))));
      expectObservable(all$).toBe('13ms a----b----(cd)', SAID);
      const reply$ = peer$.pipe(switchMap(peer => said(peer.request('a job'))));
      expectObservable(reply$).toBe('23ms d', SAID);
    });
  });

  it('keeps a request alive that is longer than its time-out, also where only the reply is observed', () => {
    forEveryCut({ latency: 2 }, ({ server, client, expectObservable }) => {
      peersOf(server).subscribe(peer => peer.respond(job(peer)));
      const reply$ = connect(client.group, tcpClient()).pipe(
        switchMap(peer => merge(said(peer.request('a job', { timeout: 10 })), EMPTY)),
      );
      expectObservable(reply$.pipe(map(text => text))).toBe('23ms d', SAID);
    });
  });
});
