import { EngineMessage, Slot } from '../message/engine-message.js';
import { Decoded, FrameDecoder } from '../wire/decoder.js';
import type { EngineContext } from './context.js';
import { Deadline } from './deadlines.js';
import type { SlotTaker } from './receive-gate.js';

/** A turn of reading one socket ends after this many frames, so that one peer can't keep the others waiting. */
const FRAMES_PER_TURN = 1024;

/** What a reader asks of its channel, and tells it. */
export interface FrameTaker {
  /** The rule of the conversation that the frame at hand breaks, in words; null for a legal one. */
  refusal(frame: FrameDecoder): string | null;
  /** The number that frames are received on. */
  readonly number: number;
  /** A message was read, and holds its slot. */
  receive(message: EngineMessage): void;
  /** The bytes break protocol.md section 10; nothing more is read. */
  readerOnFault(rule: string): void;
  /** A frame took longer than `frameTimeout`. */
  readerOnTimeout(): void;
  /** Everything that will ever come was delivered: the peer's FIN, or the end of the link, was reached. */
  readerOnEnd(): void;
  /** Reading waits, or goes on. */
  readerOnPause(paused: boolean): void;
  /** The pool is empty, and reading has to wait for it. */
  tellPoolEmpty(spell: number): void;
  /** Reading has waited for `stallTimeout`, or for that long since slots or windows last changed hands. */
  readerOnStall(isFirst: boolean): void;
}

/**
 * Reads one connection: chunks to frames to messages, each with a slot.
 *
 * When no slot is to be had it stops in the middle of the chunk and pauses the link; when slots come it goes on there. What was read
 * before a FIN, a fault or a reset is delivered first, however late its slots come.
 */
export class FrameReader implements SlotTaker {
  slotsHeld: number;
  readonly #context: EngineContext;
  readonly #taker: FrameTaker;
  readonly #setLinkPaused: (paused: boolean) => void;
  readonly #decoder: FrameDecoder;
  readonly #frameDeadline: Deadline;
  /** Made when it is first needed: most connections never wait. */
  #stallDeadline: Deadline | null;
  /** How often `stallTimeout` has passed in this pause. */
  #stalls: number;
  /** Waits for a slot. */
  #waiting: boolean;
  /** Its turn is over; the next one is scheduled. */
  #resting: boolean;
  #inputEnded: boolean;
  #endTold: boolean;
  #closed: boolean;
  #pumping: boolean;
  /** Chunks that came while reading waited: the last ones of a link that was reset meanwhile. */
  #behind: Buffer[];
  /** When the frame that is not whole yet began, in the clock's ms; Infinity: there is none. */
  #frameSince: number;

