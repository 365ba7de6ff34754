import type { Clock } from '../transport/clock.js';

/** A channel with frames to hand over. */
export interface Flushable {
  flush(): void;
}

/**
 * When frames leave: what is posted during a turn of reading goes out at its end, what is posted outside of one a moment
 * later; either way in one write a channel. (One write a message has 0.02 to 0.08 of the speed, design section 9.)
 */
export class Flusher {
  readonly #clock: Clock;
  #waiting: Flushable[] = [];
  #before: Flushable[] = [];
  #turns = 0;
  #isTurnExpected = false;
  #scheduled = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `flush()` will be called soon. Once for each call of this: the caller remembers that it asked. */
  add(channel: Flushable): void {
    this.#waiting.push(channel);
    this.#schedule();
  }

  /** `before.flush()` will be called once, right before frames leave next: the last moment to add one to this write. */
  addBefore(before: Flushable): void {
    this.#before.push(before);
    this.#schedule();
  }

  /** A turn begins soon, in which more will be posted: what would leave before it leaves at its end. */
  expectTurn(): void {
    this.#isTurnExpected = true;
  }

  /** The turn that was expected begins. */
  enterExpected(): void {
    this.#isTurnExpected = false;
    this.enterTurn();
  }

  /** A turn begins: what is posted now waits for its end. */
  enterTurn(): void {
    this.#turns++;
  }

  leaveTurn(): void {
    if (--this.#turns === 0 && !this.#isTurnExpected) this.#flush();
  }

  #schedule(): void {
    if (this.#turns > 0 || this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#scheduled = false;
      if (!this.#isTurnExpected && this.#turns === 0) this.#flush();
    });
  }

  #flush(): void {
    while (this.#before.length > 0) {
      const before = this.#before;
      this.#before = [];
      for (const one of before) one.flush();
    }
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const channel of waiting) channel.flush();
  }
}
