import { from, map, mergeMap, type Observable, switchMap, throwError, timer } from 'rxjs';
import {
  connect,
  type Payload,
  type RequestOptions,
  Status,
  tcpClient,
  TofuError,
} from '../../../lib/index.js';
import { type Conversation, forEveryCut, peersOf, said } from '../../support/every-cut.js';

/** Connects, and asks once. */
function asking({ client }: Conversation, payload: Payload, options?: RequestOptions): Observable<string> {
  return said(connect(client.group, tcpClient()).pipe(switchMap(peer => peer.request(payload, options))));
}

describe('request and reply', () => {
  it.each([
    [0, '(p)'],
    [1, '----p'],
    [25, '100ms p'],
  ])('with a latency of %d take two ways there and two back, the hello included', (latency, diagram) => {
    forEveryCut({ latency }, conversation => {
      peersOf(conversation.server).subscribe(peer => peer.respond(() => 'pong'));
      conversation.expectObservable(asking(conversation, 'ping')).toBe(diagram, { p: 'pong' });
    });
  });

  it('take as long as the handler besides', () => {
    forEveryCut({ latency: 2 }, conversation => {
      peersOf(conversation.server).subscribe(peer => peer.respond(() => timer(7).pipe(map(() => 'pong'))));
      conversation.expectObservable(asking(conversation, 'ping')).toBe('15ms p', { p: 'pong' });
    });
  });

  it('of 16 KiB each on a line of 1 KiB a ms take 16 ms besides', () => {
    const body = 'x'.repeat(16_384);
    forEveryCut({ latency: 10, bandwidth: 1_024 }, conversation => {
      peersOf(conversation.server).subscribe(peer => peer.respond(request => request.first.body.text()));
      // Hellos: 10 + 1 each way; then 16 ms for the body, a started one for its header, and 10.
      const expected = '76ms e';
      conversation.expectObservable(asking(conversation, body)).toBe(expected, { e: body });
    });
  });

  it('keep their order where handlers end in theirs', () => {
    forEveryCut({ latency: 2 }, conversation => {
      peersOf(conversation.server).subscribe(peer =>
        peer.respond(request => {
          const ms = Number(request.first.body.text());
          return timer(ms).pipe(map(() => String(ms)));
        }),
      );
      const { client, expectObservable } = conversation;
      const peer$ = connect(client.group, tcpClient());
      const replies$ = peer$.pipe(
        switchMap(peer => from(['5', '1', '3']).pipe(mergeMap(ms => said(peer.request(ms))))),
      );
      expectObservable(replies$).toBe('---------b-c-a', { a: '5', b: '1', c: '3' });
    });
  });

  it('are an error one way later where the handler fails', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const failure = new TofuError(Status.processingFailed, 'no such thing');
      peersOf(conversation.server).subscribe(peer =>
        peer.respond(() => timer(3).pipe(switchMap(() => throwError(() => failure)))),
      );
      conversation
        .expectObservable(asking(conversation, 'ping'))
        .toBe('11ms #', undefined, 'processing_failed');
    });
  });

  it('are given up after the time-out, which the handler hears one way later', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { cold, expectSubscriptions } = conversation;
      const never = cold<string>('-');
      peersOf(conversation.server).subscribe(peer => peer.respond(() => never));
      conversation
        .expectObservable(asking(conversation, 'ping', { timeout: 10 }))
        .toBe('14ms #', undefined, 'communication_failed');
      expectSubscriptions(never.subscriptions).toBe('------^---------!');
    });
  });

  it('are stopped at the handler one way after the asker has left', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { cold, expectSubscriptions } = conversation;
      const ticks = cold<string>('t---t---t---t---t---t');
      peersOf(conversation.server).subscribe(peer => peer.respond(() => ticks));
      conversation
        .expectObservable(asking(conversation, 'ping'), '^ 13ms !')
        .toBe('--------t---t', { t: 't' });
      expectSubscriptions(ticks.subscriptions).toBe('------^---------!');
    });
  });
});
