import type { Clock } from '../transport/clock.js';

/** What a direction carries beside bytes. */
export const Mark = {
  /** A connection wants to be taken. */
  knock: 'knock',
  /** The writing side has ended (FIN). */
  end: 'end',
  /** The connection was reset (RST). */
  reset: 'reset',
} as const;
export type Mark = (typeof Mark)[keyof typeof Mark];

/** Bytes that came together, or a mark. */
export type Arrival = Buffer | Mark;

/** How fast a network is. */
export interface LineSpeed {
  /** Ms from the writing of bytes to their arrival. */
  readonly latency: number;
  /** Bytes a ms, each direction of each connection; Infinity: as many as there are. */
  readonly bandwidth: number;
}

/** The two who use a direction. */
export interface PipeUsers {
  /** What has come, in order: one call for all that comes at one moment. */
  arrived(arrivals: readonly Arrival[]): void;
  /** A writer that was told `full` may go on. */
  drained(): void;
}

/** Bytes that may lie at the end of a direction, or before a partition, until its writer is told to wait: what a small socket buffer holds. */
const WINDOW_BYTES = 64 * 1024;

/** Bytes that may be under way until its writer is told to wait. So many that latency alone slows nobody down, and that endless writing within one frame ends. */
const FLYING_BYTES = 1024 * 1024;

/** How far sums of fractions of a ms or of a byte may be off. */
const ROUNDING = 1e-6;

/** Bytes or a mark under way, and their place on the line. */
interface Parcel {
  readonly what: Arrival;
  /** When the line, idle before, began the run of bytes that this is part of; and how many bytes of the run are before this. */
  readonly since: number;
  readonly behind: number;
  length: number;
  /** Bytes of it that have arrived. */
  told: number;
}

/**
 * One direction of a connection: what is written arrives `latency` ms later, in order, always in an event of its own. The nth byte of a
 * line that was idle is through after n / bandwidth ms, in whole ms. So a byte's time depends on when it was written, never on how it was
 * cut into writes.
 */
export class VirtualPipe {
  readonly #clock: Clock;
  readonly #speed: LineSpeed;
  readonly #users: PipeUsers;
  #parcels: Parcel[] = [];
  /** The line's present run of bytes. */
  #since = -Infinity;
  #run = 0;
  /** The event that was planned last, and has not come. */
  #wakesAt = NaN;

  /** What a partition holds back; null: there is none. */
  #held: Arrival[] | null = null;
  #flyingBytes = 0;
  #heldBytes = 0;
  #lyingBytes = 0;
  #writerWaits = false;

  constructor(clock: Clock, speed: LineSpeed, users: PipeUsers) {
    this.#clock = clock;
    this.#speed = speed;
    this.#users = users;
  }

  /** Sends bytes, which are the pipe's from now on. False: the writer should wait for `drained`. */
  write(bytes: Buffer): boolean {
    this.#send(bytes);
    this.#writerWaits = this.#isFull();
    return !this.#writerWaits;
  }

  /** Sends a mark behind everything that was written. */
  mark(mark: Mark): void {
    this.#send(mark);
  }

