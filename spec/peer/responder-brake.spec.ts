import {
  concat,
  firstValueFrom,
  map,
  NEVER,
  type Observable,
  of,
  ReplaySubject,
  Subject,
  toArray,
} from 'rxjs';
import type { Hold, Message, MessageWindow, Reply } from '../../lib/index.js';
import { comesTrue } from '../support/eventually.js';
import { networks } from '../support/networks.js';
import { pairOver, record, type VirtualPair, virtualPair } from '../support/peers.js';
import { plainPair } from '../support/plain-peer.js';
import { warningsOf } from '../support/warnings.js';

beforeEach(() => {
  warningsOf('RXTOFU_STALLED');
});

function held({ server }: Pick<VirtualPair, 'server'>): number {
  const { used, beyond } = server.engine.stats().slots;
  return used + beyond;
}

/** A body so big that the link takes nothing behind it while the network is parted. */
const BIG = 'x'.repeat(65_535);

describe('the slot of a request', () => {
  it('is held until its handler’s Promise has settled', async () => {
    const pair = await virtualPair();
    const answer = new Subject<string>();
    pair.there.respond(() => firstValueFrom(answer));
    record(pair.here.request('ping'));
    await pair.pass();
    expect(held(pair)).toBe(1);
    answer.next('pong');
    await pair.pass();
    expect(held(pair)).toBe(0);
  });

  it('is held until the first frame of its reply has left, and then no more, though nobody reads its window', async () => {
    const pair = await virtualPair();
    const values = new Subject<string>();
    pair.there.respond(() => values);
    const reply = record(pair.here.request('subscribe'));
    await pair.pass();
    expect(held(pair)).toBe(1);
    values.next('first');
    await pair.pass();
    expect(reply.lines).toEqual(['Response+ "first"']);
    expect(held(pair)).toBe(0);
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
    expect(held(pair)).toBe(0);
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
    expect(held(pair)).toBe(0);
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
    expect(held(pair)).toBe(0);
    record(pair.here.request('failing'));
    await pair.pass();
    answers.error(new Error('no'));
    await pair.pass();
    expect(held(pair)).toBe(0);
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
    expect(held(pair)).toBe(1);
    expect(server.engine.stats().requests).toBe(1);
    net.heal(server.engine, client.engine);
    await pass();
    expect(held(pair)).toBe(0);
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
      expect(held(pair)).toBeLessThanOrEqual(4);
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
    expect(held(pair)).toBe(4);
    const iterator: AsyncIterator<Message, undefined> = (windows[0] as MessageWindow)[Symbol.asyncIterator]();
    expect((await iterator.next()).value?.body.text()).toBe('a');
    expect((await iterator.next()).value?.body.text()).toBe('b');
    // The brake holds 'a', the loop 'b'; 'c' and 'd' wait.
    expect(held(pair)).toBe(4);
    expect((await iterator.next()).value?.body.text()).toBe('c');
    expect(held(pair)).toBe(3);
    await iterator.return?.();
    expect(held(pair)).toBe(1);
    reply.unsubscribe();
  });
});

