import type { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { Slot } from '../message/ownership.js';
import { MORE_BIT, OP_CODE_BITS } from '../message/proto-byte.js';
import type { FrameDecoder } from '../wire/decoder.js';
import { HEADER_BYTES } from '../wire/layout.js';
import type { EngineContext } from './context.js';
import { Toll } from './credit-headers.js';
import type { FrameIntake } from './frame-intake.js';
import type { FrameTaker } from './frame-taker.js';
import { Parking } from './parking.js';
import type { SlotTaker } from './receive-gate.js';

/**
 * Frames that are read while no slot is to be had for what stands before them (design section 3, replies behind requests): answers and grants are
 * delivered at once, the rest is parked in order. Else two peers whose handlers ask each other would wait for ever for what stands behind their questions.
 */
export class Overdraft {
  readonly #context: EngineContext;
  readonly #taker: FrameTaker;
  readonly #reader: SlotTaker;
  readonly #intake: FrameIntake;
  #parking: Parking | null = null;
  /** The ByeRequest behind all that is parked. Grants may stand behind it. */
  #parkedBye: EngineMessage | null = null;

  constructor(context: EngineContext, taker: FrameTaker, reader: SlotTaker, intake: FrameIntake) {
    this.#context = context;
    this.#taker = taker;
    this.#reader = reader;
    this.#intake = intake;
  }

  /**
   * Whether to read on: what waits may wait for something that stands behind it, a grant or answers. Where answers hold all the slots it does not, it
   * is their reader who takes his time.
   */
  get isOpen(): boolean {
    const { awaitsCredit, awaitsAnswers } = this.#taker;
    return awaitsCredit || (awaitsAnswers && this.#reader.slotsHeld > this.#intake.answersHeld);
  }

  /** Bytes of what is parked. */
  get parkedBytes(): number {
    return this.#parking?.bytes ?? 0;
  }

  /** Whether the peer's ByeRequest was read, and is parked. */
  get hasParkedBye(): boolean {
    return this.#parkedBye !== null;
  }

  /** Whether something is parked. */
  get hasParked(): boolean {
    return this.#parkedBye !== null || this.#parking?.isEmpty === false;
  }

  /** The oldest of what is parked; it holds no slot yet. */
  unpark(): EngineMessage {
    const bye = this.#parkedBye;
    if (bye === null || this.#parking?.isEmpty === false) return (this.#parking as Parking).shift();
    this.#parkedBye = null;
    this.#intake.credit?.incoming.addFree();
    return bye;
  }

  /** Drops what is parked. */
  clear(): void {
    this.#parking = null;
    this.#parkedBye = null;
  }

  /** Takes the frame at hand, a legal one, past what waits; false where it has to wait, too. */
  take(frame: FrameDecoder, toll: Toll): boolean {
    const opCode = (frame.proto & OP_CODE_BITS) as OpCode;
    const { credit } = this.#intake;
    if (toll === Toll.credit && credit !== null && this.#intake.takeGrant(credit)) return true;
    // Behind it comes a ByeResponse, or what is illegal when its turn has come.
    if (this.#parkedBye !== null) return false;
    if (opCode > OpCode.Signal) return this.#parkBye(opCode);
    // Where nobody follows the channel its reader gets everything in order, and what takes no slot would be without a bound in its inbox.
    if (this.#taker.follower === null) return this.#park(frame, toll);
    if (toll === Toll.cancel) this.#dropRequest(frame.idHigh, frame.idLow);
    if (toll === Toll.cancel || toll === Toll.heartbeat) {
      this.#taker.receive(this.#intake.take(Slot.none, toll));
      return true;
    }
    return opCode === OpCode.Response ? this.#takeAnswer(toll) : this.#park(frame, toll);
  }

  /** Parks the ByeRequest at hand; false for anything else. */
  #parkBye(opCode: OpCode): boolean {
    if (opCode !== OpCode.ByeRequest) return false;
    this.#parkedBye = this.#intake.take(Slot.none, Toll.none);
    this.#parkedBye.compact();
    return true;
  }

  #takeAnswer(toll: Toll): boolean {
    const slot = this.#context.gate.admitAnswer(this.#reader, this.#intake.answersHeld);
    if (slot === Slot.none) return false;
    this.#taker.receive(this.#intake.take(slot, toll));
    return true;
  }

  /** Parks the frame at hand. Where that is too much a Request is turned away, a Signal dropped. */
  #park(frame: FrameDecoder, toll: Toll): boolean {
    const parking = (this.#parking ??= new Parking(this.#context.options.maxParkedBytes));
    if (this.#isTurnedAway(frame, parking)) {
      this.#intake.take(Slot.none, toll);
      this.#intake.credit?.consumed();
      return true;
    }
    const isFull = parking.isFullFor(HEADER_BYTES + frame.headersLength + frame.bodyLength);
    if (isFull && !this.#taker.mayTurnAway) return false;
    const message = this.#intake.take(Slot.none, toll);
    if (toll !== Toll.one) this.#intake.credit?.incoming.addFree();
    if (isFull) this.#turnAway(message);
    else parking.add(message);
    return true;
  }

  /** Whether the frame at hand is a part of a Request that was turned away, and no part of an earlier one of its id waits before it. */
  #isTurnedAway({ proto, idHigh, idLow }: FrameDecoder, parking: Parking): boolean {
    if ((proto & OP_CODE_BITS) !== OpCode.Request || parking.hasRequest(idHigh, idLow)) return false;
    return this.#taker.follower?.isRefused(idHigh, idLow, (proto & MORE_BIT) === 0) === true;
  }

  #turnAway(message: EngineMessage): void {
    this.#intake.credit?.consumed();
    if (message.opCode !== OpCode.Request) {
      this.#context.counters.signalsDropped++;
      return;
    }
    this.#dropRequest(message.idHigh, message.idLow);
    this.#taker.follower?.overflowed(message, (message.proto & MORE_BIT) === 0);
  }

  /** Drops the parked parts of a Request that nobody will handle any more. */
  #dropRequest(idHigh: number, idLow: number): void {
    const dropped = this.#parking?.removeRequests(idHigh, idLow) ?? 0;
    for (let n = 0; n < dropped; n++) this.#intake.credit?.consumed();
  }
}
