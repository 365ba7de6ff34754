import { type Clock, systemClock } from '../../lib/transport/clock.js';

/**
 * Counts the turns of the event loop in which an engine does something: those in which something runs that it asked its clock for, or that the spec
 * marks itself. However long a turn takes, and however often the loop goes round for nothing, the number is the same.
 */
export class BusyTurns implements Disposable {
  count = 0;
  #turn = 0;
  #counted = -1;
  #next: NodeJS.Immediate;

  constructor() {
    const pass = (): void => {
      this.#turn++;
      this.#next = setImmediate(pass);
    };
    this.#next = setImmediate(pass);
  }

  /** The engine does something in this turn. */
  mark(): void {
    if (this.#counted === this.#turn) return;
    this.#counted = this.#turn;
    this.count++;
  }

  /** The clock for the engine. */
  readonly clock: Clock = {
    now: () => systemClock.now(),
    after: (ms, f) => systemClock.after(ms, f),
    soon: f => {
      systemClock.soon(() => {
        this.mark();
        f();
      });
    },
  };

  [Symbol.dispose](): void {
    clearImmediate(this.#next);
  }
}
