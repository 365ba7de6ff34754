import type { EngineContext } from './context.js';

/** A channel that is not read. */
interface PausedChannel {
  readonly number: number;
  readonly context: EngineContext;
}

/** Its reader. */
interface PausedReader {
  readonly isPaused: boolean;
  readonly slotsHeld: number;
}

/**
 * Nothing moves any more where windows that nobody reads hold every slot that a waiting channel may have: the youngest of them is
 * given up.
 */
export function relieve(channel: PausedChannel, reader: PausedReader): void {
  const { pool, options } = channel.context;
  const { free, used, beyond } = pool.slots;
  const isAtItsLimit = reader.slotsHeld >= options.maxSlotsPerChannel;
  if (free > 0 && !isAtItsLimit) return;
  // At a limit of its own, another channel's slot is of no use to it.
  pool.idleWindows.giveUpYoungest(channel.number, isAtItsLimit ? Infinity : used + beyond, reader.slotsHeld);
}

/**
 * A channel waits again. Where it stands still, a window of it being read, and nobody has done anything about it since a window was given up
 * for that, the next one is given up soon: another `stallTimeout` would change nothing, and a thousand of them would be a hang.
 */
export function relieveAgain(channel: PausedChannel, reader: PausedReader): void {
  const { pool, clock } = channel.context;
  if (!pool.idleWindows.isStuck(channel.number)) return;
  clock.soon(() => {
    if (reader.isPaused && pool.idleWindows.isStuck(channel.number)) relieve(channel, reader);
  });
}
