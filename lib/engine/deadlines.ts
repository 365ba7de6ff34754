import type { Clock } from '../transport/clock.js';

/** A moment at which something is due. Moving it later costs nothing until the old moment comes. */
export class Deadline {
  /** When it is due, in the clock's ms; Infinity while it is not set. */
  at = Infinity;
  /** Where it waits in the heap, and for which moment; -1 while it does not. */
  index = -1;
  queuedFor = Infinity;
  readonly #deadlines: Deadlines;
  readonly onDue: () => void;

  constructor(deadlines: Deadlines, onDue: () => void) {
    this.#deadlines = deadlines;
    this.onDue = onDue;
  }

  /** Due in `ms` from now; Infinity never is. */
  set(ms: number): void {
    this.at = this.#deadlines.clock.now() + ms;
    if (this.at === Infinity) return;
    if (this.index < 0) this.#deadlines.add(this);
    else if (this.at < this.queuedFor) {
      this.#deadlines.remove(this);
      this.#deadlines.add(this);
    }
  }

  /** Not due any more. It may be set again. */
  clear(): void {
    this.at = Infinity;
  }

  isSet(): boolean {
    return this.at !== Infinity;
  }

  /** Not due, and of no further use. */
  dispose(): void {
    this.at = Infinity;
    if (this.index >= 0) this.#deadlines.remove(this);
  }
}

/**
 * All deadlines of an engine on one timer: a heap ordered by moment. A timer a request or a frame would cost more than the
 * request (design section 9).
 */
export class Deadlines {
  readonly clock: Clock;
  readonly #heap: Deadline[] = [];
  #timer: Disposable | null = null;
  #armedFor = Infinity;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** How many deadlines are set. */
  get size(): number {
    return this.#heap.filter(deadline => deadline.isSet()).length;
  }

  /** When the first of them is due, in the clock's ms; Infinity: none is set. */
  next(): number {
    return this.#heap.reduce((first, deadline) => Math.min(first, deadline.at), Infinity);
  }

  add(deadline: Deadline): void {
    deadline.queuedFor = deadline.at;
    deadline.index = this.#heap.length;
    this.#heap.push(deadline);
    this.#up(deadline);
    this.#arm();
  }

  remove(deadline: Deadline): void {
    const at = deadline.index;
    const last = this.#heap.pop() as Deadline;
    deadline.index = -1;
    if (last !== deadline) {
      this.#place(last, at);
      this.#up(last);
      this.#down(last);
    }
    if (this.#heap.length === 0) this.#disarm();
  }

  /** Forgets all of them. */
  close(): void {
    for (const deadline of this.#heap) deadline.index = -1;
    this.#heap.length = 0;
    this.#disarm();
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.queuedFor >= this.#armedFor) return;
    this.#timer?.[Symbol.dispose]();
    this.#armedFor = first.queuedFor;
    this.#timer = this.clock.after(Math.max(0, first.queuedFor - this.clock.now()), () => {
      this.#timer = null;
      this.#armedFor = Infinity;
      this.#fire();
    });
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
    this.#armedFor = Infinity;
  }

  /** Calls what is due; what was moved later meanwhile goes back into the heap. */
  #fire(): void {
    const now = this.clock.now();
    for (let first = this.#heap[0]; first !== undefined && first.queuedFor <= now; first = this.#heap[0]) {
      this.remove(first);
      if (first.at <= now) {
        first.at = Infinity;
        first.onDue();
      } else if (first.at !== Infinity) {
        this.add(first);
      }
    }
    this.#arm();
  }

  #place(deadline: Deadline, index: number): void {
    this.#heap[index] = deadline;
    deadline.index = index;
  }

  #up(deadline: Deadline): void {
    while (deadline.index > 0) {
      const parentAt = (deadline.index - 1) >> 1;
      const parent = this.#heap[parentAt] as Deadline;
      if (parent.queuedFor <= deadline.queuedFor) return;
      this.#swap(parent, deadline);
    }
  }

  #down(deadline: Deadline): void {
    for (;;) {
      const left = this.#heap[2 * deadline.index + 1];
      const right = this.#heap[2 * deadline.index + 2];
      if (left === undefined) return;
      const child = right !== undefined && right.queuedFor < left.queuedFor ? right : left;
      if (deadline.queuedFor <= child.queuedFor) return;
      this.#swap(deadline, child);
    }
  }

  /** `upper` and `lower` change places. */
  #swap(upper: Deadline, lower: Deadline): void {
    const upperAt = upper.index;
    const lowerAt = lower.index;
    this.#place(lower, upperAt);
    this.#place(upper, lowerAt);
  }
}
