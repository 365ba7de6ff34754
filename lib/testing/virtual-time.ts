import { setImmediate as nextTurn } from 'node:timers/promises';
import { VirtualTimeScheduler } from 'rxjs';

/**
 * Moves a virtual scheduler on by `ms`, frame by frame, and lets every Promise continue between frames. What the continuations
 * plan for the same frame runs in that frame.
 *
 * A TestScheduler outside of `run()` stops at frame 750 by itself (`maxFrames`), and its own `flush` would compare diagrams
 * that are not through yet: so this moves the queue alone, exactly as far as asked. Assertions made by hand wait for `flush()`.
 */
export async function advanceScheduler(scheduler: VirtualTimeScheduler, ms: number): Promise<void> {
  const target = scheduler.frame + ms;
  await nextTurn();
  for (let due = firstDue(scheduler); due <= target; due = firstDue(scheduler)) {
    runUntil(scheduler, due);
    await nextTurn();
  }
  scheduler.frame = target;
}

/** The frame of the first thing planned; Infinity: there is none. */
function firstDue(scheduler: VirtualTimeScheduler): number {
  return scheduler.actions[0]?.delay ?? Infinity;
}

function runUntil(scheduler: VirtualTimeScheduler, frame: number): void {
  const { maxFrames } = scheduler;
  scheduler.maxFrames = frame;
  try {
    VirtualTimeScheduler.prototype.flush.call(scheduler);
  } finally {
    scheduler.maxFrames = maxFrames;
  }
}
