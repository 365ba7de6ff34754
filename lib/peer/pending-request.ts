import type { Observable, Subscriber, Unsubscribable } from 'rxjs';
import { isObservable } from 'rxjs';
import type { RequestStartEvent } from '../engine/diagnostics.js';
import type { EngineMessage } from '../message/engine-message.js';
import type { Message } from '../message/message.js';
import { OpCode } from '../message/op-code.js';
import {
  appendHeaders,
  assertPayload,
  fill,
  type HeadersInit,
  isPlain,
  type Payload,
} from '../message/payload.js';
import { MORE_BIT } from '../message/proto-byte.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { reportUnhandled } from '../rx/report-unhandled.js';
import { OutboundStream, type StreamOwner } from './outbound-stream.js';
import type { PeerContext } from './peer-context.js';
import { CANCELLED, COMPLETED, type Ending, tellEnd } from './request-events.js';
import { assertNoReserved, reservedHeader, RX_END, RX_ERROR } from './rx-headers.js';

/** How a request is sent. */
export interface RequestOptions {
  /** Headers for its first frame; names that begin with `rx-` are refused with `not_allowed`. */
  headers?: HeadersInit;
  /** Its id, set by hand; one that is in use errors with `invalid_message_id`. @default one of the Peer's own */
  messageId?: bigint | number;
  /** How long it may go without a frame of its reply, in ms; 0 and Infinity for ever. @default 30000 */
  timeout?: number;
  /** `all` also emits the Signals that come with its id (progress). @default responses */
  observe?: 'responses' | 'all';
  /** Gives the request up; it errors with the signal's reason. */
  signal?: AbortSignal;
}

/** What a request sends: one payload, or a stream of them. */
export type Upload = Payload | Observable<Payload> | AsyncIterable<Payload>;

/** How long a request may go without a frame of its reply, in ms, unless it says otherwise. */
export const DEFAULT_TIMEOUT_MS = 30_000;

/** Who keeps the requests under way, and their time. */
export interface RequestKeeper {
  /** Its last frame was accepted: its time runs from when that frame leaves. */
  lastFrameAccepted(pending: PendingRequest): void;
  /** Its time begins anew. */
  restartTime(pending: PendingRequest): void;
  /** It was taken back before it left. */
  takenBack(pending: PendingRequest): void;
  /** It is over. */
  remove(pending: PendingRequest): void;
}

/** One request under way; unsubscribing from it is its teardown. */
export class PendingRequest implements Unsubscribable, StreamOwner {
  idHigh = 0;
  idLow = 0;
  readonly timeoutMs: number;
  /** When its time began, by the keeper's clock; -1 while it has not. */
  since = -1;
  /** The bytes that will have left with its last frame. */
  mark = 0;
  isOver = false;
  /** The event of its start, where somebody wanted to know. */
  told: RequestStartEvent | null = null;
  readonly #context: PeerContext;
  readonly #keeper: RequestKeeper;
  readonly #subscriber: Subscriber<Message>;
  readonly #observesAll: boolean;
  #upload: OutboundStream | null = null;
  /** What of it the peer may know of: nothing yet, some, or all of its frames. */
  #accepted: 'nothing' | 'some' | 'all' = 'nothing';
  /** How many frames were accepted. */
  #frames = 0;
  /** The last frame of its reply has come. */
  #isAnswered = false;
  #stopFollowing: (() => void) | null = null;

  constructor(
    context: PeerContext,
    keeper: RequestKeeper,
    subscriber: Subscriber<Message>,
    options: RequestOptions,
  ) {
    this.#context = context;
    this.#keeper = keeper;
    this.#subscriber = subscriber;
    this.#observesAll = options.observe === 'all';
    const timeout = options.timeout ?? DEFAULT_TIMEOUT_MS;
    this.timeoutMs = timeout === 0 ? Infinity : timeout;
  }

