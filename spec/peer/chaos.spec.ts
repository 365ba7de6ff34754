import fc from 'fast-check';
import { mergeMap, type Observable, Subject, toArray } from 'rxjs';
import type { MessageWindow, Peer, Reply, Upload } from '../../lib/index.js';
import { seededRandom } from '../../lib/testing/index.js';
import { expectBalanced } from '../support/books.js';
import { channelOf } from '../support/credit-pairs.js';
import { record, type Recording, virtualPair, type VirtualPair } from '../support/peers.js';
import { pulled } from '../support/pulled.js';
import { warningsOf } from '../support/warnings.js';

/** What may happen; `n` picks among what is there. */
const step = fc.record({
  do: fc.constantFrom(
    'ask',
    'ask',
    'ask',
    'upload',
    'upload',
    'part',
    'part',
    'part',
    'end upload',
    'value',
    'value',
    'value',
    'end reply',
    'fail reply',
    'leave request',
    'signal',
    'part network',
    'heal network',
    'new reader',
    'pass',
    'pass',
  ),
  n: fc.nat(1_000_000),
});

const BODIES = [10, 500, 20_000, 60_000];

/** Two Peers to whom anything may happen. */
class Chaos {
  readonly #pair: VirtualPair;
  readonly #random: () => number;
  readonly requests: Recording[] = [];
  /** Uploads and replies that have not ended. */
  #uploads: Subject<string>[] = [];
  #replies: Subject<string>[] = [];
  #readers: { unsubscribe(): void }[] = [];

  constructor(pair: VirtualPair, seed: number) {
    this.#pair = pair;
    this.#random = seededRandom(seed);
    for (const peer of [pair.here, pair.there])
      this.#readers.push(peer.respond(request => this.#handle(request)));
  }

