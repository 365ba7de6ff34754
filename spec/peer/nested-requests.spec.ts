import { expectBalanced } from '../support/books.js';
import { endsOver, virtualEnds } from '../support/credit-pairs.js';
import { comesTrue } from '../support/eventually.js';
import { Nesting, type NestingOptions } from '../support/nested.js';
import { networks } from '../support/networks.js';

const TIMEOUT = 1_000;
const TIMED_OUT = `communication_failed: no reply to the request within ${String(TIMEOUT)} ms`;
/** A frame that says how often to ask back: 16 bytes of header, one of body. */
const FRAME = 17;

interface World {
  readonly pool: number;
  readonly credit: boolean;
  readonly maxParkedBytes?: number;
}

/** Runs it to its end in virtual time. */
async function nest(world: World, options: Omit<NestingOptions, 'timeout'>): Promise<Nesting> {
  const { pool, credit, maxParkedBytes = 0 } = world;
  const engine = { initialPoolMsgs: pool, maxPoolMsgs: pool, maxParkedBytes };
  const { here, there, connecting, pass } = await virtualEnds({ client: engine, server: engine, credit });
  expect(here.channel.credit !== null).toBe(credit);
  const nesting = new Nesting({ here, there, connecting }, { ...options, timeout: TIMEOUT });
  for (let ms = 0; ms <= 3 * TIMEOUT && !nesting.isOver; ms += 10) await pass(10);
  await pass(10);
  for (const side of [here, there]) {
    const { requests, slots, pausedChannels } = side.engine.stats();
    const { parkedBytes } = side.channel.reader.overdraft;
    expect({ requests, held: slots.used + slots.beyond, pausedChannels, parkedBytes }).toEqual({
      requests: 0,
      held: 0,
      pausedChannels: 0,
      parkedBytes: 0,
    });
  }
  if (credit) expectBalanced(here, there);
  // As many answers beyond the pool as it has slots, and the one message that a channel may always read.
  expect(nesting.mostHeld).toBeLessThanOrEqual(2 * pool + 1);
  return nesting;
}

const worlds: World[] = [4, 64].flatMap(pool => [true, false].map(credit => ({ pool, credit })));

describe.each(worlds)('handlers that ask back, with pools of $pool, credit: $credit', world => {
  it.each([100, 1_000])(
    'all finish with %d outstanding, when what they ask is answered at once',
    async requests => {
      const { outcomes, mostParked } = await nest(world, { requests, depth: 1 });
      expect(outcomes).toEqual({ answered: requests });
      expect(mostParked).toBeLessThanOrEqual(requests * FRAME);
    },
  );

  it.each([2, 3])('all finish at depth %d with one outstanding less than there are slots', async depth => {
    const requests = world.pool - 1;
    const { outcomes } = await nest(world, { requests, depth });
    expect(outcomes).toEqual({ answered: requests });
  });

  it.each([2, 3])(
    'all end by their time-out at depth %d with as many outstanding as there are slots',
    async depth => {
      const { outcomes } = await nest(world, { requests: world.pool, depth });
      expect(outcomes).toEqual({ [TIMED_OUT]: world.pool });
    },
  );

  it.each([
    [2, 100],
    [2, 1_000],
    [3, 100],
    [3, 1_000],
  ])('all end by their time-out at depth %d with %d outstanding', async (depth, requests) => {
    const { outcomes, mostParked } = await nest(world, { requests, depth });
    expect(outcomes).toEqual({ [TIMED_OUT]: requests });
    expect(mostParked).toBeLessThanOrEqual(requests * FRAME);
  });

  it.each([2, 3, 10])(
    'all finish at depth %d with 1,000 outstanding, when they release their requests',
    async depth => {
      const { outcomes } = await nest(world, { requests: 1_000, depth, releases: true });
      expect(outcomes).toEqual({ answered: 1_000 });
    },
  );

  it.each([
    ['finish with one outstanding less than there are slots', world.pool - 1, 'answered'],
    ['end by their time-out with 1,000 outstanding', 1_000, TIMED_OUT],
  ])('all %s, when both sides ask at once', async (_, requests, outcome) => {
    const { outcomes } = await nest(world, { requests, depth: 1, bothAsk: true });
    expect(outcomes).toEqual({ [outcome]: 2 * requests });
  });

  it('are answered rx-error: busy past maxParkedBytes, and the others finish', async () => {
    const maxParkedBytes = 200 * FRAME;
    const { outcomes, mostParked } = await nest({ ...world, maxParkedBytes }, { requests: 1_000, depth: 1 });
    const { answered = 0, 'processing_failed: busy': busy = 0 } = outcomes;
    expect({ answered: answered > 0, busy: busy > 0, all: answered + busy }).toEqual({
      answered: true,
      busy: true,
      all: 1_000,
    });
    expect(mostParked).toBeLessThanOrEqual(maxParkedBytes);
    expect(mostParked).toBeGreaterThan(maxParkedBytes - FRAME);
  });
});

describe.each(networks)('handlers that ask back over $name', network => {
  it.each([
    [4, true],
    [4, false],
    [64, true],
    [64, false],
  ])('all finish with 1,000 outstanding and pools of %d, credit: %s', async (pool, credit) => {
    const engine = { initialPoolMsgs: pool, maxPoolMsgs: pool };
    const ends = await endsOver(network, { client: engine, server: engine, credit });
    const nesting = new Nesting(ends, { requests: 1_000, depth: 1, timeout: 0 });
    await comesTrue(() => nesting.isOver);
    expect(nesting.outcomes).toEqual({ answered: 1_000 });
  });
});
