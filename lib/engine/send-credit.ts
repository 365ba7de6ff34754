/** The most credit that may stand at once (design section 6). */
const MAX_CREDIT = 2 ** 31;

/** How many Requests, Responses and Signals may be sent on a channel, and how many were (design section 6). */
export class SendCredit {
  /** Frames that the peer has paid for, since the channel began; Infinity while it asks for no credit. */
  granted: number;
  /** Frames that were sent, or stand in the queue with their credit. */
  spent = 0;

  constructor(granted: number) {
    this.granted = granted;
  }

  get left(): number {
    return Math.max(0, this.granted - this.spent);
  }

  /** Whether a grant of `n` is to be believed: it does not make too much of it. */
  takes(n: number): boolean {
    return this.granted - this.spent + n <= MAX_CREDIT;
  }

  /** Takes a grant. */
  grant(n: number): void {
    this.granted += n;
  }
}