  async run(what: string, n: number): Promise<void> {
    const { here, there, client, server, net, pass } = this.#pair;
    const peer = n % 2 === 0 ? here : there;
    const body = 'x'.repeat(BODIES[n % BODIES.length] as number);
    switch (what) {
      case 'ask':
        this.#ask(peer, body);
        return;
      case 'upload': {
        const source = new Subject<string>();
        this.#uploads.push(source);
        this.#ask(peer, source);
        return;
      }
      case 'part':
        pick(this.#uploads, n)?.next(body);
        return;
      case 'end upload':
        take(this.#uploads, n)?.complete();
        return;
      case 'value':
        pick(this.#replies, n)?.next(body);
        return;
      case 'end reply':
        take(this.#replies, n)?.complete();
        return;
      case 'fail reply':
        take(this.#replies, n)?.error(new Error('failed'));
        return;
      case 'leave request':
        pick(this.requests, n)?.unsubscribe();
        return;
      case 'signal':
        try {
          peer.signal(body);
        } catch {
          // The channel is full, or closing.
        }
        return;
      case 'part network':
        net.partition(client.engine, server.engine);
        return;
      case 'heal network':
        net.heal(client.engine, server.engine);
        return;
      case 'new reader': {
        const at = n % 2;
        this.#readers[at]?.unsubscribe();
        const options = { concurrency: 1 + (n % 5) };
        const fresh = (at === 0 ? here : there).respond(request => this.#handle(request), options);
        this.#readers[at] = fresh;
        return;
      }
      default:
        await pass(n % 200);
    }
  }

  /** Everything that is under way may end now. */
  async settle(): Promise<void> {
    const { client, server, net, pass } = this.#pair;
    net.heal(client.engine, server.engine);
    await pass(100);
    for (
      let round = 0;
      round < 50 && client.engine.stats().requests + server.engine.stats().requests > 0;
      round++
    ) {
      for (const source of [...this.#uploads.splice(0), ...this.#replies.splice(0)]) source.complete();
      await pass(1_000);
    }
  }

  #ask(peer: Peer, upload: Upload): void {
    // Time-outs would hide a request that hangs.
    this.requests.push(record(peer.request(upload, { timeout: 0 })));
  }

  /** One of the ways to answer. */
  #handle(request: MessageWindow): Reply {
    const reply = new Subject<string>();
    const way = Math.floor(this.#random() * 8);
    if (way >= 2) this.#replies.push(reply);
    const values: Observable<string> = reply;
    switch (way) {
      case 0:
        return request.first.body.text();
      case 1:
        throw new Error('thrown');
      case 2:
        return request.pipe(
          toArray(),
          mergeMap(() => values),
        );
      case 3:
        return (async () => {
          for await (const _ of request);
          return 'read';
        })();
      case 4:
        request.release();
        return values;
      case 5:
        return pulled(values);
      case 6:
        request.subscribe({ error: () => undefined }).unsubscribe();
        return values;
      default:
        return values;
    }
  }
}

function pick<T>(list: readonly T[], n: number): T | undefined {
  return list[n % Math.max(1, list.length)];
}

function take<T>(list: T[], n: number): T | undefined {
  return list.splice(n % Math.max(1, list.length), 1)[0];
}

/** How it may end: all at once, or in order. */
const ENDINGS = ['bye', 'both byes', 'abort', 'cut', 'unsubscribe', 'destroy'] as const;

async function end(pair: VirtualPair, ending: (typeof ENDINGS)[number]): Promise<void> {
  const { here, there, client, net, pass } = pair;
  if (ending === 'bye' || ending === 'both byes') void here.bye();
  if (ending === 'both byes') void there.bye();
  if (ending === 'abort') there.abort();
  if (ending === 'cut') net.disconnect(here);
  if (ending === 'unsubscribe') client.connecting.unsubscribe();
  if (ending === 'destroy') void client.engine.destroy();
  await pass(20_000);
}

/** What keeps a side within bounds: the tighter it is, the more there is to wait for. */
const limits = fc.record({
  slots: fc.constantFrom(1, 2, 3, 6, 8),
  maxSlotsPerChannel: fc.constantFrom(1, 2, 64),
  maxQueuedBytes: fc.constantFrom(70_000, 150_000),
  maxParkedBytes: fc.constantFrom(100, 70_000, 1_000_000),
  maxWindow: fc.constantFrom(1, 4, 64, 4_096),
});

/** What was granted is consumed or may still be spent, on both sides. */
function expectBooksBalanced({ client, server, here, there }: VirtualPair): void {
  const ends = [
    { ...client, peer: here, channel: channelOf(client, here) },
    { ...server, peer: there, channel: channelOf(server, there) },
  ] as const;
  expectBalanced(...ends);
}

it('whatever two Peers do, everything ends, once, and nothing is left', async () => {
  warningsOf('RXTOFU_STALLED');
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 120, size: 'max' }),
      fc.nat(),
      fc.constantFrom(...ENDINGS),
      fc.boolean(),
      limits,
      async (steps, seed, ending, settlesFirst, { slots, ...others }) => {
        const pair = await virtualPair({
          engines: {
            initialPoolMsgs: slots,
            maxPoolMsgs: slots,
            maxRequests: 12,
            stallTimeout: 500,
            ...others,
          },
        });
        const chaos = new Chaos(pair, seed);
        for (const { do: what, n } of steps) await chaos.run(what, n);
        if (settlesFirst) await chaos.settle();
        const { client, server } = pair;
        if (settlesFirst) {
          for (const { engine } of [client, server]) {
            const { requests, slots, queuedBytes, pausedChannels } = engine.stats();
            expect({ requests, held: slots.used + slots.beyond, queuedBytes, pausedChannels }).toEqual({
              requests: 0,
              held: 0,
              queuedBytes: 0,
              pausedChannels: 0,
            });
          }
          expectBooksBalanced(pair);
        }
        pair.net.heal(client.engine, server.engine);
        await end(pair, ending);
        // Else handlers that never end hold every slot, and a paused socket is blind.
        if (settlesFirst && ending !== 'destroy') expect(client.engine.stats().channels.ready).toBe(0);
        void client.engine.destroy();
        await chaos.settle();
        for (const { engine } of [client, server]) {
          const { requests, slots } = engine.stats();
          expect({ requests, held: slots.used + slots.beyond }).toEqual({ requests: 0, held: 0 });
        }
        for (const { lines, subscription } of chaos.requests) {
          const ends = lines.filter(line => line === '|' || line.startsWith('# '));
          expect(ends.length).toBeLessThanOrEqual(1);
          expect(subscription.closed).toBe(true);
        }
      },
    ),
    { numRuns: Number(process.env['RUNS'] ?? 200), interruptAfterTimeLimit: 120_000 },
  );
}, 300_000);
