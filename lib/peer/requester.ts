import type { Subscriber } from 'rxjs';
import { assertSignal } from '../engine/abortable.js';
import { Deadline } from '../engine/deadlines.js';
import { type EngineMessage } from '../message/engine-message.js';
import { checkedId, highHalf, lowHalf } from '../message/message-id.js';
import type { Message } from '../message/message.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { checkedNumber, NOT_NEGATIVE } from '../operators/numeric-option.js';
import type { PeerContext } from './peer-context.js';
import { PendingRequest, type RequestKeeper, type RequestOptions, type Upload } from './pending-request.js';
import { tellStart } from './request-events.js';
import { RequestSlab } from './request-slab.js';

/**
 * Our requests under way on one channel.
 *
 * A reply finds its request in one step (RequestSlab); one deadline serves all of them; a request that sends one payload costs no
 * closure, no Promise and no timer.
 */
export class Requester implements RequestKeeper {
  readonly #context: PeerContext;
  readonly #slab = new RequestSlab<PendingRequest>();
  readonly #deadline: Deadline;
  /** Requests whose last frame has not left, in the order they were accepted. */
  #leaving: PendingRequest[] = [];
  /** Time that stands still while the channel is not read: a paused socket is blind. */
  #pausedSince = -1;
  #pausedTotal = 0;
  #closed: TofuError | null = null;
  readonly #onIdle: () => void;

  /** @param onIdle called whenever the last of them has ended */
  constructor(context: PeerContext, onIdle: () => void) {
    this.#context = context;
    this.#onIdle = onIdle;
    this.#deadline = new Deadline(context.engine.deadlines, () => {
      this.#expire();
    });
  }

  /** Whether none is under way. */
  get isIdle(): boolean {
    return this.#slab.size === 0;
  }

  /** No request may begin any more; `error` says why. */
  close(error: TofuError): void {
    this.#closed ??= error;
  }

  /** Fails every request under way. */
  failAll(error: TofuError): void {
    this.close(error);
    for (const pending of this.#slab.all()) pending.fail(error);
    this.#deadline.dispose();
  }

  /** The same, and the peer is told that nobody wants their replies. */
  cancelAll(error: TofuError): void {
    this.close(error);
    for (const pending of this.#slab.all()) {
      pending.cancel();
      pending.fail(error);
    }
  }

  /** Begins a request for a subscriber. */
  start(subscriber: Subscriber<Message>, upload: Upload, options: RequestOptions): void {
    if (this.#closed !== null) {
      subscriber.error(this.#closed);
      return;
    }
    const pending = new PendingRequest(this.#context, this, subscriber, options);
    try {
      this.#assertWithinLimit();
      if (options.timeout !== undefined) checkedNumber('option timeout', options.timeout, NOT_NEGATIVE);
      assertSignal(options.signal);
      this.#add(pending, options.messageId);
    } catch (error) {
      subscriber.error(error);
      return;
    }
    this.#context.engine.counters.requests++;
    this.#context.channel.awaitsAnswers = true;
    pending.told = tellStart(this.#context, 'out', pending);
    subscriber.add(pending);
    if (options.signal) pending.follow(options.signal);
    if (!subscriber.closed) pending.send(upload, options.headers);
  }

  /** A Response has come. */
  take(message: EngineMessage): void {
    const pending = this.#slab.get(message.idHigh, message.idLow);
    if (pending === undefined) this.#context.engine.counters.lateReplies++;
    else pending.take(message);
  }

  /** A Signal with an id has come; whether a request wants it. */
  takeSignal(message: EngineMessage): boolean {
    const pending = this.#slab.get(message.idHigh, message.idLow);
    return pending !== undefined && pending.takeSignal(message);
  }

  remove(pending: PendingRequest): void {
    this.#slab.delete(pending);
    this.#context.engine.counters.requests--;
    if (this.#slab.size > 0) return;
    this.#context.channel.awaitsAnswers = false;
    this.#onIdle();
  }

  // --- time -----------------------------------------------------------------------------------------------------

  lastFrameAccepted(pending: PendingRequest): void {
    if (pending.timeoutMs === Infinity || pending.isOver) return;
    const { channel } = this.#context;
    pending.mark = channel.outbox.acceptedBytes;
    // A big frame has left within its post.
    if (pending.mark <= channel.outbox.handedBytes) this.restartTime(pending);
    else this.#leaving.push(pending);
  }

  takenBack(pending: PendingRequest): void {
    this.#leaving = this.#leaving.filter(other => other !== pending);
  }

  /** More bytes have left. */
  handedOver(): void {
    if (this.#leaving.length === 0) return;
    const { handedBytes } = this.#context.channel.outbox;
    const behind = this.#leaving.findIndex(pending => pending.mark > handedBytes);
    if (behind === 0) return;
    const left = this.#leaving;
    this.#leaving = behind < 0 ? [] : left.slice(behind);
    // One look at the clock for all that left together.
    const now = this.#context.engine.clock.now();
    for (const pending of behind < 0 ? left : left.slice(0, behind)) {
      if (!pending.isOver) this.#beginTime(pending, now);
    }
  }

  restartTime(pending: PendingRequest): void {
    this.#beginTime(pending, this.#context.engine.clock.now());
  }

  #beginTime(pending: PendingRequest, now: number): void {
    pending.since = this.#timeRead(now);
    if (now + pending.timeoutMs < this.#deadline.at) this.#deadline.set(pending.timeoutMs);
  }

  paused(paused: boolean): void {
    const now = this.#context.engine.clock.now();
    if (paused) {
      if (this.#pausedSince < 0) this.#pausedSince = now;
    } else if (this.#pausedSince >= 0) {
      this.#pausedTotal += now - this.#pausedSince;
      this.#pausedSince = -1;
      this.#expire();
    }
  }

  /** Milliseconds, up to `now`, of the time in which the channel was read. */
  #timeRead(now: number): number {
    return (this.#pausedSince < 0 ? now : this.#pausedSince) - this.#pausedTotal;
  }

  /** Fails what is due, and sets the deadline for the next. */
  #expire(): void {
    if (this.#pausedSince >= 0) return;
    const now = this.#timeRead(this.#context.engine.clock.now());
    let next = Infinity;
    for (const pending of this.#slab.all()) {
      if (pending.since < 0 || pending.isOver) continue;
      const left = pending.since + pending.timeoutMs - now;
      if (left <= 0) pending.expire();
      else next = Math.min(next, left);
    }
    if (next !== Infinity) this.#deadline.set(next);
  }

  #assertWithinLimit(): void {
    const { maxRequests } = this.#context.engine.options;
    if (this.#slab.size < maxRequests) return;
    throw new TofuError(
      Status.poolEmpty,
      `${String(maxRequests)} requests are under way, the limit (maxRequests)`,
    );
  }

  /** Gives it an id: 0 by hand means one of our own, as everywhere. */
  #add(pending: PendingRequest, messageId: bigint | number = 0): void {
    if (messageId === 0 || messageId === 0n) {
      this.#slab.add(pending);
      return;
    }
    const id = checkedId(messageId);
    pending.idHigh = highHalf(id);
    pending.idLow = lowHalf(id);
    if (!this.#slab.addByHand(pending)) {
      throw new TofuError(Status.invalidMessageId, `messageId ${String(id)} is in use by another request`);
    }
  }
}
