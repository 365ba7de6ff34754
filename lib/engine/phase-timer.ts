import { Deadline, type Deadlines } from './deadlines.js';

/**
 * The one time-out of the phase that a channel is in: making the connection, hearing the hello, saying goodbye, letting the link
 * go. A phase that begins takes the place of the one before.
 */
export class PhaseTimer {
  readonly #deadline: Deadline;
  #ms = Infinity;
  #onDue: (() => void) | null = null;
  /** Starts over when something moves, and stands still while the channel is not read. */
  #followsProgress = false;
  #paused = false;

  constructor(deadlines: Deadlines) {
    this.#deadline = new Deadline(deadlines, () => {
      const onDue = this.#onDue;
      this.clear();
      onDue?.();
    });
  }

  /** `onDue` in `ms`, whatever happens meanwhile. */
  start(ms: number, onDue: () => void): void {
    this.#begin(ms, onDue, false);
  }

  /** `onDue` after `ms` without progress. */
  startFollowing(ms: number, onDue: () => void): void {
    this.#begin(ms, onDue, true);
  }

  /** Something moved. */
  progress(): void {
    if (this.#followsProgress && !this.#paused) this.#deadline.set(this.#ms);
  }

  /** A paused socket is blind: what the peer answered may lie in it (design section 3). */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    if (!this.#followsProgress) return;
    if (paused) this.#deadline.clear();
    else this.#deadline.set(this.#ms);
  }

  /** The phase is over. */
  clear(): void {
    this.#onDue = null;
    this.#followsProgress = false;
    // Taken out, not just cleared: a phase is long, and one that is over must not keep a process alive.
    this.#deadline.dispose();
  }

  #begin(ms: number, onDue: () => void, followsProgress: boolean): void {
    this.#ms = ms;
    this.#onDue = onDue;
    this.#followsProgress = followsProgress;
    if (followsProgress && this.#paused) this.#deadline.clear();
    else this.#deadline.set(ms);
  }
}
