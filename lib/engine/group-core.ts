import { AssignedHeader } from '../message/assigned-header.js';
import { describe } from '../message/describe.js';
import type { EngineMessage } from '../message/engine-message.js';
import { highOfNumber } from '../message/message-id.js';
import type { BinaryHeader, Message } from '../message/message.js';
import { Use } from '../message/ownership.js';
import { MORE_BIT, OP_CODE_BITS, ORIGIN_BIT } from '../message/proto-byte.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { ChannelHome } from './channel-home.js';
import { claimOn } from './claim.js';
import type { EngineContext } from './context.js';
import { GroupStream } from './group-stream.js';
import { IoChannel } from './io-channel.js';
import { receiverUpdate } from './notices.js';
import { assertOwned, assertWellFormed } from './post-checks.js';
import { pending, unlessAborted, type WaitOptions } from './waiting.js';

/** What a group is to the engine that made it. */
export interface GroupOwner {
  /** Whether the engine shuts down. */
  isClosed(): boolean;
  /** The group has nothing left. */
  groupEnded(group: GroupCore): void;
}

/**
 * A group of channels: `post` is its way in, one stream its way out. Everything that a group learns arrives on that stream, in
 * order: from peers, and from the engine.
 *
 * Groups are isolated: a message goes to the group that owns its channel, and a channel can be used by its group alone.
 */
export class GroupCore {
  readonly #context: EngineContext;
  readonly #owner: GroupOwner;
  readonly #stream: GroupStream;
  readonly #home: ChannelHome;
  #destroyed: Promise<void> | null = null;

  constructor(context: EngineContext, owner: GroupOwner) {
    this.#context = context;
    this.#owner = owner;
    this.#stream = new GroupStream(context);
    this.#home = new ChannelHome(context, this.#stream);
  }

  /**
   * Posts a message: it is accepted for processing, and what becomes of it comes back as messages. Accepted never means sent.
   *
   * The message's handle is spent, its slot free. Origin and status are overwritten; id 0 becomes the next number of the process-wide
   * sequence; channel 0 of a Hello or Welcome becomes a new number.
   *
   * @returns the header as assigned
   * @throws TofuError, and the message stays the caller's as it was: the checks of protocol.md section 5 in their order,
   * `shutdown_started` on a destroyed group or engine, `not_allowed` for an operation that does not fit its channel as it is, and
   * `pool_empty` when the channel's send queue would pass `maxQueuedBytes` (wait for `writable`)
   */
  post(message: Message): BinaryHeader {
    assertOwned(message, 'post');
    this.#post(message);
    // Spent, it reads as posted. Made here, at the end of a small function: a caller that does not look at it does not pay for it.
    return new AssignedHeader(message);
  }

  /**
   * The next message of the stream, for the caller to own: put it, or post it again.
   *
   * @param ms how long to wait; 0 and less not at all, Infinity (the default) for ever
   * @returns null when nothing came in time
   * @throws TofuError `shutdown_started` once the group or the engine is destroyed, `not_allowed` while the group has a subscriber or
   * another pull waits, or when `ms` is no number
   */
  async waitReceive(ms = Infinity, options?: WaitOptions): Promise<Message | null> {
    if (typeof ms !== 'number' || Number.isNaN(ms)) {
      throw new TofuError(Status.notAllowed, `waitReceive was given ${describe(ms)} ms, which is no number`);
    }
    this.#assertNotShutDown('waitReceive');
    return this.#stream.pull(Math.max(ms, 0), options?.signal);
  }

  /**
   * Puts a message on the group's own stream, behind what is there: to wake its reader, or to tell it something.
   *
   * @param message arrives with status `receiver_update`, its other fields as they are; it is used up, its slot moves along. Without one
   * a Signal of the engine arrives, with channel 0 and id 0
   * @throws TofuError `shutdown_started` on a destroyed group or engine; as `post` for a message that is not the caller's own
   */
  updateReceiver(message?: Message | null): void {
    if (message === undefined || message === null) {
      this.#assertNotShutDown('updateReceiver');
      this.#stream.deliver(receiverUpdate(this.#context.pool), null);
      return;
    }
    assertOwned(message, 'updateReceiver');
    this.#assertNotShutDown('updateReceiver');
    const update = message.clone();
    // A message of the engine that was pulled may be told on: it is the application that tells it.
    update.proto &= ~ORIGIN_BIT;
    update.statusByte = Status.receiverUpdate;
    this.#context.pool.moveSlot(message, update);
    message.use = Use.spent;
    this.#stream.deliver(update, null);
  }

