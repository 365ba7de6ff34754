/** What a side grants in its hello, unless its engine's `maxWindow` is less (design section 6). */
export const INITIAL_WINDOW = 64;

/** So often in a row is no chance. */
const STOPS = 4;

/**
 * How many Requests, Responses and Signals a peer may send, and when it gets more (design section 6).
 *
 *     received --taken from the wire--> held --slot given back--> consumed
 *     granted = consumed + held + outstanding                     at every moment
 *
 * The window is what may be outstanding or held. It doubles when the peer had used all of it and nothing is held: then it was the window
 * that kept the peer waiting. A grant is on its way before that is so, and the peer that stops to wait for it is seen by where it stops: right
 * at the end of what it had before, time after time. While something is held it is the first one again: what was granted is not taken back, nothing new is given.
 */
export class ReceiveCredit {
  received = 0;
  consumed = 0;
  granted = 0;
  // The marks that each message is held against: one comparison each, for these lines are run more often than most.
  /** So many may be received: what was granted, and all the same what stood behind the hello, sent before its sender could know. */
  #limit = Infinity;
  /** Received messages that bring the peer to the end of the grant before the last, and then of the last. */
  #lookAt = Infinity;
  /** Consumed messages that make a grant due. */
  #dueAt = Infinity;
  #window = 0;
  #firstWindow = 0;
  #maxWindow = 0;
  /** What may be received all the same: what stood behind the hello was sent before its sender could know. */
  #tolerated = Infinity;
  #isOpen = false;
  /** Messages that took a slot and cost nothing. */
  #free = 0;
  /** What the peer might send before the last grant reached it. */
  #endBefore = -1;
  /** It was seen to stop there, */
  #hasStopped = false;
  /** and so before as many grants in a row. */
  #stops = 0;

  /** The peer may send `window` messages from the beginning of the channel on. */
  open(window: number, maxWindow: number): void {
    this.#isOpen = true;
    this.granted = window + this.#free;
    this.#window = window;
    this.#maxWindow = Math.min(maxWindow, 2 ** 30);
    // What a hello has offered counts, once: however much that is.
    this.#firstWindow = Math.min(window, this.#maxWindow);
    this.#tolerated = Math.max(INITIAL_WINDOW + this.#free, this.received);
    this.#setMarks();
  }

  /** Messages that were received, and whose slots have not come back. */
  get held(): number {
    return this.received - this.consumed;
  }

  /** Whether one more message is within what was granted. */
  get allowsOne(): boolean {
    return this.received < this.#limit;
  }

  /** Whether the peer has no credit left. */
  get isExhausted(): boolean {
    return this.#isOpen && this.received >= this.granted;
  }

  /** Whether the peer has come to the end of a grant: it may have stopped there. */
  get isLookDue(): boolean {
    return this.received >= this.#lookAt;
  }

  /** Whether so much was consumed that a grant is due. */
  get isDue(): boolean {
    return this.consumed >= this.#dueAt;
  }

  /** What may be granted now, in messages; it is counted as granted. */
  take(): number {
    if (this.received === this.#endBefore) this.#hasStopped = true;
    // From here on it is the end of the last grant that counts.
    if (this.isLookDue) this.#lookAt = this.#nextMark();
    if (!this.isDue) return 0;
    if (this.held === 0 && (this.consumed >= this.granted || this.#stops >= STOPS))
      this.#window = Math.min(2 * this.#window, this.#maxWindow);
    else if (this.held > 0) this.#window = this.#firstWindow;
    return this.#grant(this.consumed + this.#window - this.granted);
  }

  /**
   * The same for a peer without credit that owes us answers, or the rest of a request: they stand behind what we hold.
   *
   * @param more on top of a first window
   */
  takeForAnswers(more = 0): number {
    if (!this.isExhausted || this.held === 0) return 0;
    this.#window = this.#firstWindow;
    return this.#grant(this.#firstWindow + more);
  }

  /** A message that cost nothing took a slot all the same. */
  addFree(): void {
    this.#free++;
    this.granted++;
    this.received++;
    this.#dueAt++;
    this.#limit++;
    this.#lookAt++;
    this.#tolerated++;
    this.#endBefore++;
  }

  #grant(n: number): number {
    // Not in dribs and drabs: a window that has shrunk gives nothing until half of it is consumed.
    const granted = n >= this.#half() ? n : 0;
    if (granted > 0) {
      this.#stops = this.#hasStopped ? this.#stops + 1 : 0;
      this.#hasStopped = false;
      this.#endBefore = this.granted;
    }
    this.granted += granted;
    this.#setMarks();
    return granted;
  }

  #setMarks(): void {
    this.#limit = Math.max(this.granted, this.#tolerated);
    this.#lookAt = this.#nextMark();
    this.#dueAt = this.granted - this.#window + this.#half();
  }

  #nextMark(): number {
    return this.received < this.#endBefore ? this.#endBefore : this.granted;
  }

  #half(): number {
    return Math.max(1, this.#window >>> 1);
  }
}
