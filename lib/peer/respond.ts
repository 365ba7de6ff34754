import { isObservable, type Observable } from 'rxjs';
import { OpCode } from '../message/op-code.js';
import { fill, isPlain, type Payload } from '../message/payload.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { AT_LEAST_ONE, checkedNumber } from '../operators/numeric-option.js';
import { assertFunction } from '../rx/arguments.js';
import type { MessageWindow } from '../rx/message-window.js';
import { OutboundStream, type StreamOwner } from './outbound-stream.js';
import type { PeerContext } from './peer-context.js';
import type { RequestReader, RequestTurns } from './request-turns.js';
import type { RequestWindow } from './request-window.js';
import type { Responder } from './responder.js';
import { assertNoReserved, errorText } from './rx-headers.js';

/** What a handler answers: one payload, now or later, or a stream of them. A string is one value, never its letters. */
export type Reply = Payload | Observable<Payload> | PromiseLike<Payload> | AsyncIterable<Payload>;

/** Answers a request. What it throws becomes the requester's error: the message of a TofuError, and `internal error` of anything else. */
export type RequestHandler = (request: MessageWindow) => Reply;

/** Runs a handler for each request, and sends what it answers. */
export class HandlerReader implements RequestReader {
  readonly concurrency: number;
  readonly #context: PeerContext;
  readonly #responder: Responder;
  readonly #turns: RequestTurns;
  readonly #handler: RequestHandler;

  /** @param concurrency how many handlers may run at once */
  constructor(context: PeerContext, responder: Responder, handler: RequestHandler, concurrency: number) {
    assertFunction('handler', handler);
    this.#context = context;
    this.#responder = responder;
    this.#turns = responder.turns;
    this.#handler = handler;
    this.concurrency = checkedNumber('option concurrency', concurrency, AT_LEAST_ONE);
  }

  take(request: RequestWindow): void {
    try {
      const reply = this.#handler(request);
      if (isPlain(reply)) this.#answer(request, reply);
      else if (isObservable(reply) || isAsyncIterable(reply)) this.#stream(request, reply);
      else if (isPromiseLike(reply)) this.#later(request, reply);
      else this.#answer(request, reply);
    } catch (error) {
      this.#failed(request, error);
    }
  }

  #answer(request: RequestWindow, payload: Payload): void {
    try {
      this.#post(request, payload);
    } catch (error) {
      // One value can wait, as its request's slot does.
      if (isFullQueue(error)) {
        // The handler's bytes may have changed by then.
        const kept = payload instanceof Uint8Array ? Buffer.from(payload) : payload;
        this.#responder.answerLater(request, () => {
          this.#answer(request, kept);
        });
      } else this.#failed(request, error);
      return;
    }
    this.#responder.replied(request, true);
    this.#turns.finished(request);
  }

  #post({ idHigh, idLow }: RequestWindow, payload: Payload): void {
    if (isPlain(payload)) {
      this.#context.postPlain(OpCode.Response, idHigh, idLow, payload);
      return;
    }
    const message = this.#context.message(OpCode.Response, idHigh, idLow);
    fill(message, payload);
    assertNoReserved(message);
    this.#context.post(message);
  }

  #later(request: RequestWindow, reply: PromiseLike<Payload>): void {
    request.keepBrake();
    let wanted = true;
    request.work = {
      unsubscribe: () => {
        wanted = false;
      },
    };
    reply.then(
      payload => {
        if (wanted) this.#answer(request, payload);
      },
      (error: unknown) => {
        if (wanted) this.#failed(request, error);
      },
    );
  }

  #stream(request: RequestWindow, reply: Observable<Payload> | AsyncIterable<Payload>): void {
    const { idHigh, idLow } = request;
    const owner = new ReplyOwner(this, request);
    const stream = new OutboundStream(this.#context, OpCode.Response, idHigh, idLow, owner, null);
    request.work = stream;
    stream.start(reply);
    // Most replies are through by now: only one that goes on needs its brake.
    if (!request.isStarted || request.work !== stream) return;
    request.keepBrake();
    if (owner.hasBegun) this.#responder.replied(request, false);
  }

  /** @internal A frame of the reply was accepted. */
  frameSent(request: RequestWindow, isLast: boolean): void {
    this.#responder.replied(request, isLast);
    if (isLast) this.#turns.finished(request);
  }

  /** @internal The reply ends with this error. */
  failed(request: RequestWindow, error: unknown): void {
    this.#failed(request, error);
  }

  #failed(request: RequestWindow, error: unknown): void {
    this.#responder.refuse(request, errorText(error), error);
    this.#turns.finished(request);
  }
}

/** The stream that answers a request. */
class ReplyOwner implements StreamOwner {
  /** A frame of it was accepted. */
  hasBegun = false;
  readonly #reader: HandlerReader;
  readonly #request: RequestWindow;

  constructor(reader: HandlerReader, request: RequestWindow) {
    this.#reader = reader;
    this.#request = request;
  }

  frameSent(isLast: boolean): void {
    this.hasBegun = true;
    this.#reader.frameSent(this.#request, isLast);
  }

  sourceFailed(error: unknown): void {
    this.#reader.failed(this.#request, error);
  }

  outrun(): void {
    this.#reader.failed(this.#request, OUTRUN);
  }
}

/** A reply that gives values faster than the channel takes them. */
const OUTRUN = new TofuError(Status.poolEmpty, 'outrun');

function isFullQueue(error: unknown): boolean {
  return error instanceof TofuError && error.status === Status.poolEmpty;
}

function isAsyncIterable(reply: Reply): reply is AsyncIterable<Payload> {
  return typeof reply === 'object' && (reply as unknown) !== null && Symbol.asyncIterator in reply;
}

function isPromiseLike(reply: Reply): reply is PromiseLike<Payload> {
  return typeof reply === 'object' && (reply as unknown) !== null && 'then' in reply;
}
