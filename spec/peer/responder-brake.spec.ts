import { concat, firstValueFrom, NEVER, type Observable, of, Subject } from 'rxjs';
import type { Message, MessageWindow, Reply } from '../../lib/index.js';
import { BIG, record, virtualPair } from '../support/peers.js';
import { held } from '../support/told.js';
import { warningsOf } from '../support/warnings.js';

beforeEach(() => {
  warningsOf('RXTOFU_STALLED');
});

describe('the slot of a request', () => {
  it('is held until its handler’s Promise has settled', async () => {
    const pair = await virtualPair();
    const answer = new Subject<string>();
    pair.there.respond(() => firstValueFrom(answer));
    record(pair.here.request('ping'));
    await pair.pass();
    expect(held(pair.server.engine)).toBe(1);
    answer.next('pong');
    await pair.pass();
    expect(held(pair.server.engine)).toBe(0);
  });

  it('is held until the first frame of its reply has left, and then no more, though nobody reads its window', async () => {
    const pair = await virtualPair();
    const values = new Subject<string>();
    pair.there.respond(() => values);
    const reply = record(pair.here.request('subscribe'));
    await pair.pass();
    expect(held(pair.server.engine)).toBe(1);
    values.next('first');
    await pair.pass();
    expect(reply.lines).toEqual(['Response+ "first"']);
    expect(held(pair.server.engine)).toBe(0);
    expect(pair.server.engine.stats().requests).toBe(1);
    reply.unsubscribe();
  });

  it('is free when the handler has released it, and the request is answered all the same', async () => {
    const pair = await virtualPair();
    const values = new Subject<string>();
    const windows: MessageWindow[] = [];
    pair.there.respond(request => {
      windows.push(request);
      return values;
    });
    const reply = record(pair.here.request('subscribe'));
    await pair.pass();
    windows[0]?.release();
    expect(held(pair.server.engine)).toBe(0);
    values.next('late');
    await pair.pass();
    expect(reply.lines).toEqual(['Response+ "late"']);
    reply.unsubscribe();
  });

  it.each([
    ['an Observable', (answer: Observable<string>): Reply => answer],
    ['a Promise', (answer: Observable<string>): Reply => firstValueFrom(answer)],
  ])('is free as soon as the handler has released it, before it answers with %s', async (_name, reply) => {
    const pair = await virtualPair();
    const answer = new Subject<string>();
    pair.there.respond(request => {
      request.release();
      return reply(answer);
    });
    const replies = record(pair.here.request('subscribe'));
    await pair.pass();
    expect(held(pair.server.engine)).toBe(0);
    answer.next('late');
    answer.complete();
    await pair.pass();
    expect(replies.lines).toEqual(['Response "late"', '|']);
  });

  it('is free once the handler has failed, or was cancelled', async () => {
    const pair = await virtualPair();
    const answers = new Subject<string>();
    pair.there.respond(() => firstValueFrom(answers));
    const cancelled = record(pair.here.request('cancelled'));
    await pair.pass();
    cancelled.unsubscribe();
    await pair.pass();
    expect(held(pair.server.engine)).toBe(0);
    record(pair.here.request('failing'));
    await pair.pass();
    answers.error(new Error('no'));
    await pair.pass();
    expect(held(pair.server.engine)).toBe(0);
  });

  it('is held while its reply waits for a socket that takes nothing', async () => {
    const pair = await virtualPair();
    const { here, there, server, client, net, pass } = pair;
    const answer = new Subject<string>();
    there.respond(() => firstValueFrom(answer));
    record(here.request('ping'));
    await pass();
    net.partition(server.engine, client.engine);
    there.signal(BIG);
    await pass(0);
    answer.next('pong');
    await pass();
    expect(held(pair.server.engine)).toBe(1);
    expect(server.engine.stats().requests).toBe(1);
    net.heal(server.engine, client.engine);
    await pass();
    expect(held(pair.server.engine)).toBe(0);
    expect(server.engine.stats().requests).toBe(0);
  });

  it('stalls the sender: not more requests than slots are begun', async () => {
    const pair = await virtualPair({
      server: { initialPoolMsgs: 4, maxPoolMsgs: 4, stallTimeout: Infinity },
    });
    const { here, there, server, pass } = pair;
    const finish: (() => void)[] = [];
    there.respond(
      () =>
        new Promise(resolve =>
          finish.push(() => {
            resolve('done');
          }),
        ),
    );
    const replies = Array.from({ length: 20 }, () => record(here.request('ping')));
    await pass();
    expect([finish.length, server.engine.stats().pausedChannels]).toEqual([4, 1]);
    while (finish.length > 0) {
      finish.shift()?.();
      await pass();
      expect(held(pair.server.engine)).toBeLessThanOrEqual(4);
    }
    expect(replies.every(reply => reply.lines.length === 2)).toBe(true);
  });

  it('of a subscription is free: more of them than slots run side by side', async () => {
    const { here, there, server, pass } = await virtualPair({
      server: { initialPoolMsgs: 4, maxPoolMsgs: 4 },
    });
    const ticks = new Subject<string>();
    there.respond(() => concat(of('subscribed'), ticks));
    const subscriptions = Array.from({ length: 100 }, () => record(here.request('ticks')));
    await pass(50);
    ticks.next('tick');
    await pass();
    expect(
      subscriptions.every(({ lines }) => lines.join() === 'Response+ "subscribed",Response+ "tick"'),
    ).toBe(true);
    expect(server.engine.stats().slots.used).toBe(0);
    for (const subscription of subscriptions) subscription.unsubscribe();
  });

  it('follows the reader for further parts: who does not read holds them', async () => {
    const pair = await virtualPair();
    const { here, there, pass } = pair;
    const windows: MessageWindow[] = [];
    there.respond(request => {
      windows.push(request);
      return NEVER;
    });
    const source = new Subject<string>();
    const reply = record(here.request(source));
    for (const part of ['a', 'b', 'c', 'd']) source.next(part);
    await pass();
    expect(held(pair.server.engine)).toBe(4);
    const iterator: AsyncIterator<Message, undefined> = (windows[0] as MessageWindow)[Symbol.asyncIterator]();
    expect((await iterator.next()).value?.body.text()).toBe('a');
    expect((await iterator.next()).value?.body.text()).toBe('b');
    // The brake holds 'a', the loop 'b'; 'c' and 'd' wait.
    expect(held(pair.server.engine)).toBe(4);
    expect((await iterator.next()).value?.body.text()).toBe('c');
    expect(held(pair.server.engine)).toBe(3);
    await iterator.return?.();
    expect(held(pair.server.engine)).toBe(1);
    reply.unsubscribe();
  });
});
