import { MAX_CHANNEL_NUMBER } from '../message/limits.js';

/** How many of the numbers closed last are not handed out again (protocol.md section 5). */
const RESTING = 1024;

const FREE = 0;
const OPEN = 1;
const RESTS = 2;

/**
 * Assigns channel numbers 1..65534: each to one channel at a time, and none of the 1024 closed last, so that a late use of a
 * dead number meets nobody.
 */
export class ChannelNumbers {
  readonly #use = new Uint8Array(MAX_CHANNEL_NUMBER + 1);
  /** The closed numbers that rest, oldest at `#oldest`. */
  readonly #resting = new Uint16Array(RESTING);
  #oldest = 0;
  #last = 0;
  #taken = 0;

  /** The next number, or 0 when none is free. */
  assign(): number {
    if (this.#taken === MAX_CHANNEL_NUMBER) return 0;
    do {
      this.#last = this.#last === MAX_CHANNEL_NUMBER ? 1 : this.#last + 1;
    } while (this.#use[this.#last] !== FREE);
    this.#use[this.#last] = OPEN;
    this.#taken++;
    return this.#last;
  }

  /** A number's channel has closed. It rests until 1024 others have closed after it. */
  release(number: number): void {
    if (this.#use[number] !== OPEN) return;
    const rested = this.#resting[this.#oldest] as number;
    if (rested !== 0) {
      this.#use[rested] = FREE;
      this.#taken--;
    }
    this.#use[number] = RESTS;
    this.#resting[this.#oldest] = number;
    this.#oldest = (this.#oldest + 1) % RESTING;
  }
}
