// What the micro-benchmarks share: an engine that opens nothing, and messages as they come from a peer.
import { createEngine } from '../dist/lib/index.js';
import { EngineMessage } from '../dist/lib/message/engine-message.js';
import { Slot } from '../dist/lib/message/ownership.js';

export const engine = createEngine();
export const { context } = engine.core;

const NOTHING = Buffer.alloc(0);

/** A message of channel 1 as it was read, with a slot of the pool. */
export function readMessage(id, proto) {
  const message = new EngineMessage(context.pool, 1, proto, 0, 0, id, NOTHING, 0, 0, 0);
  message.slot = context.pool.slots.take() ? Slot.pooled : Slot.beyond;
  if (message.slot === Slot.beyond) context.pool.slots.takeBeyond();
  return message;
}
