import type { EngineMessage } from '../message/engine-message.js';
import { MessageType, OpCode, opCodeName, typeOf } from '../message/op-code.js';
import { OP_CODE_BITS } from '../message/proto-byte.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { LinkReceiver } from '../transport/transport.js';
import type { FrameDecoder } from '../wire/decoder.js';
import { Channel } from './channel.js';
import { ChannelEvent, ChannelState, peerSaidBye, weAnswered, weSaidBye } from './channel-state.js';
import type { EngineContext } from './context.js';
import type { ChannelCredit } from './channel-credit.js';
import { ChannelEnd } from './channel-end.js';
import type { ChannelFollower } from './channel-follower.js';
import { creditBehind } from './credit-agreement.js';
import { Toll } from './credit-headers.js';
import { events } from './diagnostics.js';
import type { Delivery } from './open-channel.js';
import { FrameReader } from './frame-reader.js';
import type { FrameTaker } from './frame-taker.js';
import { Outbox, type OutboxOwner } from './outbox.js';
import { PhaseTimer } from './phase-timer.js';
import { relieve, relieveAgain } from './stall-relief.js';
import { warnOfStall } from './stall-warning.js';

/**
 * One connection: what goes out waits in an Outbox, what comes in is read by a FrameReader, and the state machine says what may be
 * said. `ClientChannel` and `ServerChannel` know how it begins, a ChannelEnd how it ends.
 */
export abstract class IoChannel extends Channel implements LinkReceiver, FrameTaker, OutboxOwner {
  /** What was accepted and has not left. */
  readonly outbox: Outbox;
  /** What comes, and what of it waits. */
  readonly reader: FrameReader;
  /** The one time-out of what the channel is about. */
  readonly timer: PhaseTimer;
  readonly #end: ChannelEnd;
  #credit: ChannelCredit | null;
  #awaitsAnswers = false;

  protected constructor(context: EngineContext, group: Delivery, state: ChannelState, stands: boolean) {
    super(context, group, state);
    this.outbox = new Outbox(context, this, stands);
    this.#credit = null;
    this.reader = new FrameReader(context, this, paused => {
      if (paused) this.outbox.link?.pause();
      else this.outbox.link?.resume();
    });
    this.timer = new PhaseTimer(context.deadlines);
    this.#end = new ChannelEnd(this);
  }

  /** A Peer that follows what leaves and whether the channel is read. */
  follower: ChannelFollower | null = null;

  /** How often bytes have come. */
  arrivals = 0;

  /** Whether what the peer sends next has to wait until slots come back: it gets none, or there is no credit for it. */
  get isWithheld(): boolean {
    return this.reader.isPaused || this.#credit?.incoming.isExhausted === true;
  }

  /** Whether the peer has said bye, also where nobody was told yet: it has nothing more to say then. */
  get isMute(): boolean {
    return this.reader.overdraft.hasParkedBye || peerSaidBye(this.state);
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
    this.reader.lookAgain();
  }

  get awaitsCredit(): boolean {
    return this.outbox.queue.isHeld;
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
    else if (this.#credit.push(message)) this.reader.lookAgain();
    // First, for whoever posts within may use the message again.
    if (opCode === OpCode.Response) this.follower?.responded(message);
    this.outbox.pushed();
  }

  linkOnOpen(): void {
    this.outbox.stands = true;
    if (weAnswered(this.state) || weSaidBye(this.state)) this.#end.watchBye();
    else this.timer.clear();
    this.outbox.handOver();
  }

  linkOnDrain(): void {
    this.outbox.drained();
    this.timer.progress();
    this.outbox.handOver();
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
    if (typeOf(opCode) === MessageType.hello) this.#setCredit(creditBehind(message, true, this));
    if (opCode === OpCode.HelloResponse) this.helloAnswerPosted();
    if (typeOf(opCode) !== MessageType.bye) return;
    this.transition(opCode === OpCode.ByeRequest ? ChannelEvent.byePosted : ChannelEvent.answerPosted);
    if (this.outbox.stands) this.#end.watchBye();
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
    this.reader.feed(chunk);
  }

  linkOnEnd(): void {
    this.reader.endInput();
  }

  refusal(frame: FrameDecoder, toll: Toll): string | null {
    const opCode = (frame.proto & OP_CODE_BITS) as OpCode;
    if (opCode <= OpCode.Signal) {
      const credit = this.#credit;
      if (this.state === ChannelState.ready) {
        // What nearly every frame is.
        if (credit === null || (frame.headersLength === 0 && credit.incoming.allowsOne)) return null;
      }
      if (credit !== null) return this.#refusalOnCredit(opCode, frame, toll, credit);
    }
    if (peerSaidBye(this.state) && opCode !== OpCode.ByeResponse)
      return `${opCodeName(opCode)} behind a ByeRequest`;
    return this.refusalInHandshake(opCode, frame);
  }

  #refusalOnCredit(opCode: OpCode, frame: FrameDecoder, toll: Toll, credit: ChannelCredit): string | null {
    if (peerSaidBye(this.state) && toll !== Toll.credit) return `${opCodeName(opCode)} behind a ByeRequest`;
    return credit.refusal(frame, toll);
  }

  #setCredit(credit: ChannelCredit | null): void {
    this.#credit = credit;
    this.reader.intake.credit = credit;
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
      this.#setCredit(creditBehind(message, false, this));
      this.tellOpened();
    } else if (opCode === OpCode.ByeRequest) this.transition(ChannelEvent.byeArrived);
    this.deliver(message);
    if (opCode === OpCode.ByeResponse) this.#end.answered();
  }

  /** A HelloRequest or HelloResponse has come, and is about to be delivered. */
  protected abstract helloReceived(message: EngineMessage): void;

  /** Tells whoever watches that the connection stands. */
  protected abstract tellOpened(): void;

  readerOnWait(): void {
    this.follower?.starved();
    relieveAgain(this, this.reader);
  }

  readerOnBlind(blind: boolean): void {
    this.timer.setPaused(blind);
    this.follower?.blind(blind);
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
    if (isFirst) warnOfStall(this, this.reader.slotsHeld, 'not been read');
    relieve(this, this.reader);
  }

  // --- the end --------------------------------------------------------------------------------------------------

  override abort(): void {
    this.#end.breakOff(Status.channelClosed);
  }

  readerOnFault(rule: string): void {
    if (events.frameRejected.isWatched) {
      const { context, number, outbox } = this;
      const remote = outbox.link?.remote;
      events.frameRejected.tell({ engine: context.face, channelNumber: number, rule, remote });
    }
    this.#end.receivingFailed();
  }

  readerOnTimeout(): void {
    this.#end.receivingFailed();
  }

  readerOnEnd(): void {
    this.#end.inputDelivered();
  }

  linkOnClose(end: Status): void {
    this.#end.linkClosed(end);
  }

  abstract dialFailed(end: Status): void;

  abstract helloFailure(): EngineMessage | null;
}
