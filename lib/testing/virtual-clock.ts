import type { VirtualTimeScheduler } from 'rxjs';
import type { Clock } from '../transport/clock.js';

/**
 * A clock whose time is a virtual scheduler's: a frame is a millisecond, and `soon` is later in the same frame. All that waits on it is one
 * queue with what RxJS itself has planned there, ordered by frame, and within a frame by who planned first.
 *
 * `virtualNetwork` gives its engines this clock; an engine of your own takes it as `createEngine({ clock })`.
 *
 * @param scheduler a TestScheduler, say
 */
export function virtualClock(scheduler: VirtualTimeScheduler): Clock {
  return {
    now: () => scheduler.now(),
    after(ms, f) {
      const action = scheduler.schedule(() => {
        f();
      }, ms);
      return {
        [Symbol.dispose]: () => {
          action.unsubscribe();
        },
      };
    },
    soon(f) {
      scheduler.schedule(() => {
        f();
      });
    },
  };
}
