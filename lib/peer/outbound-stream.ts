import { isObservable, type Observable, Subscriber, type Unsubscribable } from 'rxjs';
import type { EngineMessage } from '../message/engine-message.js';
import type { OpCode } from '../message/op-code.js';
import { assertPayload, fill, type Payload } from '../message/payload.js';
import { MORE_BIT } from '../message/proto-byte.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { fitting, leave } from '../rx/async-source.js';
import { reportUnhandled } from '../rx/report-unhandled.js';
import type { PeerContext } from './peer-context.js';
import { assertNoReserved, RX_END } from './rx-headers.js';

/** Who sends a stream, and hears how it goes. */
export interface StreamOwner {
  /** A frame was accepted. */
  frameSent(isLast: boolean): void;
  /** The source has failed, with what it threw, or what it gave can't be sent; nothing more is. */
  sourceFailed(error: unknown): void;
  /** The source gave values faster than the channel takes them, past `maxQueuedBytes`. */
  outrun(error: TofuError): void;
}

/**
 * Sends the values of a source as frames of one id: each with `more`, the final one without.
 *
 * The newest value waits until the tick's write, to see whether it is the final one; when the end is known only later, an empty
 * frame with `rx-end` says so. Async iterables are pulled no faster than the channel takes; an Observable can't be slowed.
 */
export class OutboundStream implements Unsubscribable {
  readonly #context: PeerContext;
  readonly #opCode: OpCode;
  readonly #idHigh: number;
  readonly #idLow: number;
  readonly #owner: StreamOwner;
  /** The value that may turn out to be the last. */
  #pending: EngineMessage | null = null;
  #isFirst = true;
  /** The source can be made to wait. */
  #isPulled = false;
  #isComplete = false;
  #over = false;
  /** Most Observables give their one value within subscribe(): whether it is the last is known when that returns. */
  #isSubscribing = false;
  #source: Unsubscribable | null = null;
  /** Goes on the first frame. */
  readonly #decorateFirst: ((message: EngineMessage) => void) | null;

  constructor(
    context: PeerContext,
    opCode: OpCode,
    idHigh: number,
    idLow: number,
    owner: StreamOwner,
    decorateFirst: ((message: EngineMessage) => void) | null,
  ) {
    this.#context = context;
    this.#opCode = opCode;
    this.#idHigh = idHigh;
    this.#idLow = idLow;
    this.#owner = owner;
    this.#decorateFirst = decorateFirst;
  }

  /** Begins to send. */
  start(source: Observable<Payload> | AsyncIterable<Payload>): void {
    if (isObservable(source)) this.#follow(source);
    else void this.#pull(source);
  }

  /** Stops: nothing more is sent, the source is let go. */
  unsubscribe(): void {
    this.#over = true;
    this.#pending = null;
    const source = this.#source;
    this.#source = null;
    source?.unsubscribe();
  }

  /** The tick's write is due: whether the value is the last is not known, so it is not. */
  flush(): void {
    if (this.#post()) return;
    this.#room().then(
      () => {
        this.flush();
      },
      () => undefined,
    );
  }

  #follow(source: Observable<Payload>): void {
    const subscriber = new StreamSubscriber(this);
    // Known before the source can emit: so one that never ends by itself is stopped inside subscribe().
    this.#source = subscriber;
    this.#isSubscribing = true;
    try {
      const subscription = source.subscribe(subscriber);
      // An Observable whose subscribe() is its own may have made another.
      if (subscription !== subscriber) subscriber.add(subscription);
    } catch (error) {
      this.#failedIn(error);
    }
    this.#isSubscribing = false;
    if (this.#pending !== null) this.#context.engine.flusher.addBefore(this);
  }

