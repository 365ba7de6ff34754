import type { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { frameLength } from '../wire/encoder.js';

/** Messages that were read while no slot was to be had for them, in order (design section 3, replies behind requests). They hold no slot. */
export class Parking {
  /** Bytes of their frames. */
  bytes = 0;
  #messages: EngineMessage[] = [];
  #next = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#next === this.#messages.length;
  }

  /** Whether so many bytes more would be too many. */
  isFullFor(length: number): boolean {
    return this.bytes + length > this.#maxBytes;
  }

  /** Takes a message behind the others. */
  add(message: EngineMessage): void {
    // It may lie for long: not with the chunk that it was read in.
    message.compact();
    this.bytes += frameLength(message);
    this.#messages.push(message);
  }

  /** The oldest. */
  shift(): EngineMessage {
    const message = this.#messages[this.#next] as EngineMessage;
    this.bytes -= frameLength(message);
    this.#next++;
    if (this.#next === this.#messages.length) this.clear();
    else if (this.#next >= 64 && 2 * this.#next >= this.#messages.length) {
      this.#messages = this.#messages.slice(this.#next);
      this.#next = 0;
    }
    return message;
  }

  /** Takes out the Requests of this id; how many there were. */
  removeRequests(idHigh: number, idLow: number): number {
    const before = this.#messages.length - this.#next;
    this.#messages = this.#messages.slice(this.#next).filter(message => {
      if (message.opCode !== OpCode.Request || message.idHigh !== idHigh || message.idLow !== idLow)
        return true;
      this.bytes -= frameLength(message);
      return false;
    });
    this.#next = 0;
    return before - this.#messages.length;
  }

  clear(): void {
    this.#messages = [];
    this.#next = 0;
    this.bytes = 0;
  }
}
