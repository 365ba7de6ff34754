import { expectBalanced } from '../support/books.js';
import { forEverySeed } from '../support/for-every-seed.js';
import { Saturation } from '../support/saturation.js';
import { warningsOf } from '../support/warnings.js';

const SCHEDULES = 50;
const MS = 60_000;

async function hold(seed: number): Promise<void> {
  const saturation = new Saturation(seed);
  await saturation.run(MS);
  const { here, there } = saturation.ends;
  expect(saturation.outcomes.filter(({ isOver }) => !isOver)).toEqual([]);
  for (const { engine, channel } of [here, there]) {
    const { slots, requests, queuedBytes, pausedChannels } = engine.stats();
    const { parkedBytes } = channel.reader.overdraft;
    expect({ held: slots.used + slots.beyond, requests, queuedBytes, pausedChannels, parkedBytes }).toEqual({
      held: 0,
      requests: 0,
      queuedBytes: 0,
      pausedChannels: 0,
      parkedBytes: 0,
    });
    expect(engine.stats().framesRejected).toBe(0);
  }
  if (saturation.credit) expectBalanced(here, there);
  for (const heard of saturation.heard) expect(heard).toEqual([...heard].sort((a, b) => a - b));
}

it('two sides saturated with requests and streams end, their books balance, and nothing is held', async () => {
  warningsOf('RXTOFU_STALLED');
  await forEverySeed(SCHEDULES, hold);
}, 3_000_000);
