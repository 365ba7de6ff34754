import { EngineMessage, Slot, type SlotAccount } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { MORE_BIT, OP_CODE_BITS } from '../message/proto-byte.js';
import { Decoded, FrameDecoder } from '../wire/decoder.js';
import type { EngineContext } from './context.js';
import type { ChannelCredit } from './channel-credit.js';
import { Toll, tollOfFrame } from './credit-headers.js';
import { Deadline } from './deadlines.js';
import { HEADER_BYTES } from '../wire/layout.js';
import { Parking } from './parking.js';
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
  /** Whether requests of ours wait for the peer's answers, which may stand behind what has to wait. */
  readonly awaitsAnswers: boolean;
  /** Whether messages of ours wait for a grant. */
  readonly awaitsCredit: boolean;
  /** Whether somebody takes messages that hold no slot, however many there are. */
  readonly isFollowed: boolean;
  /** No slot is to be had. */
  readerOnWait(): void;
  /** The link is not read, or is read again. */
  readerOnBlind(blind: boolean): void;
  /** A Request has come that can't be parked any more. */
  readerOnOverflow(request: EngineMessage, isLast: boolean): void;
  /** All that came was looked at, what waits included: no grant comes any more. */
  readerOnLastGrant(): void;
  /** Whether there is room for the refusal of a Request. */
  readonly mayTurnAway: boolean;
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
  /** Slots that answers hold, among those of this reader. */
  readonly #answers: SlotAccount;
  /** The link is paused, for want of slots. */
  #blind: boolean;
  #lookingAgain: boolean;
  /** What was read while it waited for slots; made when it is first needed. */
  #parking: Parking | null;
  /** The ByeRequest behind all that is parked. Grants may stand behind it. */
  #parkedBye: EngineMessage | null;
  /** Where the peer sends on credit. */
  credit: ChannelCredit | null;
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
    this.#answers = {
      slotsHeld: 0,
      slotCameBack: () => {
        this.slotsHeld--;
        this.slotCameBack();
      },
    };
    this.#blind = false;
    this.#lookingAgain = false;
    this.#parking = null;
    this.#parkedBye = null;
    this.credit = null;
    this.#behind = [];
    this.#frameSince = Infinity;
  }

  /** The next bytes of the link. */
  feed(chunk: Buffer): void {
    if (this.#closed) return;
    this.#context.counters.bytesIn += chunk.length;
    if (this.#blind || this.#resting) {
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
    else this.lookAgain();
  }

  /** Drops what was read and not delivered. */
  close(): void {
    this.#closed = true;
    this.#decoder.close();
    this.#behind = [];
    this.#parking = null;
    this.#parkedBye = null;
    this.#frameDeadline.dispose();
    this.#stallDeadline?.dispose();
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

  /** Bytes of what was read and waits for slots. */
  get parkedBytes(): number {
    return this.#parking?.bytes ?? 0;
  }

  slotCameBack(): void {
    this.credit?.consumed();
    // Answers may have waited for it, of which there is a limit, too.
    if (!this.#blind || this.#lookingAgain || !this.#mayReadOn()) return;
    this.#lookingAgain = true;
    this.#context.clock.soon(() => {
      this.#lookingAgain = false;
      this.lookAgain();
    });
  }

  resumeReading(): void {
    if (this.#closed) return;
    this.#waiting = false;
    this.#stallDeadline?.clear();
    this.#read();
    if (!this.#waiting && !this.#closed) this.#setBlind(false);
  }

  /** Something has changed that says whether to read past what waits. */
  lookAgain(): void {
    if (!this.#waiting || this.#closed || this.#pumping || this.#resting) return;
    this.#read();
  }

  waitsOn(): void {
    if (this.#stallDeadline?.isSet() === false) this.#stallDeadline.set(this.#context.options.stallTimeout);
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
    if (this.#inputEnded && !this.#waiting && !this.#resting) this.#tellEnd();
  }

  /** The hot loop. */
  #pump(): void {
    const { gate } = this.#context;
    const decoder = this.#decoder;
    const taker = this.#taker;
    let frames = 0;
    for (;;) {
      const found = decoder.next();
      if (found !== Decoded.frame) {
        if (found === Decoded.needMore && this.#feedBehind()) continue;
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
      const { credit } = this;
      const toll = credit === null ? Toll.one : tollOfFrame(decoder);
      if (toll >= Toll.credit && credit !== null && this.#passWithoutSlot(credit, toll)) {
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
        this.#giveBack(slot);
        return;
      }
      frames++;
      taker.receive(this.#take(slot, toll));
    }
    this.#watchFrame(frames > 0);
  }

  /** Takes the frame at hand from the wire, as a message that holds this slot. */
  #take(slot: Slot, toll: Toll): EngineMessage {
    const { pool, counters } = this.#context;
    const decoder = this.#decoder;
    counters.messagesIn++;
    const message = new EngineMessage(
      pool,
      this.#taker.number,
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
    if (slot !== Slot.none) {
      const isAnswer = (message.proto & OP_CODE_BITS) === OpCode.Response;
      message.account = isAnswer ? this.#answers : this;
      if (isAnswer) this.#answers.slotsHeld++;
    }
    decoder.consume();
    if (toll === Toll.one) this.credit?.received();
    else if (slot !== Slot.none) this.credit?.incoming.addFree();
    return message;
  }

  /** The next of the chunks that came while reading waited. */
  #feedBehind(): boolean {
    const chunk = this.#behind.shift();
    if (chunk === undefined) return false;
    this.#decoder.feed(chunk);
    return true;
  }

  // --- on credit ------------------------------------------------------------------------------------------------

  /** Takes the frame at hand where it needs no slot; false for one that does. */
  #passWithoutSlot(credit: ChannelCredit, toll: Toll): boolean {
    if (toll === Toll.credit) {
      this.#context.counters.messagesIn++;
      const isBelievable = credit.granted(this.#decoder);
      this.#decoder.consume();
      if (!isBelievable) this.#fault('grants of more than 2^31');
      return true;
    }
    // In an inbox that nobody reads they would be without a bound.
    if (!this.#taker.isFollowed) return false;
    this.#taker.receive(this.#take(Slot.none, toll));
    return true;
  }

  // --- answers behind what waits (design section 3) -----------------------------------------------------------------

  /** Delivers what was parked, oldest first; false when it has to wait again. */
  #takeParked(): boolean {
    while (!this.#closed && (this.#parking?.isEmpty === false || this.#parkedBye !== null)) {
      const slot = this.#context.gate.admit(this);
      if (slot === Slot.none) {
        this.#wait();
        return false;
      }
      const message = this.#nextParked();
      // Whoever follows the number of free slots may have closed this channel when it took one.
      if (message === null) {
        this.#giveBack(slot);
        return false;
      }
      message.slot = slot;
      message.account = this;
      this.#taker.receive(message);
    }
    return !this.#closed;
  }

  #nextParked(): EngineMessage | null {
    if (this.#parking?.isEmpty === false) return this.#parking.shift();
    const bye = this.#parkedBye;
    this.#parkedBye = null;
    if (bye !== null) this.credit?.incoming.addFree();
    return bye;
  }

  /**
   * What waits may wait for something that stands behind it: a grant, or answers. Where answers hold all the slots it does not, it is their reader
   * who takes his time.
   */
  #mayReadOn(): boolean {
    if (this.#taker.awaitsCredit) return true;
    return this.#taker.awaitsAnswers && this.slotsHeld > this.#answers.slotsHeld;
  }

  /** Reads past what waits: answers are delivered, the rest is parked. Ends where neither is possible, and the link is paused. */
  #readOn(): void {
    let frames = 0;
    while (this.#waiting && !this.#closed) {
      const found = this.#decoder.next();
      if (found === Decoded.needMore) {
        if (this.#feedBehind()) continue;
        if (this.#inputEnded) this.#taker.readerOnLastGrant();
        this.#setBlind(!this.#mayReadOn());
        this.#watchFrame(frames > 0);
        return;
      }
      // What is illegal is so when its turn has come, behind all that is parked.
      const isIllegal = found === Decoded.illegal || this.#taker.refusal(this.#decoder) !== null;
      if (isIllegal) this.#taker.readerOnLastGrant();
      if (isIllegal || !this.#mayReadOn() || !this.#passBy()) {
        this.#setBlind(true);
        return;
      }
      if (++frames === FRAMES_PER_TURN) {
        this.#rest();
        return;
      }
    }
  }

  /** Takes the frame at hand past what waits; false where it has to wait, too. */
  #passBy(): boolean {
    const decoder = this.#decoder;
    const opCode = (decoder.proto & OP_CODE_BITS) as OpCode;
    const toll = tollOfFrame(decoder);
    if (this.#parkedBye !== null && toll !== Toll.credit) return false;
    if (opCode > OpCode.Signal) return this.#parkBye(opCode);
    if (toll === Toll.cancel) this.#unpark(decoder.idHigh, decoder.idLow);
    if (toll >= Toll.cancel) {
      this.#taker.receive(this.#take(Slot.none, toll));
      return true;
    }
    if (toll === Toll.credit && this.credit !== null) return this.#passWithoutSlot(this.credit, toll);
    if (opCode === OpCode.Response) {
      const slot = this.#context.gate.admitAnswer(this);
      if (slot === Slot.none) return false;
      this.#taker.receive(this.#take(slot, toll));
      return true;
    }
    return this.#park(toll);
  }

  /** Parks the frame at hand. Where that is too much a Request is turned away, a Signal dropped. */
  #park(toll: Toll): boolean {
    const decoder = this.#decoder;
    const parking = (this.#parking ??= new Parking(this.#context.options.maxParkedBytes));
    const isFull = parking.isFullFor(HEADER_BYTES + decoder.headersLength + decoder.bodyLength);
    if (isFull && !this.#taker.mayTurnAway) return false;
    const message = this.#take(Slot.none, toll);
    if (!isFull) {
      parking.add(message);
      return true;
    }
    this.credit?.consumed();
    if (message.opCode === OpCode.Request) {
      this.#unpark(message.idHigh, message.idLow);
      this.#taker.readerOnOverflow(message, (message.proto & MORE_BIT) === 0);
    } else this.#context.counters.signalsDropped++;
    return true;
  }

  /** Parks the ByeRequest at hand; false for anything else. */
  #parkBye(opCode: OpCode): boolean {
    if (opCode !== OpCode.ByeRequest) return false;
    this.#parkedBye = this.#take(Slot.none, Toll.none);
    this.#parkedBye.compact();
    return true;
  }

  /** Drops the parked parts of a Request that nobody will handle any more. */
  #unpark(idHigh: number, idLow: number): void {
    for (let left = this.#parking?.removeRequests(idHigh, idLow) ?? 0; left > 0; left--)
      this.credit?.consumed();
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
    this.#stalls = 0;
    this.#stallDeadline ??= new Deadline(this.#context.deadlines, () => {
      this.#stallOnDue();
    });
    this.#stallDeadline.set(this.#context.options.stallTimeout);
    this.#taker.readerOnWait();
    if (this.#mayReadOn()) this.#readOn();
    else this.#setBlind(true);
  }

  #setBlind(blind: boolean): void {
    if (this.#closed || this.#blind === blind) return;
    this.#blind = blind;
    if (blind) this.#frameSince = Infinity;
    if (!this.#resting) this.#setLinkPaused(blind);
    this.#taker.readerOnBlind(blind);
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
      if (!this.#blind && !this.#resting && !this.#closed) this.#setLinkPaused(false);
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