  /** The source's next value. */
  next(payload: Payload): void {
    this.#next(payload);
    if (this.#pending !== null && !this.#isSubscribing) this.#context.engine.flusher.addBefore(this);
  }

  /** The source has failed. */
  error(error: unknown): void {
    this.#failed(error);
  }

  /** The source has ended. */
  complete(): void {
    this.#complete();
    this.#post();
  }

  async #pull(source: AsyncIterable<Payload>): Promise<void> {
    this.#isPulled = true;
    try {
      const iterator = source[Symbol.asyncIterator]();
      this.#source = { unsubscribe: () => void leave(source, iterator) };
      const pull = async (): Promise<IteratorResult<Payload>> => {
        try {
          return await iterator.next();
        } catch (error) {
          // One that throws has ended, and is not told to return.
          this.#source = null;
          throw error;
        }
      };
      for (let pulled = await pull(); pulled.done !== true; pulled = await pull()) {
        for (const payload of fitting(source, pulled.value)) {
          await this.#postWhenTaken();
          this.next(payload);
          if (this.#isOver()) return;
          if (!this.#context.channel.outbox.isWritable) await this.#context.channel.writable();
        }
      }
      this.#source = null;
      this.#complete();
      await this.#postWhenTaken();
    } catch (error) {
      this.#failed(error);
    }
  }

  #next(payload: Payload): void {
    if (this.#over) return;
    this.#post();
    // Posting may have ended it.
    if (this.#isOver()) return;
    try {
      assertPayload(payload);
      const message = this.#frame();
      fill(message, payload);
      assertNoReserved(message);
      this.#pending = message;
    } catch (error) {
      this.#failed(error);
    }
  }

  /** What waits to be posted is the last. */
  #complete(): void {
    if (this.#over) return;
    try {
      this.#pending ??= this.#endFrame();
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#isComplete = true;
  }

  #failed(error: unknown): void {
    if (this.#over) return;
    this.#post();
    if (this.#isOver()) return;
    this.unsubscribe();
    this.#owner.sourceFailed(error);
  }

  /** subscribe() threw: a source that is through has its teardown to blame. */
  #failedIn(error: unknown): void {
    if (this.#over) reportUnhandled(error);
    else this.#failed(error);
  }

  #frame(): EngineMessage {
    const message = this.#context.message(this.#opCode, this.#idHigh, this.#idLow);
    if (this.#isFirst) this.#decorateFirst?.(message);
    this.#isFirst = false;
    return message;
  }

  #endFrame(): EngineMessage {
    const end = this.#frame();
    assertNoReserved(end);
    end.textHeaders.append(RX_END, '1');
    return end;
  }

  /** Posts what waits. False when the channel is full and the source can wait: then so does the value. */
  #post(): boolean {
    const message = this.#pending;
    if (message === null) return true;
    const isLast = this.#isComplete;
    message.proto = isLast ? message.proto & ~MORE_BIT : message.proto | MORE_BIT;
    this.#pending = null;
    try {
      this.#context.post(message);
    } catch (error) {
      const isFull = error instanceof TofuError && error.status === Status.poolEmpty;
      if (isFull && this.#isPulled) {
        this.#pending = message;
        return false;
      }
      this.unsubscribe();
      if (isFull) this.#owner.outrun(error);
      else this.#owner.sourceFailed(error);
      return true;
    }
    if (isLast) this.#over = true;
    this.#owner.frameSent(isLast);
    return true;
  }

  async #postWhenTaken(): Promise<void> {
    while (!this.#post()) await this.#room();
  }

  /** Resolves when what waits may be taken. */
  #room(): Promise<void> {
    return this.#context.channel.writable();
  }

  #isOver(): boolean {
    return this.#over;
  }
}

/** Hands what an Observable gives to its stream. */
class StreamSubscriber extends Subscriber<Payload> {
  readonly #stream: OutboundStream;

  constructor(stream: OutboundStream) {
    super();
    this.#stream = stream;
  }

  /** A teardown that throws keeps nobody from hearing how the stream goes. */
  override unsubscribe(): void {
    try {
      super.unsubscribe();
    } catch (error) {
      reportUnhandled(error);
    }
  }

  protected override _next(payload: Payload): void {
    this.#stream.next(payload);
  }

  /**
   * The source is let go first: whatever begins when this one has ended, a handler in its turn, finds it finalized. Not so where it ends while
   * it is being subscribed to, for RxJS knows its teardown only afterwards.
   */
  protected override _error(error: unknown): void {
    this.unsubscribe();
    this.#stream.error(error);
  }

  protected override _complete(): void {
    this.unsubscribe();
    this.#stream.complete();
  }
}
