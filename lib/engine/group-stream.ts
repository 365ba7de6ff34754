import type { EngineMessage } from '../message/engine-message.js';
import type { Message } from '../message/message.js';
import { Slot, Use } from '../message/ownership.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { throwIfAborted } from './abortable.js';
import type { OpenChannel, Receiver } from './open-channel.js';
import type { EngineContext } from './context.js';
import { Inbox } from './inbox.js';
import { Puller } from './puller.js';

/** Who is pushed a group's messages. */
export interface StreamReceiver {
  /** How many subscribers stand behind it. */
  readonly size: number;
  next(message: EngineMessage): void;
}

/**
 * The one stream of a group, and where a delivered message goes, synchronously: to the claimant of its channel, to the receiver of the
 * group, and into the inbox when there was neither (design section 3).
 *
 * Delivery is trampolined: what is delivered while something is being delivered waits its turn, so that nobody sees messages
 * out of order.
 */
export class GroupStream {
  readonly #context: EngineContext;
  readonly #inbox = new Inbox();
  readonly #puller: Puller;
  #receiver: StreamReceiver | null = null;
  #tap: Receiver | null = null;
  #onComplete: (() => void) | null = null;
  #dispatching = false;
  /** What was delivered during a dispatch, with its channel, in order. */
  #deferred: { message: EngineMessage; channel: OpenChannel | null }[] = [];
  #pullingEnded = false;
  #completed = false;

  constructor(context: EngineContext) {
    this.#context = context;
    this.#puller = new Puller(context.clock);
  }

  deliver(message: EngineMessage, channel: OpenChannel | null): void {
    if (this.#dispatching) {
      this.#deferred.push({ message, channel });
      return;
    }
    this.#dispatching = true;
    this.#dispatch(message, channel);
    this.#settle();
  }

  /**
   * Pushes everything to `receiver` from now on, beginning with the inbox, within this call: older than anything under way, it
   * waits for nothing. A receiver that is detached midway leaves the rest.
   */
  attach(receiver: StreamReceiver): void {
    this.#puller.fail(Status.notAllowed, 'waitReceive: the group was subscribed to meanwhile');
    this.#receiver = receiver;
    const outermost = !this.#dispatching;
    this.#dispatching = true;
    while (this.#receiver === receiver) {
      const message = this.#inbox.shift();
      if (message === undefined) break;
      this.#push(message, null, receiver);
    }
    if (outermost) this.#settle();
  }

  /** Pushes nothing more to whoever was attached. */
  detach(): void {
    this.#receiver = null;
  }

  /** `tap` sees what the engine says, wherever it goes, and takes nothing. */
  setTap(tap: Receiver | null): void {
    this.#tap = tap;
  }

  /** How many are pushed to. */
  get subscribers(): number {
    return this.#receiver?.size ?? 0;
  }

  get isTapped(): boolean {
    return this.#tap !== null;
  }

  /** Whether a `waitReceive` waits. */
  get isPulled(): boolean {
    return this.#puller.isWaiting;
  }

  get isCompleted(): boolean {
    return this.#completed;
  }

  /** `f` is called when nothing more will be delivered. */
  onComplete(f: () => void): void {
    this.#onComplete = f;
  }

