import type { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { MORE_BIT } from '../message/proto-byte.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { WindowOwner } from '../rx/message-window.js';
import { DelayedReplies } from './delayed-replies.js';
import { IdleRequests } from './idle-requests.js';
import { LeavingReplies } from './leaving-replies.js';
import type { PeerContext } from './peer-context.js';
import { CANCELLED, COMPLETED, tellEnd, tellStart } from './request-events.js';
import type { Numbered } from './request-slab.js';
import { RequestTable } from './request-table.js';
import { RequestTurns } from './request-turns.js';
import { RequestWindow } from './request-window.js';
import { errorLine, reservedHeader, RX_END, RX_ERROR } from './rx-headers.js';

/**
 * The peer's requests on one channel: opens a window for each, hands it to the one reader there may be, and counts it until its last Response
 * has left.
 *
 * The brake: a request's first message keeps its slot until the first frame of its reply has left, its handler has ended, or it was
 * released; so slow handlers stall the sender. Requests start only while the channel takes bytes.
 */
export class Responder implements WindowOwner {
  /** Who reads them, and when. */
  readonly turns: RequestTurns;
  readonly #context: PeerContext;
  readonly #table: RequestTable;
  readonly #idle: IdleRequests;
  readonly #leaving: LeavingReplies;
  readonly #delayed: DelayedReplies;
  /** How many count toward maxRequests. */
  #count = 0;
  /** How many subscribers of requests$ have, and have not answered. */
  #handedOut = 0;
  #closing: 'open' | 'closing' | 'deaf' = 'open';

  /** @param onIdle called whenever the last handler has ended */
  constructor(context: PeerContext, onIdle: () => void) {
    this.#context = context;
    this.#leaving = new LeavingReplies(context.channel);
    this.#delayed = new DelayedReplies(context.channel);
    this.#table = new RequestTable(context.engine.options.maxRequests);
    this.#idle = new IdleRequests(context.engine.pool.idleWindows, this.#table);
    this.turns = new RequestTurns(context, this.#table, this.#idle, {
      gaveUp: (request, error) => {
        this.#turnAway(request, 'busy', error);
      },
      allFinished: onIdle,
    });
  }

  /** Whether no handler runs. */
  get isIdle(): boolean {
    return this.turns.isIdle;
  }

  /** A Request frame has come. */
  take(message: EngineMessage): void {
    if (this.#closing === 'deaf') return;
    const isLast = (message.proto & MORE_BIT) === 0;
    const open = this.#table.get(message.idHigh, message.idLow);
    if (open !== undefined && !open.isReceived) this.#continue(open, message, isLast);
    else if (!this.#table.isRefused(message, isLast)) this.#begin(message, isLast);
  }

  /** rx-cancel has come; false when nobody knows the id. Its sender sends no more of the stream, so the id is free. */
  cancel(idHigh: number, idLow: number): boolean {
    if (this.#table.forgetRefused(idHigh, idLow)) return true;
    const request = this.#table.get(idHigh, idLow);
    if (request === undefined) return false;
    this.turns.remove(request);
    request.ending = CANCELLED;
    this.#end(request, new TofuError(Status.communicationFailed, 'the request was cancelled by its sender'));
    return true;
  }

  /** New requests are answered with rx-error: closing, and so are those that nobody has begun. */
  beginClosing(): void {
    if (this.#closing === 'open') this.#closing = 'closing';
    const error = new TofuError(Status.channelClosed, 'the channel is being closed');
    for (const request of this.turns.takeWaiting()) this.#turnAway(request, 'closing', error);
  }

  /** What still comes is dropped: our ByeRequest has said so. */
  becomeDeaf(): void {
    this.#closing = 'deaf';
  }

  /** The channel has closed: windows end with that, handlers are let go. */
  closed(error: TofuError): void {
    this.#closing = 'deaf';
    this.turns.takeWaiting();
    this.#delayed.clear();
    for (const request of new Set([...this.#table.all(), ...this.#leaving.takeAll()]))
      this.#end(request, error);
  }

  // --- what readers tell -------------------------------------------------------------------------------------------

  /** A frame of the reply was accepted: when it has left, the brake ends, and behind the last the request is done. */
  replied(request: RequestWindow, isLast: boolean): void {
    if (!isLast && (request.brake === null || request.isLeaving)) return;
    if (!this.#context.channel.outbox.takesBytes) {
      this.#leaving.add(request, isLast);
      return;
    }
    request.releaseBrake();
    if (isLast) this.#done(request);
  }

  /** The channel does not take the reply now: `answer` is called when it may, unless the request is over before. */
  answerLater(request: RequestWindow, answer: () => void): void {
    this.#delayed.add(request, answer);
  }

  /** Answers a request with an error, and is through with it. */
  refuse(request: RequestWindow, text: string, error: unknown): void {
    request.ending = { outcome: 'failed', error };
    this.#context.postIfOpen(this.#refusal(request, text));
    this.replied(request, true);
  }

  #refusal({ idHigh, idLow }: Numbered, text: string): EngineMessage {
    const message = this.#context.message(OpCode.Response, idHigh, idLow);
    message.textHeaders.append(RX_ERROR, errorLine(text));
    return message;
  }

  /** The reader has it, and nobody will say when it is through with it: it is answered by hand. */
  handedOut(request: RequestWindow): void {
    this.turns.handedOut(request);
    this.#handedOut++;
    if (!request.isRead) this.#idle.addUnread(request);
  }

  /** A Response was accepted, whoever posted it. */
  responded({ idHigh, idLow, proto }: EngineMessage): void {
    if (this.#handedOut === 0) return;
    const request = this.#table.get(idHigh, idLow);
    if (request?.isHandedOut !== true || request.isDone) return;
    // Its reply may brake it again, until it has left.
    request.releaseKept();
    request.releaseBrake();
    this.replied(request, (proto & MORE_BIT) === 0);
  }

  handedOver(): void {
    for (const request of this.#leaving.takeLeft()) this.#done(request);
    this.#delayed.retry();
    this.turns.startWaiting();
  }

  /**
   * The channel is not read any more, or the peer out of credit. A request whose handler has had all that came, and waits for more, must not hold
   * the slot that the next frame needs: what brakes an upload is its reader. Whether there is one.
   */
  starved(): boolean {
    return this.#table.releaseStarved();
  }

  /** A Request has come behind more than the channel parks: it is turned away, and with it what came of it before. */
  overflowed(message: EngineMessage, isLast: boolean): void {
    if (this.#closing === 'deaf' || this.#table.isRefused(message, isLast)) return;
    const open = this.#table.get(message.idHigh, message.idLow);
    if (!isLast) this.#table.refuse(message);
    if (open !== undefined && !open.isReceived) {
      this.#end(open, new TofuError(Status.poolEmpty, 'more parts came than the channel parks'));
    }
    this.#context.postIfOpen(this.#refusal(message, 'busy'));
  }

  /** Requests whose further parts may come were refused before there was a Peer. */
  adoptRefused(table: RequestTable): void {
    this.#table.adoptRefused(table);
  }

  /** Whether a part that is read ahead belongs to a request that was refused: then it is taken, and goes nowhere. */
  isRefused(idHigh: number, idLow: number, isLast: boolean): boolean {
    return this.#table.isRefused({ idHigh, idLow }, isLast);
  }

  windowRead(window: RequestWindow): void {
    this.#idle.remove(window);
    const { channel } = this.#context;
    if (!channel.isWithheld || !window.isStarved) return;
    window.releaseBrake();
    channel.credit?.lookSoon();
  }

  windowLeft(): void {
    // Its further messages are dropped; the id stays taken until the last.
  }

  windowReleased(window: RequestWindow): void {
    window.releaseForGood();
  }

  #begin(message: EngineMessage, isLast: boolean): void {
    const request = new RequestWindow(message, this);
    request.isReceived = isLast;
    this.#count++;
    this.#context.engine.counters.requests++;
    request.told = tellStart(this.#context, 'in', request);
    const refusal = this.#reasonToRefuse();
    if (refusal !== null) {
      if (!isLast) this.#table.refuse(request);
      request.abandon();
      this.refuse(request, refusal, REFUSALS[refusal]);
      return;
    }
    this.#table.add(request);
    request.open();
    if (isLast) request.complete();
    this.turns.add(request);
    request.settle();
  }

  #reasonToRefuse(): keyof typeof REFUSALS | null {
    if (this.#closing === 'closing') return 'closing';
    return this.#count > this.#context.engine.options.maxRequests || this.#table.isFull ? 'busy' : null;
  }

  #continue(request: RequestWindow, message: EngineMessage, isLast: boolean): void {
    const endsOnly =
      isLast && message.bodyByteLength() === 0 && reservedHeader(message, RX_END) !== undefined;
    if (!endsOnly) {
      request.push(message);
      if (!request.isRead && request.isStarted) this.#idle.addUnread(request);
    }
    if (!isLast) return;
    this.#table.received(request);
    request.complete();
    if (request.isDone) this.#table.forget(request);
  }

  /** Nobody has begun it, and nobody will. */
  #turnAway(request: RequestWindow, text: string, error: TofuError): void {
    this.#idle.remove(request);
    this.refuse(request, text, error);
    request.giveUp(error);
  }

  /** It is over, whoever has it. */
  #end(request: RequestWindow, error: TofuError): void {
    if (request.ending === COMPLETED) request.ending = { outcome: 'failed', error };
    this.#table.forget(request);
    this.#idle.remove(request);
    request.work?.unsubscribe();
    if (request.isHandedOut) {
      // What has come of it stays for whoever reads it late; its sender has nothing left to be braked.
      request.fail(error);
      request.release();
    } else {
      request.giveUp(error);
    }
    request.releaseBrake();
    this.turns.finished(request);
    this.#done(request);
  }

  /** It counts no more. */
  #done(request: RequestWindow): void {
    if (request.isDone) return;
    request.isDone = true;
    this.#count--;
    this.#context.engine.counters.requests--;
    if (request.isHandedOut) {
      this.#handedOut--;
      this.#idle.remove(request);
    }
    if (request.isReceived) this.#table.forget(request);
    tellEnd(this.#context, 'in', request, request.ending);
  }
}

/** Requests that no handler ever sees. */
const REFUSALS = {
  busy: new TofuError(Status.poolEmpty, 'busy'),
  closing: new TofuError(Status.channelClosed, 'closing'),
};
