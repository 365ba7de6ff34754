/** Who owns a message, and who its slot: what handles, the pool and readers say to each other. */
import type { Hold } from './message.js';
import { Status } from './status.js';
import { TofuError } from './tofu-error.js';

/** What a handle may still be used for. */
export const Use = {
  /** The caller's own: to be changed, posted or put. */
  owned: 0,
  /** Being pushed: shared with others, read-only; its slot may be retained. */
  dispatching: 1,
  /** Was pushed: shared with others, read-only. */
  shared: 2,
  /** Posted or put: read-only, and nobody's. */
  spent: 3,
} as const;
export type Use = (typeof Use)[keyof typeof Use];

/** Why a message that is not the caller's own can't be changed. */
export function unchangeable(use: Use): TofuError {
  return use === Use.spent
    ? new TofuError(Status.invalidMessage, 'message is spent: it was posted or put')
    : new TofuError(Status.notAllowed, 'message was pushed to you and is read-only: use reply() or clone()');
}

/** What a message says about its slot. */
export const Slot = {
  /** Takes no slot: notifications, clones, replies. */
  none: 0,
  /** Takes one slot of the pool. */
  pooled: 1,
  /** Made or read when no slot was free. */
  beyond: 2,
} as const;
export type Slot = (typeof Slot)[keyof typeof Slot];

/** Where slots come from and go back to: the engine's pool, as a message sees it. */
export interface MessageKeeper<M> {
  /** A hold on the slot of a message in dispatch. */
  retain(message: M, kind: HoldKind): Hold;
  /**
   * A hold for somebody who brakes senders by holding slots: also behind the dispatch, while another hold keeps the slot. Where the slot is gone
   * already it is a hold without effect, of which people are warned, and it throws where the engine is strict.
   */
  hold(message: M, kind: HoldKind): Hold;
  /** Takes an owned message back: its slot is free, its handle spent. */
  put(message: M): void;
}

/** Whoever read a message: it is told when the slot that it took comes back. */
export interface SlotAccount {
  slotsHeld: number;
  slotCameBack(): void;
}

/** Who holds a slot past its dispatch: the user, a `pooled`, a window that nobody reads yet, or a Peer whose handler runs. */
export type HoldKind = 'retain' | 'pooled' | 'window' | 'request';
