import fc from 'fast-check';
import { createEngine } from '../../lib/index.js';
import { listenOn } from '../support/conversation.js';
import { expectAtRest } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { connectLedgers, expectAccounted, type Ledger } from '../support/ledger.js';
import { networks } from '../support/networks.js';
import { memberOf } from '../support/pair.js';

/** Which end does it: 0 the client, 1 the server. */
const who = fc.constantFrom<0 | 1>(0, 1);

const bodyLength = fc.oneof(
  fc.nat({ max: 100 }),
  fc.constantFrom(0, 4_095, 4_096, 4_097, 65_535),
  fc.nat({ max: 65_535 }),
);

type Step =
  | { do: 'post'; who: 0 | 1; length: number; times: number }
  | { do: 'take' | 'quicken'; who: 0 | 1 }
  | { do: 'turns'; count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('post' as const),
      who,
      length: bodyLength,
      times: fc.integer({ min: 1, max: 25 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('take' as const, 'quicken' as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
);

type How = 'bye' | 'abort' | 'destroyGroup' | 'destroyEngine';
interface End {
  how: How;
  who: 0 | 1;
  turns: number;
}

const end: fc.Arbitrary<End> = fc.record({
  how: fc.constantFrom<How>('bye', 'bye', 'abort', 'destroyGroup', 'destroyEngine'),
  who,
  turns: fc.nat({ max: 4 }),
});

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise(resolve => setImmediate(resolve));
}

async function play(ledgers: readonly [Ledger, Ledger], steps: readonly Step[]): Promise<void> {
  for (const what of steps) {
    if (what.do === 'turns') {
      await turns(what.count);
      continue;
    }
    const ledger = ledgers[what.who];
    if (what.do === 'post') for (let n = 0; n < what.times; n++) ledger.post(what.length);
    else if (what.do === 'take') ledger.take();
    else ledger.slow = !ledger.slow;
  }
}

/** Ends the connection from either side or both. */
async function finish(ledgers: readonly [Ledger, Ledger], ends: readonly End[]): Promise<void> {
  for (const { how, who: side, turns: before } of ends) {
    await turns(before);
    const ledger = ledgers[side];
    if (ledger.closed || ledger.side.group.isDestroyed) continue;
    if (how === 'bye') ledger.sayBye();
    else if (how === 'abort') ledger.abort();
    else void (how === 'destroyGroup' ? ledger.side.group : ledger.side.engine).destroy();
  }
  for (const ledger of ledgers) {
    ledger.slow = false;
    ledger.take();
  }
  await eventually('both channels are closed', () => ledgers.every(ledger => ledger.closed));
}

describe.each(networks)('whatever happens on a connection over $name', network => {
  it('every message is received or comes back whole, and every channel closes once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.array(end, { minLength: 1, maxLength: 3 }),
        async (steps, ends) => {
          const options = { initialPoolMsgs: 3, maxPoolMsgs: 5, maxQueuedBytes: 300_000 };
          const client = memberOf(createEngine(options));
          const server = memberOf(createEngine(options));
          const listener = await listenOn(server.engine, server.group, network);
          const { ledgers, openingId } = await connectLedgers(client, server, listener.client);
          const listenerSaid: string[] = [];
          server.group.claim(listener.channel, message => {
            listenerSaid.push(message.dump());
          });
          await play(ledgers, steps);
          await finish(ledgers, ends);

          const inOrder = ends.every(({ how }) => how === 'bye');
          expectAccounted(ledgers[0], ledgers[1], inOrder);
          expectAccounted(ledgers[1], ledgers[0], inOrder);
          for (const ledger of ledgers) {
            expect(ledger.wrong).toEqual([]);
            expect(ledger.said).toEqual([`channel_closed ${String(openingId)}`]);
          }
          await Promise.all([client.engine.destroy(), server.engine.destroy()]);
          expect(listenerSaid.filter(line => line.includes('channel_closed'))).toHaveLength(1);
          expectAtRest(client.engine);
          expectAtRest(server.engine);
        },
      ),
      { numRuns: 50, endOnFailure: true },
    );
  }, 60_000);
});
