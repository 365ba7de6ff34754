import { EngineMessage } from '../message/engine-message.js';
import type { Hold } from '../message/message.js';
import { type HoldKind, type MessageKeeper, Slot, Use } from '../message/ownership.js';
import { HoldOnSlot, NO_HOLD } from './hold.js';
import { IdleWindows } from './idle-windows.js';
import { type SlotPool } from './slot-pool.js';

/** How `get` takes a message: only while a slot is free, or beyond the pool if need be. */
export type GetStrategy = 'poolOnly' | 'always';

/**
 * Hands out messages with their slots and takes them back. Every message of an engine has this pool as its keeper.
 */
export class MessagePool implements MessageKeeper<EngineMessage> {
  readonly slots: SlotPool;
  /** Holds by kind, for whoever asks why no slot comes free. */
  readonly heldBy: Record<HoldKind, number> = { retain: 0, pooled: 0, window: 0, request: 0 };
  /** Windows that hold slots and that nobody reads. */
  readonly idleWindows = new IdleWindows();
  readonly #slotFreed: () => void;
  readonly #brakeLost: (message: EngineMessage) => void;

  /** @param brakeLost may throw, where a lost brake is an error */
  constructor(
    slots: SlotPool,
    slotFreed: () => void,
    brakeLost: (message: EngineMessage) => void = () => undefined,
  ) {
    this.slots = slots;
    this.#slotFreed = slotFreed;
    this.#brakeLost = brakeLost;
  }

  /** An empty message, owned; null when it may only come from the pool and no slot is free. */
  get(strategy: GetStrategy): EngineMessage | null {
    const slot = this.slots.take() ? Slot.pooled : Slot.beyond;
    if (slot === Slot.beyond) {
      if (strategy === 'poolOnly') return null;
      this.slots.takeBeyond();
    }
    const message = EngineMessage.fresh(this);
    message.slot = slot;
    return message;
  }

  /** A message that holds no slot: what the engine itself has to say. */
  unslotted(): EngineMessage {
    return EngineMessage.fresh(this);
  }

  put(message: EngineMessage): void {
    if (message.keeper !== this || message.use !== Use.owned) return;
    message.use = Use.spent;
    this.release(message, true);
  }

  /** `post()` accepted the message: its handle is spent, its slot free. */
  spend(message: EngineMessage): void {
    message.use = Use.spent;
    this.release(message, false);
  }

  retain(message: EngineMessage, kind: HoldKind): Hold {
    return message.use === Use.dispatching ? this.#holdOn(message, kind) : NO_HOLD;
  }

  hold(message: EngineMessage, kind: HoldKind): Hold {
    if (message.use !== Use.dispatching && message.use !== Use.shared) return NO_HOLD;
    const hold = this.#holdOn(message, kind);
    // Only what a peer sent ever braked anybody.
    if (hold === NO_HOLD && message.use === Use.shared && message.isFromPeer()) this.#brakeLost(message);
    return hold;
  }

  /** A hold has ended. */
  dropHold(message: EngineMessage, kind: HoldKind): void {
    this.heldBy[kind]--;
    this.drop(message);
  }

  /** One holder less; the last one gives the slot back. */
  drop(message: EngineMessage): void {
    if (--message.holds === 0) this.release(message, true);
  }

  /** Moves the slot of one message, if it has one, to another. */
  moveSlot(from: EngineMessage, to: EngineMessage): void {
    to.slot = from.slot;
    to.account = from.account;
    from.slot = Slot.none;
    from.account = null;
  }

  /** Gives back the slot of a message, wherever it is held. */
  release(message: EngineMessage, grows: boolean): void {
    const slot = message.slot;
    if (slot === Slot.none) return;
    if (message.keeper !== this) {
      (message.keeper as MessagePool).release(message, grows);
      return;
    }
    const account = message.account;
    message.slot = Slot.none;
    message.account = null;
    this.slots.giveBack(slot, grows);
    if (account !== null) {
      account.slotsHeld--;
      account.slotCameBack();
    }
    this.#slotFreed();
  }

  #holdOn(message: EngineMessage, kind: HoldKind): Hold {
    if (message.slot === Slot.none) return NO_HOLD;
    message.compact();
    message.holds++;
    this.heldBy[kind]++;
    return new HoldOnSlot(this, message, kind);
  }
}
