import { Observable, Subscription } from 'rxjs';
import { unlessAborted, type WaitOptions } from '../engine/waiting.js';
import { AssignedHeader } from '../message/assigned-header.js';
import { type EngineMessage } from '../message/engine-message.js';
import { checkedId, highHalf, lowHalf } from '../message/message-id.js';
import type { BinaryHeader, Hold, Message } from '../message/message.js';
import { OpCode } from '../message/op-code.js';
import { appendHeaders, fill, type HeadersInit, type Payload } from '../message/payload.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { redispatch } from '../pool/redispatch.js';
import { optionsOf } from '../rx/arguments.js';
import type { ChannelGroup } from '../rx/channel-group.js';
import type { MessageStream, MessageWindow } from '../rx/message-window.js';
import { PeerBye } from './peer-bye.js';
import { PeerContext } from './peer-context.js';
import { type PeerEnd, PeerEnding } from './peer-ending.js';
import { PeerInbound } from './peer-inbound.js';
import { PeerStreams } from './peer-streams.js';
import type { RequestOptions, Upload } from './pending-request.js';
import { RequestStream } from './request-stream.js';
import type { RequestTable } from './request-table.js';
import { Requester } from './requester.js';
import { HandlerReader, type RequestHandler } from './respond.js';
import { Responder } from './responder.js';
import { assertNoReserved, RX_HEARTBEAT } from './rx-headers.js';

/** How requests are answered. */
export interface RespondOptions {
  /** How many handlers may run at once; the requests behind them wait, holding their slots. @default all that `maxRequests` lets in */
  concurrency?: number;
}

/** What a Signal of a Peer carries beside its payload. */
export interface SignalOptions {
  /** The id that it belongs to, such as a request's for its progress. @default the next of the process-wide sequence */
  messageId?: bigint | number;
  /** Headers for it; names that begin with `rx-` are refused with `not_allowed`. */
  headers?: HeadersInit;
}

/**
 * The other side of one connection. Both sides hold one, and have equal rights: either may ask, answer, signal and say bye.
 *
 * It holds the channel, not its number: once the channel has closed, every method fails with `channel_closed`, whoever has the number
 * now. To a peer that is not rxtofu all of it is ordinary messages.
 */
export class Peer implements AsyncDisposable {
  /** The channel's number on this side. */
  readonly channelNumber: number;
  /** The HelloRequest (on the side that listened) or the HelloResponse (on the side that connected). */
  readonly hello: Message;
  /**
   * All that comes on this channel, the engine's messages included, channel_closed last. A tap: it takes nothing from the other streams. Hot; completes
   * when the channel has closed.
   */
  readonly messages$: Observable<Message>;
  /**
   * The peer's requests, each a window of its frames. Hot, one reader: it errors with `not_allowed` while `respond` or `serve` has them, or another
   * subscriber. Requests wait for a reader, holding their slots. Completes when the channel has closed.
   */
  readonly requests$: Observable<MessageWindow>;
  /**
   * The peer's Signals, but those with `rx-` headers, which are the Peers' own. Hot; those that come while nobody listens are dropped and counted
   * (`signalsDropped`). Completes when the channel has closed.
   */
  readonly signals$: Observable<Message>;
  /** The Signal channel_closed, replayed to whoever comes late; completes behind it. */
  readonly closed$: Observable<Message>;
  /** Whether the channel takes more (less than half of `maxQueuedBytes` waits): the present state first, then every change. Completes when the channel has closed. */
  readonly writable$: Observable<boolean>;

  readonly #context: PeerContext;
  readonly #requester: Requester;
  readonly #responder: Responder;
  readonly #bye: PeerBye;
  readonly #ending = new PeerEnding();
  readonly #streams: PeerStreams;
  readonly #inbound: PeerInbound;
  #byePromise: Promise<void> | null = null;