  /**
   * Takes everything that is delivered on one channel, before and instead of the inbox: peers' messages, the engine's, and what comes
   * back unsent. A listener's claimant gets the HelloRequests of its connections, too. The claim ends when it is disposed, and after channel_closed.
   *
   * @param receiver is called with each message as subscribers are: the message is shared, its slot comes back when the call ends
   * unless it was retained
   * @throws TofuError `invalid_channel_number` for a number that is not open, `invalid_message_channel_group` for another group's channel,
   * `not_allowed` when the channel is claimed already, or when `receiver` is no function
   */
  claim(channelNumber: number, receiver: (message: Message) => void): Disposable {
    this.#assertNotShutDown('claim');
    if (typeof receiver !== 'function') {
      throw new TofuError(
        Status.notAllowed,
        `claim was given receiver ${describe(receiver)}, which is no function`,
      );
    }
    return claimOn(this.#home.own(channelNumber), receiver);
  }

  /**
   * Resolves when the channel's send queue is below half of `maxQueuedBytes`, and has room for what post() refused meanwhile; a
   * listener's always has.
   *
   * @throws TofuError `channel_closed` when the channel closes first; as `claim` for numbers that are not open or another group's
   */
  async writable(channelNumber: number, options?: WaitOptions): Promise<void> {
    await this.#home.own(channelNumber).writable(options?.signal);
  }

  /**
   * Closes the group's channels and ends its stream. What was posted and not sent comes back to subscribers and claimants, then each
   * channel_closed; a `waitReceive` that waits rejects with `shutdown_started`. What is in the inbox is dropped, its slots are free. Destroying twice is harmless.
   *
   * @returns when every socket of the group is closed; a signal gives up the waiting, not the destroying
   */
  destroy(options?: WaitOptions): Promise<void> {
    if (this.#destroyed === null) {
      const [destroyed, done] = pending();
      this.#destroyed = destroyed;
      this.#destroy(done);
    }
    return unlessAborted(this.#destroyed, options?.signal);
  }

  get isDestroyed(): boolean {
    return this.#destroyed !== null;
  }

  /** Pulls messages until the group is destroyed; each is put back at the next pull, the last one when the loop is left. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this.#stream.iterate(() => this.isDestroyed || this.#owner.isClosed());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }

  /** @internal The connection behind a number, for a Peer: it holds the channel, not its number. */
  connection(channelNumber: number): IoChannel {
    const channel = this.#home.own(channelNumber);
    if (!(channel instanceof IoChannel))
      throw new TofuError(Status.notAllowed, `channel ${String(channelNumber)} is a listener`);
    return channel;
  }

  /** @internal As `post`, on a channel that is at hand; the message may be one without a slot. */
  postOn(channel: IoChannel, message: EngineMessage): void {
    if (!channel.isOpen) {
      throw new TofuError(Status.channelClosed, `channel ${String(channel.number)} has closed`);
    }
    message.channel = channel.number;
    assertWellFormed(message);
    this.#assertNotShutDown('post');
    channel.assertFits(message);
    this.#assign(message);
    channel.accept(message);
    this.#context.pool.spend(message);
  }

  /** @internal */
  get context(): EngineContext {
    return this.#context;
  }

  /** @internal A message that post() refused comes back on the stream, for those that post by a sink; its slot moves along. */
  giveBackRefused(message: EngineMessage | null, status: Status): void {
    const { pool } = this.#context;
    const refused = message === null ? receiverUpdate(pool) : message.clone();
    refused.proto |= ORIGIN_BIT;
    refused.statusByte = status;
    if (message !== null && message.use === Use.owned) {
      pool.moveSlot(message, refused);
      message.use = Use.spent;
    }
    this.#stream.deliver(refused, null);
  }

  /** @internal What a face attaches to. */
  get stream(): GroupStream {
    return this.#stream;
  }

  // --- posting ---------------------------------------------------------------------------------------------------

  #post(message: EngineMessage): void {
    assertWellFormed(message);
    this.#assertNotShutDown('post');
    const number = message.channel;
    if (number === 0) {
      this.#open(message);
      return;
    }
    const channel = this.#home.own(number);
    channel.assertFits(message);
    this.#assign(message);
    channel.accept(message);
    this.#context.pool.spend(message);
  }

  /** Hello or Welcome: a new channel. */
  #open(message: EngineMessage): void {
    const channel = this.#home.open(message.opCode);
    message.channel = channel.number;
    this.#assign(message);
    channel.open(message);
    this.#context.pool.spend(message);
  }

  /**
   * What post() overwrites: origin, status, the internal bits, and id 0. From here on the message is the engine's: those that are told while the channel
   * takes it can't change what it reads, nor post it again.
   */
  #assign(message: EngineMessage): void {
    message.use = Use.spent;
    message.proto &= OP_CODE_BITS | MORE_BIT;
    message.statusByte = Status.success;
    if ((message.idHigh | message.idLow) !== 0) return;
    const { sequence } = this.#context;
    sequence.last++;
    message.idHigh = highOfNumber(sequence.last);
    message.idLow = sequence.last >>> 0;
  }

  #assertNotShutDown(call: string): void {
    if (this.#destroyed !== null || this.#owner.isClosed()) throw shutDown(call, this.#owner.isClosed());
  }

  /** By callback: the stream completes with its last message, not a Promise later. */
  #destroy(done: () => void): void {
    this.#stream.endPulling();
    this.#home.closeAll(() => {
      this.#stream.complete();
      this.#owner.groupEnded(this);
      done();
    });
  }
}

function shutDown(call: string, isEngine: boolean): TofuError {
  return new TofuError(Status.shutdownStarted, `${call}: the ${isEngine ? 'engine' : 'group'} was destroyed`);
}
