import { Slot } from '../message/ownership.js';
import { Decoded } from '../wire/decoder.js';
import type { EngineContext } from './context.js';
import { isPlain, Toll, tollOfFrame } from './credit-headers.js';
import { FrameInput } from './frame-input.js';
import { FrameIntake, type IntakeReader } from './frame-intake.js';
import type { FrameTaker } from './frame-taker.js';
import { Overdraft } from './overdraft.js';
import type { SlotTaker } from './receive-gate.js';
import { StallWatch } from './stall-watch.js';

/** A turn of reading one socket ends after this many frames, so that one peer can't keep the others waiting. */
const FRAMES_PER_TURN = 1024;

/**
 * Reads one connection: chunks to frames to messages, each with a slot.
 *
 * When no slot is to be had it stops in the middle of the chunk and pauses the link; when slots come it goes on there. What was read
 * before a FIN, a fault or a reset is delivered first, however late its slots come.
 */
export class FrameReader implements SlotTaker, IntakeReader {
  slotsHeld: number;
  readonly intake: FrameIntake;
  /** What was read past what waits. */
  readonly overdraft: Overdraft;
  readonly #context: EngineContext;
  readonly #taker: FrameTaker;
  readonly #setLinkPaused: (paused: boolean) => void;
  readonly #input: FrameInput;
  readonly #stallWatch: StallWatch;
  /** Waits for a slot. */
  #waiting: boolean;
  /** Its turn is over; the next one is scheduled. */
  #resting: boolean;
  #endTold: boolean;
  #closed: boolean;
  #pumping: boolean;
  /** The link is paused, for want of slots. */
  #blind: boolean;
  #lookingAgain: boolean;

