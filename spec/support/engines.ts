import { createEngine, type Engine, type EngineOptions } from '../../lib/index.js';

const open: Engine[] = [];

/** An engine that `afterEach` destroys, and that must then be at rest. */
export function engineForSpec(options?: EngineOptions): Engine {
  const engine = createEngine(options);
  open.push(engine);
  return engine;
}

afterEach(async () => {
  const engines = open.splice(0);
  await Promise.all(engines.map(engine => engine.destroy()));
  for (const engine of engines) expectAtRest(engine);
});

/** No channel, no queued byte, and no message held but those that the spec itself still owns. */
export function expectAtRest(engine: Engine, messagesOwned = 0): void {
  const { channels, slots, queuedBytes, pausedChannels } = engine.stats();
  expect({ channels, held: slots.used + slots.beyond, queuedBytes, pausedChannels }).toEqual({
    channels: { connecting: 0, ready: 0, closing: 0, listening: 0 },
    held: messagesOwned,
    queuedBytes: 0,
    pausedChannels: 0,
  });
  expect(slots.free + slots.used).toBeLessThanOrEqual(slots.max);
}