  /** What has not left is dropped; a reset goes behind what has. */
  reset(): void {
    const now = this.#clock.now();
    for (const parcel of this.#parcels) this.#cutOff(parcel, now);
    this.#parcels = this.#parcels.filter(parcel => parcel.told < parcel.length || this.#hasLeft(parcel, now));
    this.#since = -Infinity;
    this.#run = 0;
    if (this.#held !== null) this.#setHeld([]);
    this.#send(Mark.reset);
  }

  /** Everything that is under way is dropped. */
  drop(): void {
    this.#parcels = [];
    this.#flyingBytes = 0;
    if (this.#held !== null) this.#setHeld([]);
  }

  /** A partition begins: what is under way and what is written from now on waits. */
  hold(): void {
    if (this.#held !== null) return;
    const rests = this.#parcels.map(({ what, told }) =>
      typeof what === 'string' ? what : what.subarray(told),
    );
    this.drop();
    this.#setHeld(rests);
  }

  /** The partition ends: what waited is sent now. */
  release(): void {
    const held = this.#held ?? [];
    this.#setHeld(null);
    for (const what of held) this.#send(what);
    this.#relieve();
  }

  /** The end of the direction has taken bytes that lay there. */
  taken(bytes: number): void {
    this.#lyingBytes -= bytes;
    this.#relieve();
  }

  #send(what: Arrival): void {
    if (this.#held !== null) {
      this.#held.push(what);
      this.#heldBytes += lengthOf(what);
      return;
    }
    const now = this.#clock.now();
    if (this.#since + this.#run / this.#speed.bandwidth <= now) {
      this.#since = now;
      this.#run = 0;
    }
    const length = lengthOf(what);
    const parcel: Parcel = { what, since: this.#since, behind: this.#run, length, told: 0 };
    this.#run += length;
    this.#flyingBytes += length;
    this.#parcels.push(parcel);
    this.#wakeAt(this.#dueOf(parcel, Math.min(1, length)));
  }

  /** When the nth byte of a parcel arrives; 0: what is before it. */
  #dueOf(parcel: Parcel, nth: number): number {
    const { latency, bandwidth } = this.#speed;
    return parcel.since + Math.ceil((parcel.behind + nth - ROUNDING) / bandwidth) + latency;
  }

  /** Whether a mark is on its way at `now`, and not waiting behind bytes. */
  #hasLeft(parcel: Parcel, now: number): boolean {
    return typeof parcel.what === 'string' && this.#dueOf(parcel, 0) - this.#speed.latency <= now + ROUNDING;
  }

  /** How many bytes of a parcel are through the line at `time`. */
  #through(parcel: Parcel, time: number): number {
    const { bandwidth } = this.#speed;
    const run = bandwidth === Infinity ? Infinity : Math.floor((time - parcel.since) * bandwidth + ROUNDING);
    return Math.max(parcel.told, Math.min(parcel.length, run - parcel.behind));
  }

  /** What is written within one ms arrives in one event. */
  #wakeAt(due: number): void {
    if (due === this.#wakesAt) return;
    this.#wakesAt = due;
    this.#clock.after(due - this.#clock.now(), () => {
      if (this.#wakesAt === due) this.#wakesAt = NaN;
      this.#deliver();
    });
  }

  #deliver(): void {
    const arrivals: Arrival[] = [];
    const run: Buffer[] = [];
    const endRun = (): void => {
      if (run.length > 0) arrivals.push(run.length === 1 ? (run[0] as Buffer) : Buffer.concat(run));
      run.length = 0;
    };
    const now = this.#clock.now();
    for (let parcel = this.#parcels[0]; parcel !== undefined; parcel = this.#parcels[0]) {
      const { what, told } = parcel;
      if (this.#dueOf(parcel, Math.min(told + 1, parcel.length)) > now + ROUNDING) break;
      if (typeof what === 'string') {
        endRun();
        arrivals.push(what);
      } else {
        parcel.told = Math.max(told + 1, this.#through(parcel, now - this.#speed.latency));
        this.#flyingBytes -= parcel.told - told;
        this.#lyingBytes += parcel.told - told;
        run.push(what.subarray(told, parcel.told));
        if (parcel.told < parcel.length) {
          this.#wakeAt(this.#dueOf(parcel, parcel.told + 1));
          break;
        }
      }
      this.#parcels.shift();
    }
    endRun();
    if (arrivals.length > 0) this.#users.arrived(arrivals);
    this.#relieve();
  }

  /** Drops the part of a parcel that has not left at `now`. */
  #cutOff(parcel: Parcel, now: number): void {
    const left = this.#through(parcel, now);
    this.#flyingBytes -= parcel.length - left;
    parcel.length = left;
  }

  #setHeld(held: Arrival[] | null): void {
    this.#held = held;
    this.#heldBytes = (held ?? []).reduce((bytes, what) => bytes + lengthOf(what), 0);
  }

  #isFull(): boolean {
    return this.#flyingBytes >= FLYING_BYTES || this.#heldBytes + this.#lyingBytes >= WINDOW_BYTES;
  }

  #relieve(): void {
    if (!this.#writerWaits || this.#isFull()) return;
    this.#writerWaits = false;
    this.#users.drained();
  }
}

function lengthOf(what: Arrival): number {
  return typeof what === 'string' ? 0 : what.length;
}
