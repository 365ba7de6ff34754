import type { Clock } from '../../lib/index.js';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly f: () => void;
}

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now = 0;
  #order = 0;
  #timers: Timer[] = [];
  #soon: (() => void)[] = [];
  /** How many timers were ever started. */
  started = 0;

  now(): number {
    return this.#now;
  }

  after(ms: number, f: () => void): Disposable {
    const timer = { at: this.#now + ms, order: this.#order++, f };
    this.#timers.push(timer);
    this.started++;
    return {
      [Symbol.dispose]: () => {
        this.#timers = this.#timers.filter(other => other !== timer);
      },
    };
  }

  soon(f: () => void): void {
    this.#soon.push(f);
  }

  /** The timers that wait. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** What was asked for `soon` and has not run. */
  get soonWaiting(): number {
    return this.#soon.length;
  }

  /** Runs what was asked for `soon` so far, and what that asks for, until nothing is left. */
  runSoon(): void {
    for (let turns = 0; this.#soon.length > 0; turns++) {
      if (turns > 10_000) throw new Error('soon asks for soon without end');
      const batch = this.#soon;
      this.#soon = [];
      for (const f of batch) f();
    }
  }

  /** Lets time pass: every timer that comes due runs at its own moment, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    this.runSoon();
    for (let count = 0; ; count++) {
      if (count > 100_000) throw new Error('timers start timers without end');
      const due = this.#timers
        .filter(timer => timer.at <= end)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter(other => other !== due);
      this.#now = Math.max(this.#now, due.at);
      due.f();
      this.runSoon();
    }
    this.#now = end;
  }
}
