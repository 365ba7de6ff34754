import { Storm } from '../support/storm.js';
import { warningsOf } from '../support/warnings.js';

/** `SEEDS=5000 FROM=1 npx jest spec/peer/storm.spec.ts` runs more of them, or another one again. */
const SCHEDULES = Number(process.env['SEEDS'] ?? 60);
const FROM = Number(process.env['FROM'] ?? 1);

async function hold(seed: number): Promise<void> {
  const storm = new Storm(seed);
  await storm.run();
  await storm.calm();
  expect(storm.unsettled).toEqual([]);
  for (const engine of storm.engines) {
    const { slots, requests, queuedBytes, pausedChannels, channels, framesRejected } = engine.stats();
    expect({
      held: slots.used + slots.beyond,
      requests,
      queuedBytes,
      pausedChannels,
      channels,
      framesRejected,
    }).toEqual({
      held: 0,
      requests: 0,
      queuedBytes: 0,
      pausedChannels: 0,
      channels: { connecting: 0, ready: 0, closing: 0, listening: engine === storm.engines[0] ? 1 : 0 },
      framesRejected: 0,
    });
  }
  await storm.end();
}

it('clients of one server come, ask, are cut off and leave: all of it ends, nothing is rejected, and nothing is held', async () => {
  warningsOf('RXTOFU_STALLED');
  for (let seed = FROM; seed < FROM + SCHEDULES; seed++) {
    try {
      await hold(seed);
    } catch (error) {
      throw new Error(`seed ${String(seed)}: ${(error as Error).message}`, { cause: error });
    }
  }
}, 600_000);
