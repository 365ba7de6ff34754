/**
 * Time, as an engine sees it. All waiting goes through a clock, so that a whole conversation can run in
 * virtual time.
 */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Calls `f` once, `ms` milliseconds from now. Disposing before that cancels. */
  after(ms: number, f: () => void): Disposable;
  /** Calls `f` soon, after what runs now and before any later moment, in the order of the calls. */
  soon(f: () => void): void;
}

/** setTimeout keeps 31 bits; a longer wait is made of several. */
const LONGEST_TIMER = 0x7fff_ffff;

class SystemTimer implements Disposable {
  #timer: NodeJS.Timeout;

  constructor(ms: number, f: () => void) {
    this.#timer = this.#start(ms, f);
  }

  #start(ms: number, f: () => void): NodeJS.Timeout {
    if (ms <= LONGEST_TIMER) return setTimeout(f, ms);
    return setTimeout(() => {
      this.#timer = this.#start(ms - LONGEST_TIMER, f);
    }, LONGEST_TIMER);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/**
 * The clock of the process. `soon` is setImmediate: it runs after the sockets that are readable now, so that
 * one busy connection can't keep the others waiting, and what is posted meanwhile goes out in one write.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, f) => new SystemTimer(ms, f),
  soon: f => {
    setImmediate(f);
  },
};