  constructor(context: EngineContext, taker: FrameTaker, setLinkPaused: (paused: boolean) => void) {
    this.slotsHeld = 0;
    this.#context = context;
    this.#taker = taker;
    this.#setLinkPaused = setLinkPaused;
    this.#decoder = new FrameDecoder();
    this.#frameDeadline = new Deadline(context.deadlines, () => {
      this.#frameDeadlineOnDue();
    });
    this.#stallDeadline = null;
    this.#stalls = 0;
    this.#waiting = false;
    this.#resting = false;
    this.#inputEnded = false;
    this.#endTold = false;
    this.#closed = false;
    this.#pumping = false;
    this.#behind = [];
    this.#frameSince = Infinity;
  }

  /** The next bytes of the link. */
  feed(chunk: Buffer): void {
    if (this.#closed) return;
    this.#context.counters.bytesIn += chunk.length;
    if (this.#waiting || this.#resting) {
      this.#behind.push(chunk);
      return;
    }
    this.#decoder.feed(chunk);
    this.#read();
  }

  /** Nothing more will come. `readerOnEnd` follows when all that came is delivered. */
  endInput(): void {
    this.#inputEnded = true;
    this.#frameDeadline.dispose();
    if (!this.#waiting && !this.#resting && !this.#pumping) this.#tellEnd();
  }

  /** Drops what was read and not delivered. */
  close(): void {
    this.#closed = true;
    this.#decoder.close();
    this.#behind = [];
    this.#frameDeadline.dispose();
    this.#stallDeadline?.dispose();
    this.#context.gate.forget(this);
    this.#waiting = false;
  }

  get isPaused(): boolean {
    return this.#waiting;
  }

  resumeReading(): void {
    if (this.#closed) return;
    this.#waiting = false;
    this.#stallDeadline?.clear();
    this.#read();
    if (this.#waiting || this.#closed) return;
    this.#taker.readerOnPause(false);
    if (!this.#resting) this.#setLinkPaused(false);
  }

  waitsOn(): void {
    if (this.#stallDeadline?.isSet() === false) this.#stallDeadline.set(this.#context.options.stallTimeout);
  }

  tellPoolEmpty(spell: number): void {
    this.#taker.tellPoolEmpty(spell);
  }

  #read(): void {
    if (this.#waiting || this.#resting || this.#pumping) return;
    this.#pumping = true;
    this.#context.flusher.enterTurn();
    try {
      this.#pump();
    } finally {
      this.#pumping = false;
      this.#context.flusher.leaveTurn();
    }
    if (this.#inputEnded && !this.#waiting && !this.#resting) this.#tellEnd();
  }

  /** The hot loop. */
  #pump(): void {
    const { pool, gate, counters } = this.#context;
    const decoder = this.#decoder;
    const taker = this.#taker;
    let frames = 0;
    for (;;) {
      const found = decoder.next();
      if (found !== Decoded.frame) {
        const chunk = found === Decoded.needMore ? this.#behind.shift() : undefined;
        if (chunk !== undefined) {
          decoder.feed(chunk);
          continue;
        }
        if (found === Decoded.illegal && !this.#closed) this.#fault(decoder.fault());
        break;
      }
      const refusal = taker.refusal(decoder);
      if (refusal !== null) {
        this.#fault(refusal);
        return;
      }
      if (frames === FRAMES_PER_TURN) {
        this.#rest();
        return;
      }
      const slot = gate.admit(this);
      if (slot === Slot.none) {
        this.#wait();
        return;
      }
      if (this.#closed) {
        this.#giveBack(slot);
        return;
      }
      frames++;
      counters.messagesIn++;
      const message = new EngineMessage(
        pool,
        taker.number,
        decoder.proto,
        0,
        decoder.idHigh,
        decoder.idLow,
        decoder.payload,
        decoder.payloadStart,
        decoder.headersLength,
        decoder.bodyLength,
      );
      message.slot = slot;
      message.account = this;
      decoder.consume();
      taker.receive(message);
    }
    this.#watchFrame(frames > 0);
  }

  /** Whoever follows the number of free slots has closed this channel when it took one: the frame is gone. */
  #giveBack(slot: Slot): void {
    const { pool } = this.#context;
    const message = pool.unslotted();
    message.slot = slot;
    message.account = this;
    pool.put(message);
  }

  #fault(rule: string): void {
    this.#context.counters.framesRejected++;
    this.#taker.readerOnFault(rule);
  }

  #wait(): void {
    if (this.#closed) return;
    this.#waiting = true;
    this.#frameSince = Infinity;
    this.#stalls = 0;
    this.#stallDeadline ??= new Deadline(this.#context.deadlines, () => {
      this.#stallOnDue();
    });
    this.#stallDeadline.set(this.#context.options.stallTimeout);
    this.#setLinkPaused(true);
    this.#taker.readerOnPause(true);
  }

  /** Not set again by itself: a channel that is paused for good would keep a virtual run going for ever. See `waitsOn`. */
  #stallOnDue(): void {
    this.#taker.readerOnStall(this.#stalls++ === 0);
  }

  #rest(): void {
    this.#resting = true;
    this.#setLinkPaused(true);
    this.#context.clock.soon(() => {
      this.#resting = false;
      if (this.#closed) return;
      this.#read();
      if (!this.#waiting && !this.#resting && !this.#closed) this.#setLinkPaused(false);
    });
  }

  #tellEnd(): void {
    if (this.#endTold || this.#closed) return;
    this.#endTold = true;
    this.#taker.readerOnEnd();
  }

  /** The deadline is left in place while frames come and go: moving it for each would cost more than the frame. */
  #watchFrame(progressed: boolean): void {
    if (this.#closed || !this.#decoder.isMidFrame()) {
      this.#frameSince = Infinity;
      return;
    }
    if (this.#frameSince !== Infinity && !progressed) return;
    this.#frameSince = this.#context.clock.now();
    if (!this.#frameDeadline.isSet()) this.#frameDeadline.set(this.#context.options.frameTimeout);
  }

  #frameDeadlineOnDue(): void {
    if (this.#closed || this.#frameSince === Infinity) return;
    const left = this.#frameSince + this.#context.options.frameTimeout - this.#context.clock.now();
    if (left > 0) this.#frameDeadline.set(left);
    else this.#taker.readerOnTimeout();
  }
}
