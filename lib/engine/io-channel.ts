import type { EngineMessage } from '../message/engine-message.js';
import { MessageType, OpCode, opCodeName, typeOf } from '../message/op-code.js';
import { OP_CODE_BITS } from '../message/proto-byte.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { Link, LinkReceiver } from '../transport/transport.js';
import type { FrameDecoder } from '../wire/decoder.js';
import { Channel } from './channel.js';
import { ChannelEvent, ChannelState, isOver, peerSaidBye, weAnswered, weSaidBye } from './channel-state.js';
import type { EngineContext } from './context.js';
import type { Delivery } from './open-channel.js';
import type { Flushable } from './flusher.js';
import { FrameReader, type FrameTaker } from './frame-reader.js';
import { faultSignal, returned } from './notices.js';
import { PhaseTimer } from './phase-timer.js';
import { assertWithinSendLimit } from './send-limit.js';
import { SendQueue } from './send-queue.js';
import { relieve, relieveAgain } from './stall-relief.js';
import { warnOfStall } from './stall-warning.js';
import { WritableWaiters } from './writable-waiters.js';

/** Frames leave early, inside a tick, once this many bytes wait: so both sides work at once (design section 9). */
const EARLY_FLUSH_BYTES = 10 * 1024;

/** Who follows a connection beside its messages. */
export interface ChannelFollower {
  /** Fewer bytes wait. */
  handedOver(): void;
  /** So much waits that the channel is not writable. */
  filled(): void;
  /** A Response was accepted, whoever posted it. */
  responded(message: EngineMessage): void;
  /** The channel is not read, or is read again. */
  paused(paused: boolean): void;
  /** The link is gone: nothing leaves any more. What was read before is still delivered, and channel_closed behind it. */
  linkLost(): void;
}

/**
 * One connection: what goes out waits in a SendQueue, what comes in is read by a FrameReader, and the state machine says what may be
 * said. `ClientChannel` and `ServerChannel` know how it begins.
 *
 * Whatever ends a channel ends in `#wrapUp`: the fault if there was one, what was not sent, channel_closed.
 */
export abstract class IoChannel extends Channel implements LinkReceiver, FrameTaker, Flushable {
  /** null before it is dialled and after it is gone. */
  protected link: Link | null = null;
  /** The link takes bytes. */
  #stands: boolean;
  readonly #queue: SendQueue;
  readonly #reader: FrameReader;
  readonly #writable: WritableWaiters;
  #flushAsked = false;
  #finSent = false;
  /** The status under which unsent messages come back; the first reason to end is the one that counts. */
  #endStatus: Status | null = null;
  #fault: Status | null = null;
  protected readonly timer: PhaseTimer;

