/**
 * The pool (protocol.md section 9): a slot is the right to hold one message. This room counts slots and knows who
 * holds them. It stores no bytes and reads no socket; who has to wait for a slot is the engine's to say.
 *
 *     free --take--> used --giveBack--> free          free + used <= max, always
 *              beyond --giveBack--> free              while free + used < max, else it is gone
 */
import { Slot } from '../message/ownership.js';

/** The slots at one moment. */
export interface SlotStats {
  /** Slots that nobody holds. */
  readonly free: number;
  /** Slots that messages hold. */
  readonly used: number;
  /** Messages held that were made or read when no slot was free. */
  readonly beyond: number;
  /** The most that `free` and `used` may come to together. */
  readonly max: number;
}

/** Counts slots. */
export class SlotPool {
  free: number;
  used: number;
  beyond: number;
  readonly max: number;
  #watcher: ((free: number) => void) | null;

  /** @param max counts as `initial` where it is smaller */
  constructor(initial: number, max: number) {
    this.free = initial;
    this.used = 0;
    this.beyond = 0;
    this.max = Math.max(initial, max);
    this.#watcher = null;
  }

  /** Takes a free slot, or says there is none. */
  take(): boolean {
    if (this.free === 0) return false;
    this.free--;
    this.used++;
    this.#watcher?.(this.free);
    return true;
  }

  /** Counts a message beyond the pool. */
  takeBeyond(): void {
    this.beyond++;
  }

  /** A message is no longer held. One from beyond adds its slot below the maximum, and only when it was put. */
  giveBack(slot: Slot, grows: boolean): void {
    const before = this.free;
    if (slot === Slot.pooled) {
      this.used--;
      this.free++;
    } else if (slot === Slot.beyond) {
      this.beyond--;
      if (grows && this.free + this.used < this.max) this.free++;
    }
    if (this.free !== before) this.#watcher?.(this.free);
  }

  /** `watcher` is told the number of free slots at every change of it. */
  watch(watcher: ((free: number) => void) | null): void {
    this.#watcher = watcher;
  }

  get isWatched(): boolean {
    return this.#watcher !== null;
  }

  stats(): SlotStats {
    return { free: this.free, used: this.used, beyond: this.beyond, max: this.max };
  }
}
