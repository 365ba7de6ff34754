import type { Unsubscribable } from 'rxjs';
import type { RequestStartEvent } from '../engine/diagnostics.js';
import type { EngineMessage } from '../message/engine-message.js';
import type { Hold } from '../message/message.js';
import { NO_HOLD } from '../pool/hold.js';
import { MessageWindow, type WindowOwner } from '../rx/message-window.js';
import { COMPLETED, type Ending } from './request-events.js';

/** A request of the peer: its window, and what is under way for it. */
export class RequestWindow extends MessageWindow {
  /** @internal */
  readonly idHigh: number;
  /** @internal */
  readonly idLow: number;
  /** @internal The last frame has come. */
  isReceived = false;
  /** @internal It counts toward maxRequests no more: its last Response has left, or it was cancelled. */
  isDone = false;
  /** @internal The slot of its first message, while the brake holds it. */
  brake: Hold | null = null;
  /** @internal The handler's work, to be stopped by rx-cancel. */
  work: Unsubscribable | null = null;
  /** @internal A handler has it. */
  isStarted = false;
  /** @internal A subscriber of requests$ has it: nobody will say when it is through. */
  isHandedOut = false;
  /** @internal A frame of its reply waits to leave, and the brake with it. */
  isLeaving = false;
  /** @internal The event of its start, where somebody wanted to know, */
  told: RequestStartEvent | null = null;
  /** @internal and what that of its end will say. */
  ending: Ending = COMPLETED;
  /** `release()` was called: also within its first dispatch, where the slot is not yet anybody's to give back. */
  #isReleased = false;

  /** @internal */
  constructor(first: EngineMessage, owner: WindowOwner) {
    super(first, owner);
    this.idHigh = first.idHigh;
    this.idLow = first.idLow;
  }

  /** @internal The first message keeps its slot behind this dispatch, until `releaseBrake`; not behind `release()`. */
  keepBrake(): void {
    if (this.#isReleased) return;
    const first = this.first as EngineMessage;
    this.brake ??= first.keeper.retain(first, 'request');
  }

  /** @internal The first message's slot is free. */
  releaseBrake(): void {
    const brake = this.brake;
    if (brake === null) return;
    this.brake = null;
    brake[Symbol.dispose]();
  }

  /** @internal Its reader wants it to brake nobody any more. */
  releaseForGood(): void {
    this.#isReleased = true;
    this.releaseBrake();
  }

  /** @internal Nobody will say when it is through: the slot of the first message is the window's own, as those of the others are. */
  handOut(): void {
    this.isStarted = false;
    this.isHandedOut = true;
    const brake = this.brake;
    if (brake === null) return;
    this.brake = null;
    this.holdFirst(brake);
  }

  /** @internal The dispatch of the first message ends: with a handler its slot is the brake's alone, however late the window is read. */
  settle(): void {
    if (this.isHandedOut) this.settleFirst();
    else this.settleFirst(NO_HOLD);
  }
}
