import type { EngineMessage } from '../message/engine-message.js';
import { Slot } from '../message/ownership.js';
import { isPoolEmpty } from './notices.js';

/**
 * What was delivered while nobody took it, in order, each message with its slot.
 *
 * Its length is bounded by what may be in it: peers' messages by slots, notifications by `maxChannels`, returned
 * messages by `maxQueuedBytes`. What the application itself puts in with updateReceiver() is the application's to bound.
 */
export class Inbox {
  #messages: EngineMessage[] = [];
  #first = 0;

  get length(): number {
    return this.#messages.length - this.#first;
  }

  /** How many of them hold a slot: notifications do not. */
  get holdingSlots(): number {
    return this.#messages.slice(this.#first).filter(message => message.slot !== Slot.none).length;
  }

  push(message: EngineMessage): void {
    this.#messages.push(message);
  }

  shift(): EngineMessage | undefined {
    const message = this.#messages[this.#first];
    if (message === undefined) return undefined;
    this.#first++;
    if (this.#first === this.#messages.length) {
      this.#messages = [];
      this.#first = 0;
    } else if (this.#first >= 64 && 2 * this.#first >= this.#messages.length) {
      // The taken half goes at once: shift() a message would move all the others each time.
      this.#messages = this.#messages.slice(this.#first);
      this.#first = 0;
    }
    return message;
  }

  /** Whether a pool_empty waits in it: a second one would say nothing new. */
  hasPoolEmpty(): boolean {
    for (let at = this.#first; at < this.#messages.length; at++) {
      if (isPoolEmpty(this.#messages[at] as EngineMessage)) return true;
    }
    return false;
  }
}