  /** @internal Takes over a channel that stands. */
  constructor(group: ChannelGroup, channelNumber: number, hello: Message) {
    this.channelNumber = channelNumber;
    this.hello = hello;
    this.#context = new PeerContext(group.core, channelNumber);
    const proceed = (): void => {
      this.#bye.proceed();
    };
    this.#requester = new Requester(this.#context, proceed);
    this.#responder = new Responder(this.#context, proceed);
    this.#bye = new PeerBye(this.#context, this.#requester, this.#responder, this.#ending);
    this.#streams = new PeerStreams(this.#context.channel, this.#responder);
    this.messages$ = this.#streams.messages$;
    this.requests$ = this.#streams.requests$;
    this.signals$ = this.#streams.signals$;
    this.closed$ = this.#streams.closed$;
    this.writable$ = this.#streams.writable$;
    this.#inbound = new PeerInbound(this.#context, {
      requester: this.#requester,
      responder: this.#responder,
      streams: this.#streams,
      bye: this.#bye,
      ending: this.#ending,
    });
  }

  /**
   * Asks the peer, and emits its reply: one message, or a stream of them up to the one without `more`.
   *
   * Cold: each subscription is a request of its own. Unsubscribing early takes an unsent Request back, or tells the peer that nobody wants
   * the reply any more (which unsubscribes its handler).
   *
   * Errors with a TofuError: `processing_failed` and the handler's text when the handler failed; `communication_failed` when no frame came for
   * `timeout` ms; `channel_closed` when the channel dies or `bye` was said; `pool_empty` past `maxRequests`, or when the source of an upload outruns the
   * channel; `invalid_message_id` for an id in use; `not_allowed` for headers that begin with `rx-`; and with the error of the upload's source.
   *
   * @param upload one payload, or a stream of payloads that become the parts of one request. An async iterable is pulled no faster than the
   * channel takes it; an Observable can't be slowed
   * @example
   * peer.request('hello').subscribe(reply => console.log(reply.body.text()));
   */
  request(upload: Upload, options: RequestOptions = NO_OPTIONS): MessageStream {
    return new RequestStream(this.#requester, upload, optionsOf(options));
  }

  /**
   * Answers the peer's requests, until it is unsubscribed; running handlers go on then, and waiting requests wait for the next reader.
   *
   * A request's first message keeps its slot until the first frame of the reply has left, the handler has ended, or `request.release()` was
   * called; so slow handlers stall the sender.
   *
   * @throws TofuError `not_allowed` when requests have a reader already, `channel_closed` when the channel has closed
   */
  respond(handler: RequestHandler, options: RespondOptions = {}): Subscription {
    this.#assertOpen('respond');
    const life = new Subscription();
    this.#responder.turns.attach(this.#reader(handler, options), life);
    return life;
  }

  /**
   * `respond` as a cold Observable that emits nothing: completes when the channel has closed, errors only with `not_allowed`, when
   * requests have a reader already.
   *
   * @example
   * listener.peers$.pipe(mergeMap(peer => peer.serve(request => 'pong'))).subscribe();
   */
  serve(handler: RequestHandler, options: RespondOptions = {}): Observable<never> {
    return new Observable<never>(subscriber => {
      if (!this.isClosed) {
        try {
          this.#responder.turns.attach(this.#reader(handler, options), subscriber);
        } catch (error) {
          subscriber.error(error);
          return;
        }
      }
      subscriber.add(
        this.closed$.subscribe({
          complete: () => {
            subscriber.complete();
          },
        }),
      );
    });
  }

  /**
   * Sends a Signal: one way, no answer.
   *
   * @returns the header as assigned
   * @throws TofuError as `group.post`; `not_allowed` for headers that begin with `rx-`; `channel_closed` when the channel has closed
   */
  signal(payload: Payload, options: SignalOptions = {}): BinaryHeader {
    this.#assertOpen('signal');
    const { messageId, headers } = optionsOf(options);
    const id = checkedId(messageId ?? 0);
    const message = this.#context.message(OpCode.Signal, highHalf(id), lowHalf(id));
    if (headers !== undefined) appendHeaders(message, headers);
    fill(message, payload);
    assertNoReserved(message);
    this.#context.post(message);
    return new AssignedHeader(message);
  }

  /** @internal The Signal that says we are there. */
  heartbeat(): void {
    const message = this.#context.message(OpCode.Signal, 0, 0);
    message.textHeaders.append(RX_HEARTBEAT, '1');
    this.#context.postIfOpen(message);
  }

  /** @internal Whether nothing can be heard: the channel is not read for want of slots, or the peer has said bye. */
  get isPaused(): boolean {
    return this.#context.channel.reader.isBlind || this.#context.channel.isMute;
  }

  /** @internal How often bytes have come. */
  get arrivals(): number {
    return this.#context.channel.arrivals;
  }

  /**
   * Closes in order: new requests are answered `rx-error: closing`, own requests settle, running handlers end, then ByeRequest is
   * posted.
   *
   * @param payload goes with the ByeRequest
   * @returns when the channel has closed; a second call returns the same. A signal gives up the waiting, not the bye
   * @throws TofuError as `message.body.append` and `textHeaders.append` do, and `not_allowed` for headers that begin with `rx-`; no bye is said then
   */
  bye(payload?: Payload, options?: WaitOptions): Promise<void> {
    try {
      this.#byePromise ??= this.#sayBye(this.#byeRequest(payload));
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it was an Error when it was thrown
      return Promise.reject(error);
    }
    return options?.signal === undefined ? this.#byePromise : unlessAborted(this.#byePromise, options.signal);
  }

  /** Closes at once (ByeSignal): what was not sent is dropped, the peer sees a reset. */
  abort(): void {
    if (this.isClosed) return;
    this.#ending.goodbye();
    this.#context.postIfOpen(this.#context.message(OpCode.ByeSignal, 0, 0));
  }

  /** The same as `bye()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.bye();
  }

  /** @internal Bye in the background: own requests are cancelled, handlers get at most `byeTimeout`. */
  leave(): void {
    if (!this.isClosed) this.#bye.askSoon(this.#byeRequest());
  }

  /** @internal How the channel ended; `f` is called once, with channel_closed. */
  onEnd(f: (end: PeerEnd) => void): void {
    this.#ending.listen(f);
  }

  /** @internal */
  get isClosed(): boolean {
    return this.#streams.isClosed;
  }

  /** @internal A message that came before there was a Peer. */
  replay(message: Message, hold: Hold): void {
    redispatch(message as EngineMessage, hold, () => {
      this.#inbound.take(message as EngineMessage);
    });
  }

  /** @internal Requests that came before there was a Peer, and were refused. */
  adoptRefused(refused: RequestTable): void {
    this.#responder.adoptRefused(refused);
  }

  #reader(handler: RequestHandler, options: RespondOptions): HandlerReader {
    const { concurrency = Infinity } = optionsOf(options);
    return new HandlerReader(this.#context, this.#responder, handler, concurrency);
  }

  #byeRequest(payload?: Payload): EngineMessage {
    const request = this.#context.message(OpCode.ByeRequest, 0, 0);
    if (payload === undefined) return request;
    fill(request, payload);
    assertNoReserved(request);
    return request;
  }

  async #sayBye(request: EngineMessage): Promise<void> {
    if (this.isClosed) return;
    const closed = new Promise<void>(resolve => {
      this.closed$.subscribe({ complete: resolve });
    });
    this.#bye.ask(request);
    await closed;
  }

  #assertOpen(call: string): void {
    if (!this.isClosed) return;
    throw new TofuError(Status.channelClosed, `${call}: channel ${String(this.channelNumber)} has closed`);
  }
}

const NO_OPTIONS: RequestOptions = {};