  /** Gives it up when the signal says so. */
  follow(signal: AbortSignal): void {
    const giveUp = (): void => {
      this.cancel();
      this.fail(signal.reason);
    };
    if (signal.aborted) {
      giveUp();
      return;
    }
    signal.addEventListener('abort', giveUp, { once: true });
    this.#stopFollowing = () => {
      signal.removeEventListener('abort', giveUp);
    };
  }

  send(upload: Upload, headers: HeadersInit | undefined): void {
    if (!isPlain(upload) && isStream(upload)) {
      this.#sendStream(upload, headers);
      return;
    }
    try {
      this.#post(upload, headers);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.frameSent(true);
  }

  #post(payload: Payload, headers: HeadersInit | undefined): void {
    if (headers === undefined && isPlain(payload)) {
      this.#context.postPlain(OpCode.Request, this.idHigh, this.idLow, payload);
      return;
    }
    assertPayload(payload);
    const message = this.#context.message(OpCode.Request, this.idHigh, this.idLow);
    if (headers !== undefined) appendHeaders(message, headers);
    fill(message, payload);
    assertNoReserved(message);
    this.#context.post(message);
  }

  take(message: EngineMessage): void {
    const isLast = (message.proto & MORE_BIT) === 0;
    if (!isLast) {
      if (this.since >= 0) this.#keeper.restartTime(this);
      this.#subscriber.next(message);
      return;
    }
    // Before it is shown: whoever leaves on seeing it has nothing to cancel any more.
    this.#answered();
    if (message.headersByteLength() > 0) {
      const failure = reservedHeader(message, RX_ERROR);
      if (failure !== undefined) {
        this.fail(new TofuError(Status.processingFailed, failure));
        return;
      }
      if (reservedHeader(message, RX_END) !== undefined && message.bodyByteLength() === 0) {
        this.#complete();
        return;
      }
    }
    this.#subscriber.next(message);
    this.#complete();
  }

  takeSignal(message: EngineMessage): boolean {
    if (this.since >= 0) this.#keeper.restartTime(this);
    if (!this.#observesAll) return false;
    this.#subscriber.next(message);
    return true;
  }

  /** The subscriber has left, or the request has ended: then there is nothing left to do. */
  unsubscribe(): void {
    this.cancel();
    this.#end(this.#isAnswered ? COMPLETED : CANCELLED);
  }

  /** Takes the request back if it has not left, and else tells the peer that nobody wants its reply. */
  cancel(): void {
    if (this.isOver || this.#isAnswered) return;
    this.#upload?.unsubscribe();
    if (this.#accepted === 'nothing') return;
    const wasWhole = this.#accepted === 'all' && this.#upload === null;
    if (wasWhole && this.#context.channel.outbox.takeUnsent(OpCode.Request, this.idHigh, this.idLow)) {
      this.#keeper.takenBack(this);
      return;
    }
    this.#sendCancel();
  }

  #sendCancel(): void {
    // What waits for credit must not come behind the cancel, which goes ahead of it: it would begin another request.
    this.#frames -= this.#context.channel.outbox.dropHeld(OpCode.Request, this.idHigh, this.idLow);
    if (this.#frames > 0) this.#context.sendCancel(this.idHigh, this.idLow);
  }

  fail(error: unknown): void {
    if (this.isOver) return;
    this.#end({ outcome: 'failed', error });
    try {
      this.#subscriber.error(error);
    } catch (thrown) {
      // Other requests may be waiting to fail with the same.
      reportUnhandled(thrown);
    }
  }

  /** No frame has come for `timeout`. */
  expire(): void {
    this.cancel();
    this.fail(
      new TofuError(
        Status.communicationFailed,
        `no reply to the request within ${String(this.timeoutMs)} ms`,
      ),
    );
  }

  // --- the upload -------------------------------------------------------------------------------------------------

  frameSent(isLast: boolean): void {
    this.#frames++;
    this.#accepted = isLast ? 'all' : 'some';
    if (isLast) this.#keeper.lastFrameAccepted(this);
  }

  sourceFailed(error: unknown): void {
    this.cancel();
    this.fail(error);
  }

  outrun(error: TofuError): void {
    this.cancel();
    this.fail(error);
  }

  #sendStream(source: Observable<Payload> | AsyncIterable<Payload>, headers: HeadersInit | undefined): void {
    const decorate =
      headers === undefined
        ? null
        : (message: EngineMessage): void => {
            appendHeaders(message, headers);
          };
    this.#upload = new OutboundStream(this.#context, OpCode.Request, this.idHigh, this.idLow, this, decorate);
    this.#upload.start(source);
  }

  /** Nobody reads the rest of an upload any more. */
  #answered(): void {
    this.#isAnswered = true;
    if (this.#upload === null || this.#accepted === 'all') return;
    this.#upload.unsubscribe();
    if (this.#accepted === 'some') this.#sendCancel();
  }

  #complete(): void {
    if (this.isOver) return;
    this.#end(COMPLETED);
    this.#subscriber.complete();
  }

  #end(ending: Ending): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#upload?.unsubscribe();
    this.#stopFollowing?.();
    this.#keeper.remove(this);
    tellEnd(this.#context, 'out', this, ending);
  }
}

function isStream(upload: Upload): upload is Observable<Payload> | AsyncIterable<Payload> {
  if (typeof upload !== 'object' || (upload as unknown) === null) return false;
  return isObservable(upload) || Symbol.asyncIterator in upload;
}
