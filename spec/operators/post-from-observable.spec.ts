import { from, lastValueFrom, map, Observable, of, take } from 'rxjs';
import { type BinaryHeader, type Message, postFrom } from '../../lib/index.js';
import { onto, open, texts } from '../support/posting.js';
import { codes, marbles } from '../support/virtual-time.js';

describe('an Observable', () => {
  it('is posted as it comes', async () => {
    const { client, server, channel } = await open();
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -a-(bc)-|');
      const subscription = ' ^-------!';
      const expected = '     -c-(cc)-|';
      const posted = postFrom(client.group, source, onto(channel)).pipe(map(header => header.channelNumber));
      expectObservable(posted).toBe(expected, { c: channel });
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
    expect(await texts(server, 3)).toEqual(['a', 'b', 'c']);
  });

  it('never ends when its source never does', async () => {
    const { client, channel } = await open();
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -');
      const subscription = ' ^';
      const expected = '     -';
      expectObservable(postFrom(client.group, source, onto(channel))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('that is empty completes', async () => {
    const { client, channel } = await open();
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -|');
      const subscription = ' ^!';
      const expected = '     -|';
      expectObservable(postFrom(client.group, source, onto(channel))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('that fails passes its error on', async () => {
    const { client, channel } = await open();
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -#', undefined, 'lost');
      const subscription = ' ^!';
      const expected = '     -#';
      expectObservable(postFrom(client.group, source, onto(channel))).toBe(expected, undefined, 'lost');
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('is left when it is left', async () => {
    const { client, channel } = await open();
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  ---a');
      const unsubscribed = ' --!';
      const subscription = ' ^-!';
      const expected = '     ---';
      const posts$ = postFrom(client.group, source, onto(channel));
      expectObservable(posts$, unsubscribed).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('whose build throws, or whose message is refused, errors, and is left', async () => {
    const { client, channel } = await open();
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('   -a-b-|');
      const subscriptions = ['^--!', '^!'];
      const thrown = '        -c-#';
      const refused = '       -#';
      const messages: Message[] = [];
      const picky = postFrom(client.group, source, (item, message, index) => {
        messages.push(message);
        if (item === 'b') throw new Error('no b');
        onto(channel)(item, message, index);
      });
      const values = { c: channel };
      expectObservable(
        picky.pipe(
          map(header => header.channelNumber),
          codes(),
        ),
      ).toBe(thrown, values, 'no b');
      const lost = postFrom(client.group, source, () => undefined).pipe(codes());
      expectObservable(lost).toBe(refused, undefined, 'invalid_channel_number');
      expectSubscriptions(source.subscriptions).toBe(subscriptions);
    });
  });

  it('that outruns its channel errors with pool_empty, and is left; what was posted arrives', async () => {
    const { client, server, channel } = await open({ maxQueuedBytes: 10_000 });
    let given = 0;
    const source = new Observable<string>(subscriber => {
      while (!subscriber.closed) subscriber.next(String(given++).padEnd(1_000));
    });
    const posted: BinaryHeader[] = [];
    const errors: unknown[] = [];
    postFrom(client.group, source, onto(channel))
      .pipe(codes())
      .subscribe({ next: header => posted.push(header), error: code => errors.push(code) });
    expect(errors).toEqual(['pool_empty']);
    expect(given).toBe(posted.length + 1);
    expect((await texts(server, posted.length)).map(Number)).toEqual(posted.map((_, index) => index));
  });

  it('is left inside next', async () => {
    const { client, server, channel } = await open();
    await lastValueFrom(postFrom(client.group, from(['a', 'b', 'c']), onto(channel)).pipe(take(2)));
    await lastValueFrom(postFrom(client.group, of('end'), onto(channel)));
    expect(await texts(server, 3)).toEqual(['a', 'b', 'end']);
  });
});
