import type { EngineMessage } from '../message/engine-message.js';
import type { Status } from '../message/status.js';
import { ChannelEvent, ChannelState, isOver, TRANSITIONS } from './channel-state.js';
import type { EngineContext } from './context.js';
import { tellClose } from './diagnostics.js';
import { channelClosed } from './notices.js';
import type { Delivery, OpenChannel, Receiver } from './open-channel.js';

/**
 * What listeners and connections have in common: a number, a group, a state, and exactly one channel_closed at the end of
 * everything.
 */
export abstract class Channel implements OpenChannel {
  number: number;
  readonly context: EngineContext;
  readonly group: Delivery;
  /** The id of the Hello or Welcome that opened the channel. */
  openingIdHigh: number;
  openingIdLow: number;
  claimant: Receiver | null;
  #state: ChannelState;
  /** What was true before the end began: what may be posted does not change by it. */
  stateBeforeEnd: ChannelState;

  protected constructor(context: EngineContext, group: Delivery, state: ChannelState) {
    this.context = context;
    this.group = group;
    this.number = 0;
    this.openingIdHigh = 0;
    this.openingIdLow = 0;
    this.claimant = null;
    this.#state = state;
    this.stateBeforeEnd = state;
  }

  get state(): ChannelState {
    return this.#state;
  }

  get isOpen(): boolean {
    return this.#state !== ChannelState.closed;
  }

  abstract abort(): void;

  abstract accept(message: EngineMessage): void;

  abstract assertFits(message: EngineMessage): void;

  abstract writable(signal?: AbortSignal): Promise<void>;

  /** Moves the channel; false, and nothing happens, where the event is not legal in its state. The only writer of the state. */
  transition(event: ChannelEvent): boolean {
    const to = TRANSITIONS[this.#state][event];
    if (to === undefined) return false;
    this.#state = to;
    if (!isOver(to)) this.stateBeforeEnd = to;
    return true;
  }

  /** Delivers a message on this channel. */
  deliver(message: EngineMessage): void {
    this.group.deliver(message, this);
  }

  /**
   * The last words on this channel: what could not be sent, then channel_closed. What is posted while they are heard is refused, for
   * nobody would bring it back any more.
   *
   * @param how the channel ended, for whoever watches
   */
  conclude(how: Status, unsent: readonly EngineMessage[] = []): void {
    if (!this.transition(ChannelEvent.concluded)) return;
    for (const message of unsent) this.deliver(message);
    if (this.number !== 0) {
      this.deliver(channelClosed(this));
      tellClose(this.context.face, this.number, how);
    }
    this.group.channelEnded(this);
  }

  closedDelivered(): void {
    this.claimant = null;
    this.context.table.release(this);
  }
}
