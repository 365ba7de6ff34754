import { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { Slot, type SlotAccount } from '../message/ownership.js';
import { OP_CODE_BITS } from '../message/proto-byte.js';
import type { FrameDecoder } from '../wire/decoder.js';
import type { ChannelCredit } from './channel-credit.js';
import type { EngineContext } from './context.js';
import { Toll } from './credit-headers.js';
import type { FrameTaker } from './frame-taker.js';

/** Whose slots they are: it counts all of them, and has those back itself that cost credit. */
export interface IntakeReader extends SlotAccount {
  /** A slot came back that may have kept answers waiting. */
  lookAgainSoon(): void;
}

/**
 * Makes messages of the frames of one connection, with their slots, and keeps the accounts: whose slot it is decides what its coming back is good
 * for. Where peers give each other credit what was taken is in the books, too.
 */
export class FrameIntake {
  /** Where the peer sends on credit. */
  credit: ChannelCredit | null;
  readonly #context: EngineContext;
  readonly #decoder: FrameDecoder;
  readonly #taker: FrameTaker;
  readonly #reader: IntakeReader;
  /** Slots that answers hold. */
  readonly #answers: SlotShare;
  /** Slots of messages that cost no credit. */
  readonly #unpaid: SlotShare;

  constructor(context: EngineContext, decoder: FrameDecoder, taker: FrameTaker, reader: IntakeReader) {
    this.credit = null;
    this.#context = context;
    this.#decoder = decoder;
    this.#taker = taker;
    this.#reader = reader;
    this.#answers = new SlotShare(reader, true);
    this.#unpaid = new SlotShare(reader, false);
  }

  /** Slots that answers hold, among those of the reader. */
  get answersHeld(): number {
    return this.#answers.slotsHeld;
  }

  /** Takes the frame at hand from the wire, as a message that holds this slot. */
  take(slot: Slot, toll: Toll): EngineMessage {
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
    if (slot !== Slot.none) this.#account(message, toll);
    decoder.consume();
    if (toll === Toll.one) this.credit?.received();
    else if (slot !== Slot.none) this.credit?.receivedFree();
    return message;
  }

  /** Says whose slot it is. */
  #account(message: EngineMessage, toll: Toll): void {
    const opCode = message.proto & OP_CODE_BITS;
    if (opCode === OpCode.Response) this.#answers.add(message);
    else if (toll === Toll.one && opCode <= OpCode.Signal) message.account = this.#reader;
    else this.#unpaid.add(message);
  }

  /** Takes the frame at hand where it needs no slot; false for one that does. */
  takeWithoutSlot(credit: ChannelCredit, toll: Toll): boolean {
    if (toll === Toll.credit) return this.takeGrant(credit);
    // In an inbox that nobody reads they would be without a bound.
    if (this.#taker.follower === null) return false;
    this.#taker.receive(this.take(Slot.none, toll));
    return true;
  }

  /** Takes the frame at hand, a Signal that reads as a grant; false where that is not agreed on. */
  takeGrant(credit: ChannelCredit): boolean {
    if (!credit.isActive) return false;
    this.#context.counters.messagesIn++;
    credit.granted();
    this.#decoder.consume();
    return true;
  }

  /** Whoever follows the number of free slots has closed this channel when it took one: the frame is gone. */
  giveBack(slot: Slot): void {
    const { pool } = this.#context;
    const message = pool.unslotted();
    message.slot = slot;
    message.account = this.#reader;
    pool.put(message);
  }
}

/** Some of a reader's slots, which are counted apart as well. */
class SlotShare implements SlotAccount {
  slotsHeld: number;
  readonly #reader: IntakeReader;
  readonly #costCredit: boolean;

  constructor(reader: IntakeReader, costCredit: boolean) {
    this.slotsHeld = 0;
    this.#reader = reader;
    this.#costCredit = costCredit;
  }

  /** A message that has taken one of the reader's slots. */
  add(message: EngineMessage): void {
    this.slotsHeld++;
    message.account = this;
  }

  slotCameBack(): void {
    this.#reader.slotsHeld--;
    if (this.#costCredit) this.#reader.slotCameBack();
    else this.#reader.lookAgainSoon();
  }
}
