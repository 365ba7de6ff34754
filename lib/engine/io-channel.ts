import type { EngineMessage } from '../message/engine-message.js';
import { MessageType, OpCode, opCodeName, typeOf } from '../message/op-code.js';
import { OP_CODE_BITS, OUT_OF_BAND_BIT } from '../message/proto-byte.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { Link, LinkReceiver } from '../transport/transport.js';
import type { FrameDecoder } from '../wire/decoder.js';
import { Channel } from './channel.js';
import { ChannelEvent, ChannelState, isOver, peerSaidBye, weAnswered, weSaidBye } from './channel-state.js';
import type { EngineContext } from './context.js';
import { ChannelCredit, type CreditUser } from './channel-credit.js';
import type { ChannelFollower } from './channel-follower.js';
import { Toll, tollOfFrame, windowOf } from './credit-headers.js';
import { events } from './diagnostics.js';
import type { Delivery } from './open-channel.js';
import { FrameReader } from './frame-reader.js';
import type { FrameTaker } from './frame-taker.js';
import { faultSignal, returned } from './notices.js';
import { Outbox, type OutboxOwner } from './outbox.js';
import { PhaseTimer } from './phase-timer.js';
import { relieve, relieveAgain } from './stall-relief.js';
import { warnOfStall } from './stall-warning.js';

/**
 * One connection: what goes out waits in a SendQueue, what comes in is read by a FrameReader, and the state machine says what may be
 * said. `ClientChannel` and `ServerChannel` know how it begins.
 *
 * Whatever ends a channel ends in `#wrapUp`: the fault if there was one, what was not sent, channel_closed.
 */
export abstract class IoChannel extends Channel implements LinkReceiver, FrameTaker, OutboxOwner, CreditUser {
  /** What was accepted and has not left. */
  readonly outbox: Outbox;
  readonly #reader: FrameReader;
  #credit: ChannelCredit | null;
  #awaitsAnswers = false;
  /** The status under which unsent messages come back; the first reason to end is the one that counts. */
  #endStatus: Status | null = null;
  #fault: Status | null = null;
  /** The peer's ByeResponse has come: what that means for how the channel ended. */
  #farewell: Status | null = null;
  protected readonly timer: PhaseTimer;

