import type { EngineContext } from './context.js';
import type { Delivery } from './open-channel.js';

/** A channel as far as the warning names it. */
interface StalledChannel {
  readonly number: number;
  readonly group: Delivery;
  readonly context: EngineContext;
}

/** Tells people, once a pause, that a channel has not been read for `stallTimeout`, or its peer had no credit, and who holds the slots. */
export function warnOfStall(
  channel: StalledChannel,
  slotsHeld: number,
  has: 'not been read' | 'had no credit',
): void {
  const { pool, options } = channel.context;
  const { window, pooled, request, retain } = pool.heldBy;
  const holders = [
    `${String(channel.group.slotsUndelivered)} wait in its group's inbox`,
    `${String(window)} in windows that nobody reads`,
    `${String(pooled)} in pooled`,
    `${String(request)} with handlers of requests`,
    `${String(retain)} are retained`,
  ];
  process.emitWarning(
    `channel ${String(channel.number)} has ${has} for ${String(options.stallTimeout)} ms: no slot came free. It holds ` +
      `${String(slotsHeld)} of ${String(pool.slots.used + pool.slots.beyond)} messages held; ${holders.join(', ')}; ` +
      'others were pulled, or got, and not put back',
    { type: 'Warning', code: 'RXTOFU_STALLED' },
  );
}
