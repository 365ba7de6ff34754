import { Status } from '../message/status.js';
import type { Clock } from '../transport/clock.js';
import { type Link, type LinkReceiver, Written } from '../transport/transport.js';
import { type Arrival, Mark, type PipeUsers, type VirtualPipe } from './virtual-pipe.js';

/** An engine, as a place that connections lead to. */
export interface Site {
  /** Runs `f` as one turn of reading: what is posted meanwhile leaves at its end. */
  inTurn(f: () => void): void;
}

/** Who hears of an end, and where. */
export interface EndUser {
  readonly receiver: LinkReceiver;
  readonly site: Site;
}

/** What an end asks of its connection. */
export interface EndOwner {
  /** A connection asks to be taken at this end: by whom? null: by nobody. */
  knocked(link: VirtualLink): EndUser | null;
  /** This end is gone. */
  ended(): void;
}

/**
 * One end of a virtual connection.
 *
 * The bytes of one moment are cut into pieces and delivered in one turn, so that cuts change nothing but where chunks begin. While the
 * end is paused, nothing of what arrives is told, not even that the other end is gone.
 */
export class VirtualLink implements Link {
  readonly #clock: Clock;
  readonly #pieceLength: () => number;
  readonly #owner: EndOwner;
  #user: EndUser | null = null;
  #out: VirtualPipe | null = null;
  #into: VirtualPipe | null = null;

  /** What has come and was not told. */
  readonly #arrivals: Arrival[] = [];
  /** Bytes of which a part was told. */
  #bytes: Buffer | null = null;
  #told = 0;
  #paused = false;
  #stands = false;
  #writingEnded = false;
  /** A reset has come, told or not. */
  #wasReset = false;
  /** The other end is behind: this one was answered `full`, and waits for its drain. */
  #writerWaits = false;
  #failing = false;
  #closed = false;

  constructor(clock: Clock, pieceLength: () => number, owner: EndOwner) {
    this.#clock = clock;
    this.#pieceLength = pieceLength;
    this.#owner = owner;
  }

  /** Lays the two directions. */
  joinTo(out: VirtualPipe, into: VirtualPipe): void {
    this.#out = out;
    this.#into = into;
  }

  /** Says who hears of this end. */
  belongTo(user: EndUser): void {
    this.#user = user;
  }

  /** Whether `receiver` hears of this end. */
  isOf(receiver: unknown): boolean {
    return this.#user !== null && this.#user.receiver === receiver;
  }

  get site(): Site | null {
    return this.#user?.site ?? null;
  }

  /** A dialled end stands: somebody listens. */
  stand(): void {
    this.#stands = true;
    this.#out?.mark(Mark.knock);
    this.#user?.receiver.linkOnOpen();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get isWritable(): boolean {
    return this.#stands && !this.#writingEnded && !this.#closed;
  }

  write(bytes: Buffer): Written {
    return this.#send(Buffer.from(bytes));
  }

  writeAll(pieces: readonly Buffer[]): Written {
    return this.#send(Buffer.concat(pieces));
  }

  pause(): void {
    this.#paused = !this.#failing;
  }

  resume(): void {
    this.#paused = false;
    if (this.#bytes !== null || this.#arrivals.length > 0) this.#tellSoon();
  }

  end(): void {
    if (this.isWritable) this.#out?.mark(Mark.end);
    this.#writingEnded = true;
  }

  close(): void {
    this.end();
    this.finish(Status.success);
  }

  reset(): void {
    if (this.#closed) return;
    if (this.#stands && !this.#wasReset) this.#out?.reset();
    this.finish(Status.success);
  }

  /** This end is gone, and says so in this frame. */
  finish(end: Status): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#arrivals.length = 0;
    this.#bytes = null;
    this.#clock.soon(() => {
      this.#user?.receiver.linkOnClose(end);
    });
    this.#owner.ended();
  }

  /** The connection is cut: this end sees a reset behind what has come. */
  cut(): void {
    this.#arrivals.push(Mark.reset);
    this.#noteReset();
    this.#tellSoon();
  }

  /** See PipeUsers: what comes in. */
  arrived(arrivals: readonly Arrival[]): void {
    if (this.#closed) {
      // As TCP has it: bytes for an end that is gone are answered with a reset.
      if (arrivals.some(arrival => typeof arrival !== 'string')) this.#out?.reset();
      return;
    }
    this.#arrivals.push(...arrivals);
    if (arrivals.includes(Mark.reset)) this.#noteReset();
    this.#tell();
  }

  /** See PipeUsers: what goes out. */
  drained(): void {
    this.#writerWaits = false;
    this.#clock.soon(() => {
      if (!this.#closed) this.#user?.receiver.linkOnDrain();
    });
  }

  #send(bytes: Buffer): Written {
    if (this.#wasReset) {
      this.#failWriting();
      return Written.refused;
    }
    this.#writerWaits = this.#out?.write(bytes) === false;
    return this.#writerWaits ? Written.full : Written.gone;
  }

  /** A paused reader is blind to it; a writer that waits is not, as with TCP. */
  #noteReset(): void {
    this.#wasReset = true;
    if (this.#writerWaits) this.#failWriting();
  }

  /** A write has met a reset, which ends a paused end, too: behind what has arrived, which the receiver keeps. */
  #failWriting(): void {
    if (this.#failing) return;
    this.#failing = true;
    this.#clock.soon(() => {
      this.#paused = false;
      this.#tell();
    });
  }

  #tellSoon(): void {
    this.#clock.soon(() => {
      this.#tell();
    });
  }

  /** Tells what has come, until the reader pauses or the end is gone. */
  #tell(): void {
    while (!this.#paused && !this.#closed) {
      if (this.#bytes !== null) {
        this.#tellBytes(this.#bytes);
        continue;
      }
      const next = this.#arrivals.shift();
      if (next === undefined) return;
      if (typeof next === 'string') this.#tellMark(next);
      else this.#begin(next);
    }
  }

  /** The bytes count as taken when the first of them is told, so that cuts don't change when a writer may go on. */
  #begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#told = 0;
    this.#into?.taken(bytes.length);
  }

  #tellBytes(bytes: Buffer): void {
    const user = this.#user;
    user?.site.inTurn(() => {
      while (this.#told < bytes.length && !this.#paused && !this.#closed) {
        const from = this.#told;
        this.#told = Math.min(bytes.length, from + this.#pieceLength());
        user.receiver.linkOnData(bytes.subarray(from, this.#told));
      }
    });
    if (this.#told === bytes.length) this.#bytes = null;
  }

  #tellMark(mark: Mark): void {
    if (mark === Mark.end) {
      this.#user?.receiver.linkOnEnd();
    } else if (mark === Mark.reset) {
      this.finish(Status.peerDisconnected);
    } else {
      this.#user = this.#owner.knocked(this);
      this.#stands = true;
      if (this.#user === null) this.reset();
    }
  }
}

/** The two ends of a direction, as it knows them. */
export function pipeUsers(writer: VirtualLink, reader: VirtualLink): PipeUsers {
  return {
    arrived: arrivals => {
      reader.arrived(arrivals);
    },
    drained: () => {
      writer.drained();
    },
  };
}
