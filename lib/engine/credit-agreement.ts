import type { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { ChannelCredit, type CreditUser } from './channel-credit.js';
import type { ChannelFollower } from './channel-follower.js';
import { type ChannelState, isOver, peerSaidBye, weAnswered } from './channel-state.js';
import type { EngineContext } from './context.js';
import { windowOf } from './credit-headers.js';
import type { FrameReader } from './frame-reader.js';
import type { Delivery } from './open-channel.js';
import type { Outbox } from './outbox.js';
import type { PhaseTimer } from './phase-timer.js';
import { warnOfStall } from './stall-warning.js';

/** A connection as far as its credit goes. */
export interface CreditedConnection {
  readonly number: number;
  readonly context: EngineContext;
  readonly group: Delivery;
  readonly state: ChannelState;
  readonly follower: ChannelFollower | null;
  readonly awaitsAnswers: boolean;
  readonly credit: ChannelCredit | null;
  readonly outbox: Outbox;
  readonly reader: FrameReader;
  readonly timer: PhaseTimer;
}

/**
 * A hello may offer credit: it is given and taken once both have (design section 6).
 *
 * @param isOurs whether the hello is posted, not received
 * @returns the books of the channel from now on; null for a channel without credit
 */
export function creditBehind(
  hello: EngineMessage,
  isOurs: boolean,
  channel: CreditedConnection,
): ChannelCredit | null {
  const window = hello.headersByteLength() === 0 ? NaN : windowOf(hello.textHeaders);
  if (hello.opCode === OpCode.HelloResponse)
    return channel.credit?.answered(window) === true ? channel.credit : null;
  if (Number.isNaN(window)) return channel.credit;
  const credit = new ChannelCredit(
    channel.context,
    new CreditedChannel(channel),
    channel.outbox,
    window,
    isOurs,
  );
  // The HelloRequest itself holds a slot, and costs nothing.
  if (!isOurs) credit.receivedFree();
  return credit;
}

/** What a connection says and does for its books. */
class CreditedChannel implements CreditUser {
  readonly #channel: CreditedConnection;

  constructor(channel: CreditedConnection) {
    this.#channel = channel;
  }

  get number(): number {
    return this.#channel.number;
  }

  get awaitsAnswers(): boolean {
    return this.#channel.awaitsAnswers;
  }

  get mayGrant(): boolean {
    const { outbox, state } = this.#channel;
    return outbox.stands && !isOver(state) && !weAnswered(state);
  }

  outOfCredit(): boolean {
    const { follower, context, number } = this.#channel;
    return follower?.starved() === true || context.pool.idleWindows.areInTheWay(number);
  }

  creditStalled(isFirst: boolean): boolean {
    const { reader, state, number, context } = this.#channel;
    // Where it waits for slots the reader tells; behind a goodbye nothing is waited for.
    if (reader.isPaused || peerSaidBye(state) || isOver(state)) return false;
    if (isFirst) warnOfStall(this.#channel, reader.slotsHeld, 'had no credit');
    return context.pool.idleWindows.areAllOf(number, reader.slotsHeld);
  }

  creditPaid(): void {
    this.#channel.timer.progress();
  }
}
