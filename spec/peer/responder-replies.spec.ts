import { firstValueFrom, ReplaySubject, Subject } from 'rxjs';
import type { Hold } from '../../lib/index.js';
import { comesTrue } from '../support/eventually.js';
import { networks } from '../support/networks.js';
import { BIG, pairOver, record, virtualPair } from '../support/peers.js';
import { plainPair } from '../support/plain-peer.js';
import { warningsOf } from '../support/warnings.js';

beforeEach(() => {
  warningsOf('RXTOFU_STALLED');
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