describe('uploads', () => {
  it.each([
    [
      'answered at their end',
      (request: MessageWindow) =>
        request.pipe(
          toArray(),
          map(parts => String(parts.length)),
        ),
    ],
    [
      'read by for await',
      async (request: MessageWindow) => {
        let parts = 0;
        for await (const _ of request) parts++;
        return String(parts);
      },
    ],
  ])('%s may be more at once than there are slots', async (_name, handler) => {
    const { here, there, pass } = await virtualPair({ engines: { initialPoolMsgs: 4, maxPoolMsgs: 4 } });
    there.respond(handler);
    const sources = Array.from({ length: 50 }, () => new Subject<string>());
    const replies = sources.map(source => record(here.request(source)));
    for (let part = 0; part < 5; part++) for (const source of sources) source.next(String(part));
    await pass(50);
    for (const source of sources) source.complete();
    await pass(50);
    expect(replies.filter(({ lines }) => lines.join() !== 'Response "5",|')).toEqual([]);
  });

  it('behind a full house of waiting requests get through: the youngest of those are turned away', async () => {
    const { here, there, server, pass } = await virtualPair({
      server: { initialPoolMsgs: 4, maxPoolMsgs: 4, stallTimeout: 100 },
    });
    there.respond(
      request =>
        request.pipe(
          toArray(),
          map(parts => String(parts.length)),
        ),
      { concurrency: 1 },
    );
    const source = new Subject<string>();
    const upload = record(here.request(source));
    source.next('a');
    source.next('b');
    await pass();
    const replies = Array.from({ length: 10 }, () => record(here.request('ping')));
    await pass();
    source.next('c');
    source.complete();
    await pass(90);
    expect([upload.lines, server.engine.stats().pausedChannels]).toEqual([[], 1]);
    await pass(200);
    expect(upload.lines).toEqual(['Response "3"', '|']);
    const busy = replies.filter(({ lines }) => lines[0] === '# processing_failed: busy').length;
    const done = replies.filter(({ lines }) => lines[0] === 'Response "1"').length;
    expect([busy > 0, done > 0, busy + done]).toEqual([true, true, 10]);
  });

  it('that nobody reads, and that hold every slot, are given up', async () => {
    const { here, there, server, pass } = await virtualPair({
      server: { initialPoolMsgs: 4, maxPoolMsgs: 4, stallTimeout: 100 },
    });
    const windows: MessageWindow[] = [];
    there.respond(request => {
      windows.push(request);
      return windows.length === 1 ? NEVER : 'pong';
    });
    const source = new Subject<string>();
    const upload = record(here.request(source));
    for (let part = 0; part < 8; part++) source.next(String(part));
    await pass();
    const behind = record(here.request('ping'));
    await pass(90);
    expect(behind.lines).toEqual([]);
    await pass(20);
    expect(behind.lines).toEqual(['Response "pong"', '|']);
    expect(record(windows[0] as MessageWindow).lines).toEqual([expect.stringMatching(/^# pool_empty: /)]);
    expect(server.engine.stats().slots.used).toBe(0);
    upload.unsubscribe();
  });

  it('that wait for a handler, and hold every slot, just wait', async () => {
    const { here, there, server, pass } = await virtualPair({
      server: { initialPoolMsgs: 4, maxPoolMsgs: 4, stallTimeout: 100 },
    });
    const replies = Array.from({ length: 10 }, () => record(here.request('ping')));
    await pass(1_000);
    expect(server.engine.stats().pausedChannels).toBe(1);
    there.respond(() => 'pong');
    await pass();
    expect(replies.every(({ lines }) => lines.length === 2)).toBe(true);
  });
});

describe('a reply that the channel does not take', () => {
  it.each([
    ['a payload', (big: string) => big],
    ['a Promise', (big: string) => Promise.resolve(big)],
  ])('waits, where it is %s, for as long as it takes', async (_name, reply) => {
    const { here, there, server, client, net, pass } = await virtualPair({
      engines: { maxQueuedBytes: 150_000 },
    });
    const go = new ReplaySubject<void>();
    there.respond(async request => {
      await firstValueFrom(go);
      return reply(request.first.body.text().padEnd(60_000));
    });
    const replies = Array.from({ length: 20 }, (_, n) => record(here.request(String(n))));
    await pass();
    net.partition(server.engine, client.engine);
    go.next();
    await pass();
    expect(server.engine.stats().queuedBytes).toBeLessThanOrEqual(150_000);
    expect(server.engine.stats().slots.used).toBeGreaterThan(10);
    const cancelled = replies.pop();
    net.heal(server.engine, client.engine);
    cancelled?.unsubscribe();
    await pass(100);
    expect(replies.map(({ lines }) => lines[0]?.slice(0, 12).trim())).toEqual(
      replies.map((_, n) => `Response "${String(n)}`),
    );
    expect(server.engine.stats().slots.used).toBe(0);
  });

  it('ends with rx-error: outrun where an Observable gives more than waits', async () => {
    const { here, there, server, client, net, pass } = await virtualPair({
      engines: { maxQueuedBytes: 150_000 },
    });
    const values = new Subject<string>();
    there.respond(() => values);
    const reply = record(here.request('all'));
    await pass();
    net.partition(server.engine, client.engine);
    for (let n = 0; n < 10 && values.observed; n++) {
      values.next(BIG);
      await pass(0);
    }
    expect(values.observed).toBe(false);
    net.heal(server.engine, client.engine);
    await pass();
    expect(reply.lines.at(-1)).toBe('# processing_failed: outrun');
    expect(server.engine.stats().requests).toBe(0);
  });

  it('is waited for by bye(), behind whose last frame the goodbye leaves', async () => {
    const { here, there, server, client, net, pass } = await virtualPair({
      engines: { maxQueuedBytes: 150_000 },
    });
    const go = new ReplaySubject<void>();
    there.respond(async () => {
      await firstValueFrom(go);
      return 'x'.repeat(60_000);
    });
    const replies = Array.from({ length: 6 }, () => record(here.request('ping')));
    await pass();
    net.partition(server.engine, client.engine);
    go.next();
    await pass();
    const leaving = here.bye();
    net.heal(server.engine, client.engine);
    await pass(100);
    await leaving;
    expect(replies.every(({ lines }) => lines.length === 2)).toBe(true);
  });
});

describe.each(networks)('a slow handler over $name', network => {
  it('holds the sender back, and answers everything in the end', async () => {
    const { here, there, server } = await pairOver(network, {
      server: { initialPoolMsgs: 8, maxPoolMsgs: 8 },
    });
    let most = 0;
    let running = 0;
    there.respond(async () => {
      most = Math.max(most, ++running);
      await new Promise(resolve => setImmediate(resolve));
      running--;
      return 'pong';
    });
    const replies = Array.from({ length: 300 }, () => record(here.request('x'.repeat(1_000))));
    await comesTrue(() => replies.every(({ lines }) => lines.length === 2));
    expect(most).toBeLessThanOrEqual(9);
    expect(server.engine.stats().slots.used).toBe(0);
  });
});

it('a peer that asks and never reads is not read either', async () => {
  const { peer, plain, client, server, pass } = await plainPair({
    initialPoolMsgs: 4,
    maxPoolMsgs: 4,
    stallTimeout: Infinity,
  });
  peer.respond(() => 'x'.repeat(60_000));
  const holds: Hold[] = [];
  server.group.subscribe(message => holds.push(message.retain()));
  for (let n = 1; n <= 200; n++) plain.request(String(n), { id: n });
  await pass(100);
  const { queuedBytes, slots, requests } = client.engine.stats();
  expect([slots.used, slots.beyond, requests]).toEqual([4, 0, 4]);
  expect(queuedBytes).toBeLessThan(10 * 60_000);
  for (const hold of holds) hold[Symbol.dispose]();
});
