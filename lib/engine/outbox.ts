import type { EngineMessage } from '../message/engine-message.js';
import type { OpCode } from '../message/op-code.js';
import type { Link } from '../transport/transport.js';
import type { FrameDecoder } from '../wire/decoder.js';
import type { CreditedOutbox } from './channel-credit.js';
import type { ChannelFollower } from './channel-follower.js';
import type { EngineContext } from './context.js';
import type { Flushable } from './flusher.js';
import { assertWithinSendLimit } from './send-limit.js';
import { SendQueue } from './send-queue.js';
import { WritableWaiters } from './writable-waiters.js';

/** Frames leave early, inside a tick, once this many bytes wait: so both sides work at once (design section 9). */
const EARLY_FLUSH_BYTES = 10 * 1024;

/** The connection that an outbox is part of. */
export interface OutboxOwner {
  readonly number: number;
  readonly follower: ChannelFollower | null;
  /** All that was accepted has been handed to the link. */
  outboxEmptied(): void;
}

/** The way out of a connection: what was accepted and has not left, when it leaves, and who waits for that. */
export class Outbox implements Flushable, CreditedOutbox {
  /** null before it is dialled and after it is gone. */
  link: Link | null;
  /** The link takes bytes. */
  stands: boolean;
  readonly queue: SendQueue;
  readonly #context: EngineContext;
  readonly #owner: OutboxOwner;
  readonly #writable: WritableWaiters;
  readonly #maxBytes: number;
  #flushAsked: boolean;
  #isEnded: boolean;

  constructor(context: EngineContext, owner: OutboxOwner, stands: boolean) {
    this.link = null;
    this.stands = stands;
    this.queue = new SendQueue(context.chunks, context.counters);
    this.#context = context;
    this.#owner = owner;
    this.#maxBytes = context.options.maxQueuedBytes;
    this.#writable = new WritableWaiters(this.#maxBytes);
    this.#flushAsked = false;
    this.#isEnded = false;
  }

  /** Bytes accepted and not yet handed to the socket. */
  get queuedBytes(): number {
    return this.queue.bytes;
  }

  /** Whether less than half of `maxQueuedBytes` waits. */
  get isWritable(): boolean {
    return this.queue.bytes < this.#maxBytes / 2;
  }

  /** Bytes of what was accepted since the beginning that wait no more: handed to the socket, or taken back. */
  get handedBytes(): number {
    return this.queue.passed;
  }

  /** What `handedBytes` will be when all that was accepted has been handed over. */
  get acceptedBytes(): number {
    return this.queue.accepted;
  }

  /** Whether what is accepted now leaves with the next write. */
  get takesBytes(): boolean {
    return this.stands && !this.queue.blocked && !this.queue.isHeld;
  }

  /** Refusals pass `maxQueuedBytes`, but not without end: whoever asks on and on and takes no answer gets none. */
  get mayTurnAway(): boolean {
    return this.queue.bytes < 2 * this.#maxBytes;
  }

  /** Resolves when less than half of `maxQueuedBytes` waits, and a frame that was refused has room; rejects with channel_closed. */
  writable(signal?: AbortSignal): Promise<void> {
    return this.#writable.wait(this.queue.bytes, signal);
  }

  /** @throws TofuError `pool_empty` where the message would make the queue pass `maxQueuedBytes` */
  assertHasRoomFor(message: EngineMessage): void {
    assertWithinSendLimit(message, this.queue.bytes, this.#maxBytes, this.#writable);
  }

  /** A message was added to the queue: it leaves now where much waits, else soon. */
  pushed(): void {
    if (this.queue.bytes >= EARLY_FLUSH_BYTES && this.takesBytes) this.handOver();
    else this.#flushSoon();
    const { follower } = this.#owner;
    if (follower !== null && !this.isWritable) follower.filled();
  }

  /** Sends a message before all that waits for credit. */
  sendAhead(message: EngineMessage): void {
    this.queue.pushAhead(message);
    this.#flushSoon();
  }

  /** The peer has granted more, or asks for no credit any more: what that pays for may leave. */
  creditChanged(): void {
    this.queue.creditChanged();
    if (this.queue.hasReady) this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#flushAsked) return;
    this.#flushAsked = true;
    this.#context.flusher.add(this);
  }

  flush(): void {
    this.#flushAsked = false;
    this.handOver();
  }

  /** Hands over what the link takes. */
  handOver(): void {
    // A link that has failed and not yet said so would swallow what is written: it stays queued, and comes back.
    if (this.link === null || !this.stands || this.#isEnded || !this.link.isWritable) return;
    const empty = this.queue.handOver(this.link);
    this.#shrank();
    // A follower may have posted more.
    if (empty && this.queue.bytes === 0) this.#owner.outboxEmptied();
  }

  /** The link has written all that it kept. */
  drained(): void {
    this.queue.drained();
  }

  /** Ends the link's way out, once: nothing leaves any more. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.link?.end();
  }

  /** Takes back a message that was accepted and has not left: the first with this operation and id. False when there is none. */
  takeUnsent(opCode: OpCode, idHigh: number, idLow: number): boolean {
    if (!this.queue.remove(opCode, idHigh, idLow)) return false;
    this.#tookBack();
    return true;
  }

  /** Takes back every frame of a stream that waits for credit; how many there were. */
  dropHeld(opCode: OpCode, idHigh: number, idLow: number): number {
    const dropped = this.queue.removeHeld(opCode, idHigh, idLow);
    if (dropped > 0) this.#tookBack();
    return dropped;
  }

  /** Takes back all that has not left, oldest first; whoever waits for room is told that the channel has closed. */
  close(takeFrame: (frame: FrameDecoder) => void): void {
    this.queue.takeBack(takeFrame);
    this.#writable.fail(this.#owner.number);
  }

  /** A goodbye that stood behind it waits for no credit now. */
  #tookBack(): void {
    this.#shrank();
    if (this.queue.hasReady) this.#flushSoon();
  }

  /** Fewer bytes wait. */
  #shrank(): void {
    this.#writable.release(this.queue.bytes);
    this.#owner.follower?.handedOver();
  }
}