  /** The next message, owned by the caller. */
  async pull(ms: number, signal: AbortSignal | undefined): Promise<Message | null> {
    if (this.#receiver !== null)
      throw new TofuError(Status.notAllowed, 'waitReceive: the group has a subscriber');
    if (this.#puller.isWaiting)
      throw new TofuError(Status.notAllowed, 'waitReceive: another pull waits on this group');
    throwIfAborted(signal);
    const message = this.#inbox.shift();
    if (message !== undefined) {
      this.#leftInbox(message);
      return message;
    }
    return ms === 0 ? null : this.#puller.wait(ms, signal);
  }

  /** `for await`: the previous message is put at the next pull, the last one when the loop is left. */
  iterate(isOver: () => boolean): AsyncIterator<Message, undefined> {
    let last: Message | null = null;
    const putLast = (): void => {
      last?.[Symbol.dispose]();
      last = null;
    };
    const giveUp = new AbortController();
    return {
      next: async () => {
        putLast();
        if (isOver() || giveUp.signal.aborted) return { done: true, value: undefined };
        try {
          last = await this.pull(Infinity, giveUp.signal);
        } catch (error) {
          if (
            giveUp.signal.aborted ||
            (error instanceof TofuError && error.status === Status.shutdownStarted)
          ) {
            return { done: true, value: undefined };
          }
          throw error;
        }
        return { done: false, value: last as Message };
      },
      return: () => {
        giveUp.abort();
        putLast();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  /** Messages in the inbox. */
  get undelivered(): number {
    return this.#inbox.length;
  }

  /** How many of them hold a slot. */
  get slotsUndelivered(): number {
    return this.#inbox.holdingSlots;
  }

  /** Whether a pool_empty is news to this group: at most one may be undelivered. */
  wantsPoolEmpty(): boolean {
    return !this.#inbox.hasPoolEmpty();
  }

  /** The inbox is dropped, its slots are free; whoever pulls hears of the shutdown. */
  endPulling(): void {
    this.#pullingEnded = true;
    for (let message = this.#takeFromInbox(); message !== undefined; message = this.#takeFromInbox()) {
      message[Symbol.dispose]();
    }
    this.#puller.fail(Status.shutdownStarted, 'waitReceive: the group was destroyed');
  }

  /** Nothing more will be delivered. */
  complete(): void {
    this.#completed = true;
    if (!this.#dispatching) this.#onComplete?.();
  }

  /** What was delivered meanwhile, and the end if it came. */
  #settle(): void {
    if (this.#deferred.length > 0) this.#dispatchDeferred();
    this.#dispatching = false;
    if (this.#completed) this.#onComplete?.();
  }

  #dispatchDeferred(): void {
    while (this.#deferred.length > 0) {
      const deferred = this.#deferred;
      this.#deferred = [];
      for (const next of deferred) this.#dispatch(next.message, next.channel);
    }
  }

  #dispatch(message: EngineMessage, channel: OpenChannel | null): void {
    if (this.#tap !== null) tellNews(message, this.#tap);
    const claimant = channel === null ? null : this.#claimant(message, channel);
    const receiver = this.#receiver;
    if (claimant === null && receiver === null) this.#toInbox(message);
    else this.#push(message, claimant, receiver);
  }

  #push(message: EngineMessage, claimant: Receiver | null, receiver: StreamReceiver | null): void {
    message.use = Use.dispatching;
    message.holds = 1;
    if (claimant !== null) this.#callClaimant(claimant, message);
    if (receiver !== null) receiver.next(message);
    message.use = Use.shared;
    if (message.slot !== Slot.none) this.#context.pool.drop(message);
    if (message.endsChannel) this.#channelClosedDelivered(message);
  }

  /** A claimant that throws loses nothing for the others. */
  #callClaimant(claimant: Receiver, message: EngineMessage): void {
    try {
      claimant(message);
    } catch (error) {
      this.#context.onUnhandled(error);
    }
  }

  /** A HelloRequest belongs to whoever claimed the listener that took it. */
  #claimant(message: EngineMessage, channel: OpenChannel): Receiver | null {
    if (channel.claimant !== null || message.listener === 0) return channel.claimant;
    return this.#context.table.get(message.listener)?.claimant ?? null;
  }

  #toInbox(message: EngineMessage): void {
    if (this.#pullingEnded) {
      message[Symbol.dispose]();
      this.#leftInbox(message);
    } else if (this.#puller.isWaiting) {
      this.#leftInbox(message);
      this.#puller.deliver(message);
    } else {
      this.#inbox.push(message);
    }
  }

  #takeFromInbox(): EngineMessage | undefined {
    const message = this.#inbox.shift();
    if (message !== undefined) this.#leftInbox(message);
    return message;
  }

  #leftInbox(message: EngineMessage): void {
    if (message.endsChannel) this.#channelClosedDelivered(message);
  }

  #channelClosedDelivered(message: EngineMessage): void {
    this.#context.table.get(message.channel)?.closedDelivered();
  }
}

/** What the engine has to say of failures and ends is told to whoever taps. */
function tellNews(message: EngineMessage, tap: Receiver): void {
  if (!message.isFromEngine()) return;
  if (message.statusByte === Status.success || message.statusByte === Status.receiverUpdate) return;
  message.use = Use.dispatching;
  tap(message);
  message.use = Use.owned;
}
