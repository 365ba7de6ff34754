import { forEverySeed } from '../support/for-every-seed.js';
import { Storm } from '../support/storm.js';
import { warningsOf } from '../support/warnings.js';

const SCHEDULES = 60;

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
  await forEverySeed(SCHEDULES, hold);
}, 600_000);