  constructor(context: EngineContext, taker: FrameTaker, setLinkPaused: (paused: boolean) => void) {
    this.slotsHeld = 0;
    this.#context = context;
    this.#taker = taker;
    this.#setLinkPaused = setLinkPaused;
    this.#input = new FrameInput(context, () => {
      taker.readerOnTimeout();
    });
    this.intake = new FrameIntake(context, this.#input.decoder, taker, this);
    this.overdraft = new Overdraft(context, taker, this, this.intake);
    this.#stallWatch = new StallWatch(context, isFirst => {
      taker.readerOnStall(isFirst);
    });
    this.#waiting = false;
    this.#resting = false;
    this.#endTold = false;
    this.#closed = false;
    this.#pumping = false;
    this.#blind = false;
    this.#lookingAgain = false;
  }

  /** The next bytes of the link. */
  feed(chunk: Buffer): void {
    if (this.#closed) return;
    this.#context.counters.bytesIn += chunk.length;
    if (this.#blind || this.#resting) {
      this.#input.keep(chunk);
      return;
    }
    this.#input.feed(chunk);
    this.#read();
  }

  /** Nothing more will come. `readerOnEnd` follows when all that came is delivered. */
  endInput(): void {
    this.#input.end();
    if (!this.#waiting && !this.#resting && !this.#pumping) this.#tellEnd();
    else this.lookAgain();
  }

  /** Drops what was read and not delivered. */
  close(): void {
    this.#closed = true;
    this.#input.close();
    this.overdraft.clear();
    this.#stallWatch.dispose();
    this.#context.gate.forget(this);
    this.#waiting = false;
  }

  /** Whether it waits for a slot. */
  get isPaused(): boolean {
    return this.#waiting;
  }

  /** Whether the link is not read, so that nothing can be heard. */
  get isBlind(): boolean {
    return this.#blind;
  }

  slotCameBack(): void {
    this.intake.credit?.consumed();
    this.lookAgainSoon();
  }

  lookAgainSoon(): void {
    // Answers may have waited for it, of which there is a limit, too.
    if (!this.#blind || this.#lookingAgain || !this.overdraft.isOpen) return;
    this.#lookingAgain = true;
    this.#context.clock.soon(() => {
      this.#lookingAgain = false;
      this.lookAgain();
    });
  }

  resumeReading(): void {
    if (this.#closed) return;
    this.#waiting = false;
    this.#stallWatch.end();
    this.#read();
    if (!this.#waiting && !this.#closed) this.#setBlind(false);
  }

  /** Something has changed that says whether to read past what waits. */
  lookAgain(): void {
    if (!this.#waiting || this.#closed || this.#pumping || this.#resting) return;
    this.#read();
  }

  waitsOn(): void {
    this.#stallWatch.again();
  }

  tellPoolEmpty(spell: number): void {
    this.#taker.tellPoolEmpty(spell);
  }

  #read(): void {
    if (this.#resting || this.#pumping) return;
    this.#pumping = true;
    this.#context.flusher.enterTurn();
    try {
      if (this.#waiting) this.#readOn();
      else if (this.#takeParked()) this.#pump();
    } finally {
      this.#pumping = false;
      this.#context.flusher.leaveTurn();
    }
    if (this.#input.isEnded && !this.#waiting && !this.#resting) this.#tellEnd();
  }

  /** The hot loop. */
  #pump(): void {
    const { gate } = this.#context;
    const { intake } = this;
    const input = this.#input;
    const { decoder } = input;
    const taker = this.#taker;
    let frames = 0;
    for (;;) {
      const found = input.next();
      if (found !== Decoded.frame) {
        if (found === Decoded.illegal && !this.#closed) this.#fault(decoder.fault());
        break;
      }
      const { credit } = intake;
      const toll = credit === null || isPlain(decoder) ? Toll.one : tollOfFrame(decoder);
      const refusal = taker.refusal(decoder, toll);
      if (refusal !== null) {
        this.#fault(refusal);
        return;
      }
      if (frames === FRAMES_PER_TURN) {
        this.#rest();
        return;
      }
      if (toll >= Toll.credit && credit !== null && intake.takeWithoutSlot(credit, toll)) {
        frames++;
        if (this.#closed) return;
        continue;
      }
      const slot = gate.admit(this);
      if (slot === Slot.none) {
        this.#wait();
        return;
      }
      if (this.#closed) {
        intake.giveBack(slot);
        return;
      }
      frames++;
      taker.receive(intake.take(slot, toll));
    }
    this.#watchFrame(frames > 0);
  }

  // --- answers behind what waits (design section 3) -----------------------------------------------------------------

  /** Delivers what was parked, oldest first; false when it has to wait again. */
  #takeParked(): boolean {
    while (this.overdraft.hasParked && !this.#closed) {
      const slot = this.#context.gate.admit(this);
      if (slot === Slot.none) {
        this.#wait();
        return false;
      }
      // Whoever follows the number of free slots may have closed this channel when it took one.
      if (!this.overdraft.hasParked) {
        this.intake.giveBack(slot);
        return false;
      }
      const message = this.overdraft.unpark();
      message.slot = slot;
      message.account = this;
      this.#taker.receive(message);
    }
    return !this.#closed;
  }

  /** Reads past what waits: answers are delivered, the rest is parked. Ends where neither is possible, and the link is paused. */
  #readOn(): void {
    let frames = 0;
    while (this.#waiting && !this.#closed) {
      const found = this.#input.next();
      if (found === Decoded.needMore) {
        if (this.#input.isEnded) this.#taker.readerOnLastGrant();
        this.#setBlind(!this.overdraft.isOpen);
        this.#watchFrame(frames > 0);
        return;
      }
      // What is illegal is so when its turn has come, behind all that is parked.
      const { decoder } = this.#input;
      const toll = found === Decoded.illegal ? Toll.none : tollOfFrame(decoder);
      const isIllegal = found === Decoded.illegal || this.#taker.refusal(decoder, toll) !== null;
      if (isIllegal) this.#taker.readerOnLastGrant();
      if (isIllegal || !this.overdraft.isOpen || !this.overdraft.take(decoder, toll)) {
        this.#setBlind(true);
        return;
      }
      if (++frames === FRAMES_PER_TURN) {
        this.#rest();
        return;
      }
    }
  }

  #fault(rule: string): void {
    this.#context.counters.framesRejected++;
    this.#taker.readerOnFault(rule);
  }

  #wait(): void {
    if (this.#closed) return;
    this.#waiting = true;
    this.#stallWatch.begin();
    this.#taker.readerOnWait();
    if (this.overdraft.isOpen) this.#readOn();
    else this.#setBlind(true);
  }

  #setBlind(blind: boolean): void {
    if (this.#closed || this.#blind === blind) return;
    this.#blind = blind;
    if (blind) this.#input.stopWatch();
    if (!this.#resting) this.#setLinkPaused(blind);
    this.#taker.readerOnBlind(blind);
  }

  #rest(): void {
    this.#resting = true;
    this.#setLinkPaused(true);
    this.#context.clock.soon(() => {
      this.#resting = false;
      if (this.#closed) return;
      this.#read();
      if (!this.#blind && !this.#resting && !this.#closed) this.#setLinkPaused(false);
    });
  }

  #tellEnd(): void {
    if (this.#endTold || this.#closed) return;
    this.#endTold = true;
    this.#taker.readerOnEnd();
  }

  #watchFrame(progressed: boolean): void {
    if (!this.#closed) this.#input.watch(progressed);
  }
}
