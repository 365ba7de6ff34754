import type { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { OP_CODE_BITS } from '../message/proto-byte.js';
import { Status } from '../message/status.js';
import type { Link } from '../transport/transport.js';
import type { ChannelCredit } from './channel-credit.js';
import type { ChannelFollower } from './channel-follower.js';
import { ChannelEvent, ChannelState, isOver, weAnswered } from './channel-state.js';
import type { EngineContext } from './context.js';
import type { FrameReader } from './frame-reader.js';
import { faultSignal, returned } from './notices.js';
import type { Outbox } from './outbox.js';
import type { PhaseTimer } from './phase-timer.js';

/** The connection that ends. */
export interface EndingConnection {
  readonly number: number;
  readonly openingIdHigh: number;
  readonly openingIdLow: number;
  readonly context: EngineContext;
  readonly state: ChannelState;
  readonly stateBeforeEnd: ChannelState;
  readonly follower: ChannelFollower | null;
  readonly credit: ChannelCredit | null;
  readonly outbox: Outbox;
  readonly reader: FrameReader;
  readonly timer: PhaseTimer;
  transition(event: ChannelEvent): boolean;
  deliver(message: EngineMessage): void;
  conclude(how: Status, unsent: readonly EngineMessage[]): void;
  /** The link is gone, and never stood. */
  dialFailed(end: Status): void;
  /** What comes between the fault and the returned messages. */
  helloFailure(): EngineMessage | null;
}

/**
 * How a connection ends, whatever ends it: the first reason is the one that counts. It comes to `#wrapUp` in every case: the fault if there was
 * one, what was not sent, channel_closed.
 */
export class ChannelEnd {
  readonly #channel: EndingConnection;
  /** The status under which unsent messages come back. */
  #status: Status | null;
  #fault: Status | null;
  /** The peer's ByeResponse has come: what that means for how the channel ended. */
  #farewell: Status | null;

  constructor(channel: EndingConnection) {
    this.#channel = channel;
    this.#status = null;
    this.#fault = null;
    this.#farewell = null;
  }

  /**
   * A goodbye that makes no progress is cut short: bytes that leave or come are progress, so it waits for a queue that moves and for an
   * answer that takes up to `byeTimeout`, and not for a peer that does not read.
   */
  watchBye(): void {
    const { timer, context } = this.#channel;
    timer.startFollowing(context.options.byeTimeout, () => {
      this.breakOff(Status.channelClosed);
    });
  }

  /** Ends the channel now. What it read and did not deliver is dropped, what it did not send comes back. */
  breakOff(status: Status): void {
    const channel = this.#channel;
    if (channel.state === ChannelState.closed) return;
    channel.transition(ChannelEvent.broken);
    this.#status ??= status;
    channel.reader.close();
    const { link } = channel.outbox;
    if (link !== null) link.reset();
    else this.#wrapUpSoon();
  }

  /** What the peer sends can't be read any more. */
  receivingFailed(): void {
    this.#fault ??= Status.recvFailed;
    this.breakOff(Status.recvFailed);
  }

  /** All that came was delivered. Behind the peer's FIN the link goes on to its end; where it is gone, so is the channel. */
  inputDelivered(): void {
    const channel = this.#channel;
    if (!channel.transition(ChannelEvent.broken)) return;
    this.#status ??= Status.peerDisconnected;
    const { link } = channel.outbox;
    if (link === null) this.#wrapUp();
    else this.#closeLink(link);
  }

  /** The peer's ByeResponse was delivered: what it says behind it is ignored. */
  answered(): void {
    const channel = this.#channel;
    const { outbox } = channel;
    const farewell = channel.state === ChannelState.connecting ? Status.notAllowed : Status.success;
    if (!channel.transition(ChannelEvent.answerArrived)) return;
    this.#farewell = farewell;
    this.#status ??= Status.peerDisconnected;
    channel.reader.close();
    outbox.flush();
    if (outbox.link !== null) this.#closeLink(outbox.link);
    else this.#wrapUpSoon();
  }

  /** The link is gone. */
  linkClosed(end: Status): void {
    const channel = this.#channel;
    const { outbox } = channel;
    outbox.link = null;
    channel.timer.clear();
    const isFault = end === Status.sendFailed || end === Status.recvFailed;
    if (isFault) this.#fault ??= end;
    this.#status ??= isFault ? end : Status.peerDisconnected;
    if (!outbox.stands) channel.dialFailed(end);
    if (isOver(channel.state)) {
      this.#wrapUp();
      return;
    }
    // First, for what waits to leave may hold the slots that the reader needs to come to its end.
    channel.follower?.linkLost();
    channel.reader.endInput();
  }

  /** Ends the link behind what it has, however long the peer takes to read that, up to `byeTimeout`. */
  #closeLink(link: Link): void {
    const { timer, context, outbox } = this.#channel;
    link.close();
    timer.start(context.options.byeTimeout, () => outbox.link?.reset());
  }

  #wrapUpSoon(): void {
    this.#channel.context.clock.soon(() => {
      this.#wrapUp();
    });
  }

  #wrapUp(): void {
    const channel = this.#channel;
    if (channel.state !== ChannelState.ending) return;
    const { credit } = channel;
    channel.timer.clear();
    channel.reader.close();
    credit?.close();
    if (this.#fault !== null && channel.number !== 0) channel.deliver(faultSignal(channel, this.#fault));
    const failure = channel.helloFailure();
    if (failure !== null) channel.deliver(failure);
    const status = this.#status ?? Status.channelClosed;
    const unsent: EngineMessage[] = [];
    channel.outbox.close(frame => {
      const isHello = (frame.proto & OP_CODE_BITS) === OpCode.HelloRequest;
      // Grants are the engine's own business.
      if (isHello || credit?.isGrant(frame) === true) return;
      unsent.push(returned(channel, frame, status));
    });
    channel.conclude(this.#fault ?? failure?.status ?? this.#howEnded(status), unsent);
  }

  /** For whoever watches a goodbye is no loss of the peer. */
  #howEnded(status: Status): Status {
    if (status !== Status.peerDisconnected) return status;
    return this.#farewell ?? (weAnswered(this.#channel.stateBeforeEnd) ? Status.success : status);
  }
}