  protected constructor(context: EngineContext, group: Delivery, state: ChannelState, stands: boolean) {
    super(context, group, state);
    this.outbox = new Outbox(context, this, stands);
    this.#credit = null;
    this.#reader = new FrameReader(context, this, paused => {
      if (paused) this.link?.pause();
      else this.link?.resume();
    });
    this.timer = new PhaseTimer(context.deadlines);
  }

  protected get link(): Link | null {
    return this.outbox.link;
  }

  protected set link(link: Link | null) {
    this.outbox.link = link;
  }

  /** A Peer that follows what leaves and whether the channel is read. */
  follower: ChannelFollower | null = null;

  /** How often bytes have come. */
  arrivals = 0;

  /** Whether it waits for a slot. */
  get isPaused(): boolean {
    return this.#reader.isPaused;
  }

  /** Whether what the peer sends next has to wait until slots come back: it gets none, or there is no credit for it. */
  get isWithheld(): boolean {
    return this.#reader.isPaused || this.#credit?.incoming.isExhausted === true;
  }

  /** Whether the link is not read, so that nothing can be heard. */
  get isBlind(): boolean {
    return this.#reader.isBlind;
  }

  /** Whether the peer has said bye, also where nobody was told yet: it has nothing more to say then. */
  get isMute(): boolean {
    return this.#reader.hasParkedBye || peerSaidBye(this.state);
  }

  /** Bytes of what was read and waits for slots. */
  get parkedBytes(): number {
    return this.#reader.parkedBytes;
  }

  /** The books, where peers give each other credit. */
  get credit(): ChannelCredit | null {
    return this.#credit;
  }

  get awaitsAnswers(): boolean {
    return this.#awaitsAnswers;
  }

  /** Whether requests of ours wait for answers: they may stand behind what has to wait for slots or credit. */
  set awaitsAnswers(awaits: boolean) {
    if (awaits === this.#awaitsAnswers) return;
    this.#awaitsAnswers = awaits;
    if (awaits) this.#credit?.lookSoon();
    this.#reader.lookAgain();
  }

  get awaitsCredit(): boolean {
    return this.outbox.queue.isHeld;
  }

  get isFollowed(): boolean {
    return this.follower !== null;
  }

  override writable(signal?: AbortSignal): Promise<void> {
    return this.outbox.writable(signal);
  }

  // --- out: post -> queue -> link -------------------------------------------------------------------------------

  override assertFits(message: EngineMessage): void {
    const opCode = message.opCode;
    if (opCode === OpCode.ByeSignal) return;
    if (opCode > OpCode.Signal) this.#assertFitsConversation(message);
    if (this.stateBeforeEnd !== ChannelState.ready) this.#assertNothingFinalSaid(opCode);
    this.outbox.assertHasRoomFor(message);
  }

  /** Behind our goodbye there is nothing to post, or only the answer to the peer's. */
  #assertNothingFinalSaid(opCode: OpCode): void {
    const state = this.stateBeforeEnd;
    if (!weAnswered(state) && (!weSaidBye(state) || opCode === OpCode.ByeResponse)) return;
    const said = weAnswered(state) ? 'ByeResponse' : 'ByeRequest';
    throw new TofuError(
      Status.notAllowed,
      `${opCodeName(opCode)} on channel ${String(this.number)}: ${said} was posted on it already`,
    );
  }

  override accept(message: EngineMessage): void {
    const opCode = message.opCode;
    if (opCode > OpCode.Signal) {
      if (opCode === OpCode.ByeSignal) {
        this.abort();
        return;
      }
      this.#acceptConversation(opCode, message);
    }
    if (this.#credit === null || opCode > OpCode.Signal) this.outbox.queue.push(message);
    else if (this.#credit.push(message)) this.#reader.lookAgain();
    // First, for whoever posts within may use the message again.
    if (opCode === OpCode.Response) this.follower?.responded(message);
    this.outbox.pushed();
  }

  linkOnOpen(): void {
    this.outbox.stands = true;
    if (weAnswered(this.state) || weSaidBye(this.state)) this.#watchBye();
    else this.timer.clear();
    this.outbox.flush();
  }

  linkOnDrain(): void {
    this.outbox.drained();
    this.timer.progress();
    this.outbox.flush();
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

  #acceptConversation(opCode: OpCode, message: EngineMessage): void {
    if (typeOf(opCode) === MessageType.hello) this.#agreeOnCredit(message, true);
    if (opCode === OpCode.HelloResponse) this.helloAnswerPosted();
    if (typeOf(opCode) !== MessageType.bye) return;
    this.transition(opCode === OpCode.ByeRequest ? ChannelEvent.byePosted : ChannelEvent.answerPosted);
    if (this.outbox.stands) this.#watchBye();
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
  outboxEmptied(): void {
    if (weAnswered(this.state)) this.outbox.end();
    else this.timer.progress();
  }

  // --- in: link -> reader -> group ------------------------------------------------------------------------------

  linkOnData(chunk: Buffer): void {
    this.arrivals++;
    // Behind our ByeResponse the peer has nothing to say: going on all the same is no progress, or it would keep the channel for ever. So it is where
    // our goodbye waits for credit, and what comes brings none.
    if (!weAnswered(this.state) && !this.outbox.queue.isHeld) this.timer.progress();
    this.#reader.feed(chunk);
  }

  linkOnEnd(): void {
    this.#reader.endInput();
  }

  refusal(frame: FrameDecoder): string | null {
    const opCode = (frame.proto & OP_CODE_BITS) as OpCode;
    if (opCode <= OpCode.Signal) {
      const credit = this.#credit;
      if (this.state === ChannelState.ready) {
        // What nearly every frame is.
        if (credit === null || (frame.headersLength === 0 && credit.incoming.allowsOne)) return null;
      }
      if (credit !== null) return this.#refusalOnCredit(opCode, frame, credit);
    }
    if (peerSaidBye(this.state) && opCode !== OpCode.ByeResponse)
      return `${opCodeName(opCode)} behind a ByeRequest`;
    return this.refusalInHandshake(opCode, frame);
  }

  #refusalOnCredit(opCode: OpCode, frame: FrameDecoder, credit: ChannelCredit): string | null {
    const toll = tollOfFrame(frame);
    if (peerSaidBye(this.state) && toll !== Toll.credit) return `${opCodeName(opCode)} behind a ByeRequest`;
    return credit.refusal(frame, toll);
  }

  /** The rule of the handshake that a frame breaks; null for a legal one. */
  protected abstract refusalInHandshake(opCode: OpCode, frame: FrameDecoder): string | null;

  receive(message: EngineMessage): void {
    const opCode = message.opCode;
    if (opCode > OpCode.Signal) this.#receiveConversation(opCode, message);
    else this.deliver(message);
  }

  #receiveConversation(opCode: OpCode, message: EngineMessage): void {
    if (typeOf(opCode) === MessageType.hello) {
      this.helloReceived(message);
      this.#agreeOnCredit(message, false);
      this.tellOpened();
    } else if (opCode === OpCode.ByeRequest) this.transition(ChannelEvent.byeArrived);
    this.deliver(message);
    if (opCode === OpCode.ByeResponse) this.#endByAnswer();
  }

  /** A HelloRequest or HelloResponse has come, and is about to be delivered. */
  protected abstract helloReceived(message: EngineMessage): void;

  /** Tells whoever watches that the connection stands. */
  protected abstract tellOpened(): void;

  readerOnWait(): void {
    this.follower?.starved();
    relieveAgain(this, this.#reader);
  }

  readerOnBlind(blind: boolean): void {
    this.timer.setPaused(blind);
    this.follower?.blind(blind);
  }

  readerOnOverflow(request: EngineMessage, isLast: boolean): void {
    this.follower?.overflowed(request, isLast);
  }

  isTurnedAway(idHigh: number, idLow: number, isLast: boolean): boolean {
    return this.follower?.isRefused(idHigh, idLow, isLast) === true;
  }

  readerOnLastGrant(): void {
    // What waits for one may hold the slots that the reader needs to come to its end.
    if (this.outbox.queue.isHeld) this.follower?.linkLost();
  }

  /** A Peer turns requests away. */
  get mayTurnAway(): boolean {
    return this.follower !== null && this.outbox.mayTurnAway;
  }

  tellPoolEmpty(spell: number): void {
    this.group.poolEmpty(spell);
  }

  readerOnStall(isFirst: boolean): void {
    if (isFirst) warnOfStall(this, this.#reader.slotsHeld, 'not been read');
    relieve(this, this.#reader);
  }

  // --- credit ---------------------------------------------------------------------------------------------------

  /** A hello may offer credit: it is given and taken once both have (design section 6). */
  #agreeOnCredit(hello: EngineMessage, isOurs: boolean): void {
    const window = hello.headersByteLength() === 0 ? NaN : windowOf(hello.textHeaders);
    if (hello.opCode === OpCode.HelloResponse) {
      if (this.#credit?.answered(window) === false) this.#setCredit(null);
    } else if (!Number.isNaN(window)) {
      this.#setCredit(new ChannelCredit(this.context, this, this.outbox, window, isOurs));
      // The HelloRequest itself holds a slot, and costs nothing.
      if (!isOurs) this.#credit?.receivedFree();
    }
  }

  #setCredit(credit: ChannelCredit | null): void {
    this.#credit = credit;
    this.#reader.credit = credit;
  }

  get mayGrant(): boolean {
    return this.outbox.stands && !isOver(this.state) && !weAnswered(this.state);
  }

  outOfCredit(): boolean {
    if (this.follower?.starved() === true) return true;
    return this.context.pool.idleWindows.areInTheWay(this.number);
  }

  creditStalled(isFirst: boolean): boolean {
    // Where it waits for slots the reader tells; behind a goodbye nothing is waited for.
    if (this.#reader.isPaused || peerSaidBye(this.state) || isOver(this.state)) return false;
    if (isFirst) warnOfStall(this, this.#reader.slotsHeld, 'had no credit');
    return this.context.pool.idleWindows.areAllOf(this.number, this.#reader.slotsHeld);
  }

  /** Somebody waits for the rest of a request, which may stand behind what we hold. */
  partsAwaited(): void {
    this.#credit?.lookSoon();
  }

  creditPaid(): void {
    this.timer.progress();
  }

  // --- the end --------------------------------------------------------------------------------------------------

  override abort(): void {
    this.#break(Status.channelClosed);
  }

  readerOnFault(rule: string): void {
    if (events.frameRejected.isWatched) {
      const { context, number, link } = this;
      events.frameRejected.tell({ engine: context.face, channelNumber: number, rule, remote: link?.remote });
    }
    this.readerOnTimeout();
  }

  readerOnTimeout(): void {
    this.#fault ??= Status.recvFailed;
    this.#break(Status.recvFailed);
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
    if (!this.outbox.stands) this.dialFailed(end);
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
    const farewell = this.state === ChannelState.connecting ? Status.notAllowed : Status.success;
    if (!this.transition(ChannelEvent.answerArrived)) return;
    this.#farewell = farewell;
    this.#endStatus ??= Status.peerDisconnected;
    this.#reader.close();
    this.outbox.flush();
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
    this.#credit?.close();
    if (this.#fault !== null && this.number !== 0) this.deliver(faultSignal(this, this.#fault));
    const failure = this.helloFailure();
    if (failure !== null) this.deliver(failure);
    const status = this.#endStatus ?? Status.channelClosed;
    const unsent: EngineMessage[] = [];
    this.outbox.close(frame => {
      if ((frame.proto & OP_CODE_BITS) === OpCode.HelloRequest || this.#isGrant(frame)) return;
      unsent.push(returned(this, frame, status));
    });
    this.conclude(this.#fault ?? failure?.status ?? this.#howEnded(status), unsent);
  }

  /** For whoever watches a goodbye is no loss of the peer. */
  #howEnded(status: Status): Status {
    if (status !== Status.peerDisconnected) return status;
    return this.#farewell ?? (weAnswered(this.stateBeforeEnd) ? Status.success : status);
  }

  /** Grants are the engine's own business. */
  #isGrant(frame: FrameDecoder): boolean {
    return (
      this.#credit !== null && (frame.proto & OUT_OF_BAND_BIT) !== 0 && tollOfFrame(frame) === Toll.credit
    );
  }
}
