/** The most that may be granted and not yet used, beside the first window (design section 6). */
const MAX_GRANTED = 2 ** 31;

/** How many Requests, Responses and Signals may be sent on a channel, and how many were (design section 6). */
export class SendCredit {
  /** Frames that the peer has paid for, since the channel began; Infinity while it asks for no credit. */
  granted: number;
  /** What the hello offered, of that: no grant. */
  #offered: number;
  /** Frames that were sent, or stand in the queue with their credit. */
  spent = 0;

  constructor(offered: number) {
    this.granted = offered;
    this.#offered = offered;
  }

  /** The hello has offered this window; Infinity for none. */
  open(offered: number): void {
    this.granted = offered;
    this.#offered = offered;
  }

  get left(): number {
    return Math.max(0, this.granted - this.spent);
  }

  /** Pays for one message; false where there is no credit. */
  pay(): boolean {
    if (this.spent >= this.granted) return false;
    this.spent++;
    return true;
  }

  /** Whether a grant of `n` is to be believed: it does not make too much of it. The first window is spent first. */
  takes(n: number): boolean {
    return this.granted - Math.max(this.#offered, this.spent) + n <= MAX_GRANTED;
  }

  /** Takes a grant. */
  grant(n: number): void {
    this.granted += n;
  }
}
