import type { Subscription } from 'rxjs';
import type { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { MORE_BIT } from '../message/proto-byte.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { NO_HOLD } from '../pool/hold.js';
import { redispatch } from '../pool/redispatch.js';
import { Fifo } from '../rx/fifo.js';
import type { WindowOwner } from '../rx/message-window.js';
import { IdleRequests } from './idle-requests.js';
import { LeavingReplies } from './leaving-replies.js';
import type { PeerContext } from './peer-context.js';
import type { Numbered } from './request-slab.js';
import { RequestTable } from './request-table.js';
import { RequestWindow } from './request-window.js';
import { errorLine, reservedHeader, RX_END, RX_ERROR } from './rx-headers.js';

/** Who reads the peer's requests: a handler, or the subscriber of requests$. */
export interface RequestReader {
  /** How many it takes at once. */
  readonly concurrency: number;
  /** Takes a request. It calls `responder.finished` when it is through. */
  take(request: RequestWindow): void;
}

/**
 * The peer's requests on one channel: opens a window for each, hands it to the one reader there may be, and counts it until its last Response
 * has left.
 *
 * The brake: a request's first message keeps its slot until the first frame of its reply has left, its handler has ended, or it was
 * released; so slow handlers stall the sender. Requests start only while the channel takes bytes.
 */
export class Responder implements WindowOwner {
  readonly #context: PeerContext;
  #reader: RequestReader | null = null;
  /** Requests that no reader has, oldest first; each holds its slot. */
  #waiting: RequestWindow[] = [];
  readonly #table: RequestTable;
  readonly #idle: IdleRequests;
  readonly #leaving: LeavingReplies;
  /** Replies that wait until the channel takes them. */
  readonly #delayed = new Fifo<() => void>();
  /** How many count toward maxRequests. */
  #count = 0;
  /** How many handlers run. */
  #active = 0;
  /** How many subscribers of requests$ have, and have not answered. */
  #handedOut = 0;
  #starting = false;
  #closing: 'open' | 'closing' | 'deaf' = 'open';
  readonly #onIdle: () => void;

  /** @param onIdle called whenever the last handler has ended */
  constructor(context: PeerContext, onIdle: () => void) {
    this.#context = context;
    this.#onIdle = onIdle;
    this.#leaving = new LeavingReplies(context.channel);
    this.#table = new RequestTable(context.engine.options.maxRequests);
    const isStarved = (): boolean => this.#table.starved().next().done !== true;
    this.#idle = new IdleRequests(context.engine.pool.idleWindows, isStarved);
  }

  /** Whether somebody reads requests. */
  get hasReader(): boolean {
    return this.#reader !== null;
  }

  /** Whether no handler runs. */
  get isIdle(): boolean {
    return this.#active === 0;
  }

  /** Gives requests to `reader`, beginning with those that wait, for as long as `life` lasts. */
  attach(reader: RequestReader, life: Subscription): void {
    if (this.#reader !== null) {
      throw new TofuError(
        Status.notAllowed,
        `requests of channel ${String(this.#context.channel.number)} have a reader: respond, serve and requests$ exclude each other`,
      );
    }
    this.#reader = reader;
    // Wired before the first request is handed over: a reader may leave within it.
    life.add(() => {
      if (this.#reader === reader) this.#reader = null;
    });
    this.startWaiting();
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
    this.#waiting = this.#waiting.filter(other => other !== request);
    this.#end(request, new TofuError(Status.communicationFailed, 'the request was cancelled by its sender'));
    return true;
  }

  /** New requests are answered with rx-error: closing, and so are those that nobody has begun. */
  beginClosing(): void {
    if (this.#closing === 'open') this.#closing = 'closing';
    const error = new TofuError(Status.channelClosed, 'the channel is being closed');
    for (const request of this.#waiting.splice(0)) this.#turnAway(request, 'closing', error);
  }

  /** What still comes is dropped: our ByeRequest has said so. */
  becomeDeaf(): void {
    this.#closing = 'deaf';
  }

  /** The channel has closed: windows end with that, handlers are let go. */
  closed(error: TofuError): void {
    this.#closing = 'deaf';
    this.#waiting = [];
    this.#delayed.takeAll();
    for (const request of new Set([...this.#table.all(), ...this.#leaving.takeAll()]))
      this.#end(request, error);
  }

  // --- what readers tell -------------------------------------------------------------------------------------------

  /** A frame of the reply was accepted: when it has left, the brake ends, and behind the last the request is done. */
  replied(request: RequestWindow, isLast: boolean): void {
    if (!isLast && (request.brake === null || request.isLeaving)) return;
    if (!this.#context.channel.takesBytes) {
      this.#leaving.add(request, isLast);
      return;
    }
    request.releaseBrake();
    if (isLast) this.#done(request);
  }

  /** The channel does not take the reply now: `answer` is called when it may, unless the request is over before. */
  answerLater(request: RequestWindow, answer: () => void): void {
    request.keepBrake();
    let isWanted = true;
    request.work = {
      unsubscribe: () => {
        isWanted = false;
      },
    };
    this.#delayed.push(() => {
      if (isWanted) answer();
    });
  }

  /** Answers a request with an error, and is through with it. */
  refuse(request: RequestWindow, text: string): void {
    this.#context.postIfOpen(this.#refusal(request, text));
    this.replied(request, true);
  }

  #refusal({ idHigh, idLow }: Numbered, text: string): EngineMessage {
    const message = this.#context.message(OpCode.Response, idHigh, idLow);
    message.textHeaders.append(RX_ERROR, errorLine(text));
    return message;
  }

  /** The reader is through with a request: the next one may begin. */
  finished(request: RequestWindow): void {
    if (!request.isStarted) return;
    request.isStarted = false;
    request.work = null;
    this.#active--;
    this.#idle.remove(request);
    request.abandon();
    if (!request.isLeaving) request.releaseBrake();
    this.startWaiting();
    if (this.#active === 0) this.#onIdle();
  }

  /** The reader has it, and nobody will say when it is through with it: it is answered by hand. */
  handedOut(request: RequestWindow): void {
    request.handOut();
    this.#active--;
    this.#handedOut++;
    if (!request.isRead) this.#watchUnread(request);
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
    for (let left = this.#delayed.length; left > 0 && this.#context.channel.isWritable; left--) {
      this.#delayed.shift()?.();
    }
    if (this.#waiting.length > 0) this.startWaiting();
  }

  /**
   * The channel is not read any more, or the peer out of credit. A request whose handler has had all that came, and waits for more, must not hold
   * the slot that the next frame needs: what brakes an upload is its reader. Whether there is one.
   */
  starved(): boolean {
    let isAny = false;
    for (const upload of this.#table.starved()) {
      isAny = true;
      upload.releaseBrake();
    }
    return isAny;
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
    channel.partsAwaited();
  }

  windowLeft(): void {
    // Its further messages are dropped; the id stays taken until the last.
  }

  windowReleased(window: RequestWindow): void {
    window.releaseForGood();
  }

  /** Hands over what waits, while the reader takes more and the channel takes bytes. */
  startWaiting(): void {
    if (this.#starting) return;
    this.#starting = true;
    while (this.#mayStart() && this.#waiting.length > 0)
      this.#startLater(this.#waiting.shift() as RequestWindow);
    this.#starting = false;
  }

  #mayStart(): boolean {
    return (
      this.#reader !== null && this.#active < this.#reader.concurrency && this.#context.channel.isWritable
    );
  }

  #begin(message: EngineMessage, isLast: boolean): void {
    const request = new RequestWindow(message, this);
    request.isReceived = isLast;
    this.#count++;
    this.#context.engine.counters.requests++;
    const refusal = this.#reasonToRefuse();
    if (refusal !== null) {
      if (!isLast) this.#table.refuse(request);
      request.abandon();
      this.refuse(request, refusal);
      return;
    }
    this.#table.add(request);
    request.open();
    if (isLast) request.complete();
    if (this.#waiting.length === 0 && this.#mayStart()) this.#start(request);
    else this.#wait(request);
    request.settle();
  }

  #reasonToRefuse(): string | null {
    if (this.#closing === 'closing') return 'closing';
    return this.#count > this.#context.engine.options.maxRequests || this.#table.isFull ? 'busy' : null;
  }

  #wait(request: RequestWindow): void {
    request.keepBrake();
    this.#waiting.push(request);
    this.#idle.addWaiting(request, () => {
      this.#waiting = this.#waiting.filter(other => other !== request);
      this.#turnAway(request, 'busy', heldEverySlot());
    });
  }

  /** Whoever has it holds slots by not reading it. */
  #watchUnread(request: RequestWindow): void {
    this.#idle.addUnread(request, () => {
      request.giveUp(heldEverySlot());
      request.releaseBrake();
    });
  }

  #start(request: RequestWindow): void {
    this.#active++;
    request.isStarted = true;
    this.#reader?.take(request);
  }

  /** The dispatch of its first message is over, but not its slot: the handler may hold on to it. */
  #startLater(request: RequestWindow): void {
    this.#idle.remove(request);
    redispatch(request.first as EngineMessage, NO_HOLD, () => {
      this.#start(request);
    });
    if (this.#context.channel.isWithheld && this.starved()) this.#context.channel.partsAwaited();
  }

  #continue(request: RequestWindow, message: EngineMessage, isLast: boolean): void {
    const endsOnly =
      isLast && message.bodyByteLength() === 0 && reservedHeader(message, RX_END) !== undefined;
    if (!endsOnly) {
      request.push(message);
      if (!request.isRead && request.isStarted) this.#watchUnread(request);
    }
    if (!isLast) return;
    this.#table.received(request);
    request.complete();
    if (request.isDone) this.#table.forget(request);
  }

  /** Nobody has begun it, and nobody will. */
  #turnAway(request: RequestWindow, text: string, error: TofuError): void {
    this.#idle.remove(request);
    this.refuse(request, text);
    request.giveUp(error);
  }

  /** It is over, whoever has it. */
  #end(request: RequestWindow, error: TofuError): void {
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
    this.finished(request);
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
  }
}

function heldEverySlot(): TofuError {
  return new TofuError(
    Status.poolEmpty,
    'requests that nobody read held every slot: the youngest was given up',
  );
}
