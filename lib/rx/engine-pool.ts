import { Observable } from 'rxjs';
import type { EngineCore } from '../engine/engine-core.js';
import type { SlotStats } from '../pool/slot-pool.js';
import { Multicast } from './multicast.js';

/** An engine's slots, to look at and to follow. */
export class EnginePool {
  readonly #core: EngineCore;
  /**
   * The number of free slots: the present one first, then whenever it has changed, synchronously. Hot; completes when the engine is
   * destroyed. A subscriber that takes or gives back slots in `next` makes the others see the number as it is then, once.
   */
  readonly available$: Observable<number>;

  /** @internal */
  constructor(core: EngineCore) {
    this.#core = core;
    const { slots } = core;
    const subscribers = new Multicast<number>();
    let isOver = false;
    let telling = false;
    const tell = (): void => {
      if (telling) return;
      telling = true;
      let told: number;
      do {
        told = slots.free;
        subscribers.next(told);
      } while (told !== slots.free);
      telling = false;
    };
    this.available$ = new Observable(subscriber => {
      if (!isOver) {
        subscriber.add(() => {
          subscribers.remove(subscriber);
          if (subscribers.isEmpty) slots.watch(null);
        });
        subscribers.add(subscriber);
        slots.watch(tell);
      }
      subscriber.next(slots.free);
      if (isOver) subscriber.complete();
    });
    core.onDestroyed(() => {
      isOver = true;
      subscribers.complete();
    });
  }

  /** The slots as they are now. */
  stats(): SlotStats {
    return this.#core.slots.stats();
  }
}
