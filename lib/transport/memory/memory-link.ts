import { Status } from '../../message/status.js';
import type { Clock } from '../clock.js';
import { type Link, type LinkReceiver, Written } from '../transport.js';

/** Bytes that may wait for a reader before its writer is told to wait. */
const HIGH_WATER_BYTES = 64 * 1024;

/** How the other end left. */
const Gone = { no: 0, ended: 1, reset: 2 } as const;
type Gone = (typeof Gone)[keyof typeof Gone];

/** One end as the other knows it. It may be of another copy of rxtofu, whose private fields are out of reach. */
export interface MemoryEnd {
  isClosed(): boolean;
  /** From now on `other` is the other end. */
  join(other: MemoryEnd): void;
  /** Takes bytes of the other end; false when that has to wait for `readerCaughtUp`. */
  arrive(bytes: Buffer): boolean;
  /** The other end has left. */
  otherLeft(how: Gone): void;
  /** The other end has read everything. */
  readerCaughtUp(): void;
}

/**
 * One end of a connection within the process. Bytes are copied when they are written, and delivered by the reader's clock,
 * so that neither side runs inside the other's call.
 */
export class MemoryLink implements Link, MemoryEnd {
  readonly #clock: Clock;
  #receiver: LinkReceiver | null = null;
  #other: MemoryEnd | null = null;

  #arrived: Buffer[] = [];
  #arrivedBytes = 0;
  #otherGone: Gone = Gone.no;
  #endTold = false;
  #paused = false;
  #scheduled = false;
  #closed = false;
  /** The reader is behind: this end was answered `full` and waits for its drain. */
  #writerWaits = false;
  #writingEnded = false;
  #failing = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  join(other: MemoryEnd): void {
    this.#other = other;
  }

  /** From now on `receiver` hears of this end. */
  report(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    this.#schedule();
  }

  get isWritable(): boolean {
    return !this.#closed && !this.#writingEnded;
  }

  write(bytes: Buffer): Written {
    return this.#send(Buffer.from(bytes));
  }

  writeAll(pieces: readonly Buffer[]): Written {
    return this.#send(Buffer.concat(pieces));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  end(): void {
    if (this.#writingEnded || this.#closed) return;
    this.#writingEnded = true;
    this.#other?.otherLeft(Gone.ended);
  }

  close(): void {
    this.end();
    this.#close(Status.success);
  }

  reset(): void {
    if (this.#closed) return;
    this.#other?.otherLeft(Gone.reset);
    this.#close(Status.success);
  }

  isClosed(): boolean {
    return this.#closed;
  }

  arrive(bytes: Buffer): boolean {
    this.#arrived.push(bytes);
    this.#arrivedBytes += bytes.length;
    this.#schedule();
    return this.#arrivedBytes < HIGH_WATER_BYTES;
  }

  otherLeft(how: Gone): void {
    if (this.#otherGone !== Gone.reset) this.#otherGone = how;
    // A paused reader is blind to it; a writer that waits is not, as with TCP.
    if (how === Gone.reset && this.#writerWaits) this.#failWriting();
    else this.#schedule();
  }

  readerCaughtUp(): void {
    if (!this.#writerWaits || this.#closed) return;
    this.#writerWaits = false;
    this.#clock.soon(() => {
      if (!this.#closed) this.#receiver?.linkOnDrain();
    });
  }

  /** Says, in a later turn, that this end is gone. */
  fail(end: Status): void {
    this.#close(end);
  }

  #send(copy: Buffer): Written {
    const other = this.#other;
    if (other === null || other.isClosed() || this.#otherGone === Gone.reset) {
      // As with TCP: bytes for an end that is gone are answered with a reset.
      this.#otherGone = Gone.reset;
      this.#failWriting();
      return Written.refused;
    }
    if (other.arrive(copy)) return Written.gone;
    this.#writerWaits = true;
    return Written.full;
  }

  /** A write has met a reset, which ends a paused end, too: behind what has arrived, which the receiver keeps. */
  #failWriting(): void {
    if (this.#failing) return;
    this.#failing = true;
    this.#clock.soon(() => {
      while (this.#arrived.length > 0 && !this.#closed)
        this.#receiver?.linkOnData(this.#arrived.shift() as Buffer);
      this.#close(Status.peerDisconnected);
    });
  }

  #close(end: Status): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#arrived = [];
    this.#arrivedBytes = 0;
    this.#clock.soon(() => this.#receiver?.linkOnClose(end));
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed || this.#paused || this.#receiver === null) return;
    if (this.#arrived.length === 0 && this.#otherGone === Gone.no) return;
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  /** What has arrived so far; what arrives meanwhile waits for the next turn. */
  #deliver(): void {
    for (let left = this.#arrived.length; left > 0 && !this.#paused && !this.#closed; left--) {
      const chunk = this.#arrived.shift() as Buffer;
      this.#arrivedBytes -= chunk.length;
      this.#receiver?.linkOnData(chunk);
    }
    if (this.#closed) return;
    const isEmpty = this.#arrived.length === 0;
    // Also when the last chunk paused this end: what it took is taken, and resuming finds nothing to deliver.
    if (isEmpty) this.#other?.readerCaughtUp();
    if (this.#paused) return;
    if (!isEmpty) {
      this.#schedule();
      return;
    }
    if (this.#otherGone === Gone.reset) {
      this.#close(Status.peerDisconnected);
    } else if (this.#otherGone === Gone.ended && !this.#endTold) {
      this.#endTold = true;
      this.#receiver?.linkOnEnd();
    }
  }
}