  protected constructor(context: EngineContext, group: Delivery, state: ChannelState, stands: boolean) {
    super(context, group, state);
    this.#stands = stands;
    this.#queue = new SendQueue(context.chunks, context.counters);
    this.#reader = new FrameReader(context, this, paused => {
      if (paused) this.link?.pause();
      else this.link?.resume();
    });
    this.#writable = new WritableWaiters(context.options.maxQueuedBytes);
    this.timer = new PhaseTimer(context.deadlines);
  }

  /** A Peer that follows what leaves and whether the channel is read. */
  follower: ChannelFollower | null = null;

  /** Bytes accepted and not yet handed to the socket. */
  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** Whether less than half of `maxQueuedBytes` waits. */
  get isWritable(): boolean {
    return this.#queue.bytes < this.context.options.maxQueuedBytes / 2;
  }

  /** Bytes of what was accepted since the beginning that wait no more: handed to the socket, or taken back. */
  get handedBytes(): number {
    return this.#queue.passed;
  }

  /** What `handedBytes` will be when all that was accepted has been handed over. */
  get acceptedBytes(): number {
    return this.#queue.accepted;
  }

  /** Whether what is accepted now leaves with the next write. */
  get takesBytes(): boolean {
    return this.#stands && !this.#queue.blocked;
  }

  /** Takes back a message that was accepted and has not left: the first with this operation and id. False when there is none. */
  takeUnsent(opCode: OpCode, idHigh: number, idLow: number): boolean {
    if (!this.#queue.remove(opCode, idHigh, idLow)) return false;
    this.#writable.release(this.#queue.bytes);
    this.follower?.handedOver();
    return true;
  }

  get isPaused(): boolean {
    return this.#reader.isPaused;
  }

  /** Resolves when less than half of `maxQueuedBytes` waits, and a frame that was refused has room; rejects with channel_closed. */
  override writable(signal?: AbortSignal): Promise<void> {
    return this.#writable.wait(this.#queue.bytes, signal);
  }

  // --- out: post -> queue -> link -------------------------------------------------------------------------------

  override assertFits(message: EngineMessage): void {
    const opCode = message.opCode;
    if (opCode === OpCode.ByeSignal) return;
    if (opCode > OpCode.Signal) this.#assertFitsConversation(message);
    const state = this.stateBeforeEnd;
    if (weAnswered(state) || (weSaidBye(state) && opCode !== OpCode.ByeResponse)) {
      const said = weAnswered(state) ? 'ByeResponse' : 'ByeRequest';
      throw new TofuError(
        Status.notAllowed,
        `${opCodeName(opCode)} on channel ${String(this.number)}: ${said} was posted on it already`,
      );
    }
    const { maxQueuedBytes } = this.context.options;
    assertWithinSendLimit(message, this.#queue.bytes, maxQueuedBytes, this.#writable);
  }

  override accept(message: EngineMessage): void {
    const opCode = message.opCode;
    if (opCode > OpCode.Signal) {
      if (opCode === OpCode.ByeSignal) {
        this.abort();
        return;
      }
      this.#acceptConversation(opCode);
    }
    this.#queue.push(message);
    if (this.#queue.bytes >= EARLY_FLUSH_BYTES && this.#stands && !this.#queue.blocked) {
      this.flush();
    } else if (!this.#flushAsked) {
      this.#flushAsked = true;
      this.context.flusher.add(this);
    }
    if (this.follower === null) return;
    if (opCode === OpCode.Response) this.follower.responded(message);
    if (!this.isWritable) this.follower.filled();
  }

  flush(): void {
    this.#flushAsked = false;
    // A link that has failed and not yet said so would swallow what is written: it stays queued, and comes back.
    if (this.link === null || !this.#stands || this.#finSent || !this.link.isWritable) return;
    const empty = this.#queue.handOver(this.link);
    this.#writable.release(this.#queue.bytes);
    this.follower?.handedOver();
    // A follower may have posted more.
    if (empty && this.#queue.bytes === 0) this.#allHandedOver();
  }

  linkOnOpen(): void {
    this.#stands = true;
    if (weAnswered(this.state) || weSaidBye(this.state)) this.#watchBye();
    else this.timer.clear();
    this.flush();
  }

  linkOnDrain(): void {
    this.#queue.blocked = false;
    this.timer.progress();
    this.flush();
  }

  /** What may be said only once, or only by one side. */
  #assertFitsConversation(message: EngineMessage): void {
    const opCode = message.opCode;
    if (opCode === OpCode.HelloResponse) this.assertMayAnswerHello(message);
    else if (typeOf(opCode) !== MessageType.bye) {
      throw new TofuError(
        Status.notAllowed,
        `${opCodeName(opCode)} on channel ${String(this.number)}, which is a connection`,
      );
    }
  }

  /** Throws where a HelloResponse does not fit. */
  protected abstract assertMayAnswerHello(message: EngineMessage): void;

  /** A HelloResponse was accepted. */
  protected abstract helloAnswerPosted(): void;

  #acceptConversation(opCode: OpCode): void {
    if (opCode === OpCode.HelloResponse) this.helloAnswerPosted();
    if (typeOf(opCode) !== MessageType.bye) return;
    this.transition(opCode === OpCode.ByeRequest ? ChannelEvent.byePosted : ChannelEvent.answerPosted);
    if (this.#stands) this.#watchBye();
  }

  /**
   * A goodbye that makes no progress is cut short: bytes that leave or come are progress, so it waits for a queue that moves and for an
   * answer that takes up to `byeTimeout`, and not for a peer that does not read.
   */
  #watchBye(): void {
    this.timer.startFollowing(this.context.options.byeTimeout, () => {
      this.#break(Status.channelClosed);
    });
  }

  /** A ByeRequest is always the last of the queue, and a ByeResponse the very last. */
  #allHandedOver(): void {
    if (weAnswered(this.state)) {
      if (this.#finSent) return;
      this.#finSent = true;
      this.link?.end();
    } else {
      this.timer.progress();
    }
  }

  // --- in: link -> reader -> group ------------------------------------------------------------------------------

  linkOnData(chunk: Buffer): void {
    // Behind our ByeResponse the peer has nothing to say: going on all the same is no progress, or it would keep the channel for ever.
    if (!weAnswered(this.state)) this.timer.progress();
    this.#reader.feed(chunk);
  }

  linkOnEnd(): void {
    this.#reader.endInput();
  }

  refusal(frame: FrameDecoder): string | null {
    const opCode = (frame.proto & OP_CODE_BITS) as OpCode;
    if (this.state === ChannelState.ready && opCode <= OpCode.Signal) return null;
    if (peerSaidBye(this.state) && opCode !== OpCode.ByeResponse)
      return `${opCodeName(opCode)} behind a ByeRequest`;
    return this.refusalInHandshake(opCode, frame);
  }

  /** The rule of the handshake that a frame breaks; null for a legal one. */
  protected abstract refusalInHandshake(opCode: OpCode, frame: FrameDecoder): string | null;

  receive(message: EngineMessage): void {
    const opCode = message.opCode;
    if (opCode > OpCode.Signal) this.#receiveConversation(opCode, message);
    else this.deliver(message);
  }

  #receiveConversation(opCode: OpCode, message: EngineMessage): void {
    if (typeOf(opCode) === MessageType.hello) this.helloReceived(message);
    else if (opCode === OpCode.ByeRequest) this.transition(ChannelEvent.byeArrived);
    this.deliver(message);
    if (opCode === OpCode.ByeResponse) this.#endByAnswer();
  }

  /** A HelloRequest or HelloResponse has come, and is about to be delivered. */
  protected abstract helloReceived(message: EngineMessage): void;

  readerOnPause(paused: boolean): void {
    this.timer.setPaused(paused);
    this.follower?.paused(paused);
    if (paused) relieveAgain(this, this.#reader);
  }

  tellPoolEmpty(spell: number): void {
    this.group.poolEmpty(spell);
  }

  readerOnStall(isFirst: boolean): void {
    if (isFirst) warnOfStall(this, this.#reader.slotsHeld);
    relieve(this, this.#reader);
  }

  // --- the end --------------------------------------------------------------------------------------------------

  override abort(): void {
    this.#break(Status.channelClosed);
  }

  readerOnFault(): void {
    this.#fault ??= Status.recvFailed;
    this.#break(Status.recvFailed);
  }

  readerOnTimeout(): void {
    this.readerOnFault();
  }

  /** All that came was delivered. Behind the peer's FIN the link goes on to its end; where it is gone, so is the channel. */
  readerOnEnd(): void {
    if (!this.transition(ChannelEvent.broken)) return;
    this.#endStatus ??= Status.peerDisconnected;
    if (this.link === null) this.#wrapUp();
    else this.#closeLink(this.link);
  }

  linkOnClose(end: Status): void {
    this.link = null;
    this.timer.clear();
    const isFault = end === Status.sendFailed || end === Status.recvFailed;
    if (isFault) this.#fault ??= end;
    this.#endStatus ??= isFault ? end : Status.peerDisconnected;
    if (!this.#stands) this.dialFailed(end);
    if (isOver(this.state)) {
      this.#wrapUp();
      return;
    }
    // First, for what waits to leave may hold the slots that the reader needs to come to its end.
    this.follower?.linkLost();
    this.#reader.endInput();
  }

  /** The link is gone, and never stood. */
  protected abstract dialFailed(end: Status): void;

  /** What comes between the fault and the returned messages. */
  protected abstract helloFailure(): EngineMessage | null;

  /** The peer's ByeResponse was delivered: what it says behind it is ignored. */
  #endByAnswer(): void {
    if (!this.transition(ChannelEvent.answerArrived)) return;
    this.#endStatus ??= Status.peerDisconnected;
    this.#reader.close();
    this.flush();
    if (this.link !== null) this.#closeLink(this.link);
    else
      this.context.clock.soon(() => {
        this.#wrapUp();
      });
  }

  /** Ends the link behind what it has, however long the peer takes to read that, up to `byeTimeout`. */
  #closeLink(link: Link): void {
    link.close();
    this.timer.start(this.context.options.byeTimeout, () => this.link?.reset());
  }

  /** Ends the channel now. What it read and did not deliver is dropped, what it did not send comes back. */
  #break(status: Status): void {
    if (this.state === ChannelState.closed) return;
    this.transition(ChannelEvent.broken);
    this.#endStatus ??= status;
    this.#reader.close();
    if (this.link !== null) this.link.reset();
    else
      this.context.clock.soon(() => {
        this.#wrapUp();
      });
  }

  #wrapUp(): void {
    if (this.state !== ChannelState.ending) return;
    this.timer.clear();
    this.#reader.close();
    if (this.#fault !== null && this.number !== 0) this.deliver(faultSignal(this, this.#fault));
    const failure = this.helloFailure();
    if (failure !== null) this.deliver(failure);
    const status = this.#endStatus ?? Status.channelClosed;
    const unsent: EngineMessage[] = [];
    this.#queue.takeBack(frame => {
      if ((frame.proto & OP_CODE_BITS) !== OpCode.HelloRequest) unsent.push(returned(this, frame, status));
    });
    this.#writable.fail(this.number);
    this.conclude(unsent);
  }
}
