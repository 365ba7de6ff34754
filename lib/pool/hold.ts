import type { EngineMessage } from '../message/engine-message.js';
import type { Hold } from '../message/message.js';
import type { HoldKind } from '../message/ownership.js';

/** What a hold tells when it ends. */
interface Holder {
  dropHold(message: EngineMessage, kind: HoldKind): void;
}

/** One holder's share in a message's slot. */
export class HoldOnSlot implements Hold {
  readonly #holder: Holder;
  readonly #kind: HoldKind;
  #message: EngineMessage | null;

  constructor(holder: Holder, message: EngineMessage, kind: HoldKind) {
    this.#holder = holder;
    this.#kind = kind;
    this.#message = message;
  }

  [Symbol.dispose](): void {
    const message = this.#message;
    if (message === null) return;
    this.#message = null;
    this.#holder.dropHold(message, this.#kind);
  }
}

/** The hold without effect: of a notification, or after the dispatch. */
export const NO_HOLD: Hold = {
  [Symbol.dispose](): void {
    // Nothing was held.
  },
};
