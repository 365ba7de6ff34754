import { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { OUT_OF_BAND_BIT } from '../message/proto-byte.js';
import type { FrameDecoder } from '../wire/decoder.js';
import type { EngineContext } from './context.js';
import { grantHeaders, grantOf, Toll, tollOfFrame, tollOfSignal } from './credit-headers.js';
import type { Flushable } from './flusher.js';
import { INITIAL_WINDOW, ReceiveCredit } from './receive-credit.js';
import { SendCredit } from './send-credit.js';
import { StallWatch } from './stall-watch.js';
import type { SendQueue } from './send-queue.js';

/** What a connection does for its credit. */
export interface CreditUser {
  readonly number: number;
  /** Whether requests of ours wait for the peer's answers. */
  readonly awaitsAnswers: boolean;
  /** Whether a grant still makes sense: neither side has ended, and the link stands. */
  readonly mayGrant: boolean;
  /** The peer has no credit left: what was held only until more came is let go. Whether parts of a request are waited for all the same. */
  outOfCredit(): boolean;
  /** The peer has had no credit for `stallTimeout`, and nothing was consumed. Whether it is to get more all the same. */
  creditStalled(isFirst: boolean): boolean;
  /** A grant has paid for something that waited for it. */
  creditPaid(): void;
}

/** The way out, which credit holds back. */
export interface CreditedOutbox {
  readonly queue: SendQueue;
  /** Sends a message before all that waits. */
  sendAhead(message: EngineMessage): void;
  /** More may leave, or less. */
  creditChanged(): void;
}

/**
 * Credit on one channel, both ways (design section 6): there since a HelloRequest offered a window, active once a HelloResponse offered one,
 * too. Until then it counts, so that both sides come to the same figures.
 */
export class ChannelCredit implements Flushable {
  readonly incoming = new ReceiveCredit();
  readonly outgoing: SendCredit;
  readonly #context: EngineContext;
  readonly #user: CreditUser;
  readonly #outbox: CreditedOutbox;
  readonly #queue: SendQueue;
  readonly #offered: number;
  readonly #weOffered: boolean;
  /** Both hellos have offered a window: before that nobody grants anything. */
  isActive = false;
  /** A look at what may be granted is due before the next write. */
  #isAsked = false;
  /** The peer has no credit, and waits for us. */
  readonly #stallWatch: StallWatch;
  #isWaitedFor = false;
  #isClosed = false;
  /** The last grant that was sent, and how much it was: nearly all are alike, and a queue takes their bytes. */
  #grant: EngineMessage | null = null;
  #grantSize = 0;
  /** The grant in the frame at hand, as `refusal` has read it. */
  #granted = 0;

  /** @param offered the window of the HelloRequest, which was ours or the peer's */
  constructor(
    context: EngineContext,
    user: CreditUser,
    outbox: CreditedOutbox,
    offered: number,
    weOffered: boolean,
  ) {
    this.#context = context;
    this.#user = user;
    this.#outbox = outbox;
    this.#queue = outbox.queue;
    this.#offered = offered;
    this.#weOffered = weOffered;
    // Behind a HelloRequest of ours nobody knows yet what the peer will grant: the window that is usual.
    this.outgoing = new SendCredit(weOffered ? INITIAL_WINDOW : Infinity);
    outbox.queue.credit = this.outgoing;
    this.#stallWatch = new StallWatch(context, isFirst => {
      if (user.creditStalled(isFirst)) this.#send(this.incoming.takeForAnswers(context.pool.slots.free));
    });
  }

  /** The HelloResponse offers this window; NaN for none: then it is a channel without credit. */
  answered(window: number): boolean {
    if (Number.isNaN(window)) {
      this.outgoing.open(Infinity);
      this.#outbox.creditChanged();
      this.#outbox.queue.credit = null;
      return false;
    }
    this.isActive = true;
    this.incoming.open(this.#weOffered ? this.#offered : window, this.#context.options.maxWindow);
    this.outgoing.open(this.#weOffered ? window : this.#offered);
    this.#outbox.creditChanged();
    this.lookSoon();
    return true;
  }

  // --- out --------------------------------------------------------------------------------------------------------

  /** Queues a regular message; true when it is the first that waits for credit. */
  push(message: EngineMessage): boolean {
    const isPlain = message.opCode !== OpCode.Signal || message.headersByteLength() === 0;
    // The way of nearly all, kept short. While something is held there is no credit left: this never overtakes it.
    if (isPlain && this.outgoing.pay()) {
      this.#queue.push(message);
      return false;
    }
    if (isPlain || tollOfSignal(message.textHeaders) === Toll.one) return this.#queue.pushForCredit(message);
    this.#queue.pushAhead(message);
    return false;
  }

  // --- in ---------------------------------------------------------------------------------------------------------

  /** The rule that a regular frame breaks, in words; null for one that keeps to its credit. */
  refusal(frame: FrameDecoder, toll: Toll): string | null {
    if (toll === Toll.one) return this.incoming.allowsOne ? null : 'a message beyond its credit';
    if (toll !== Toll.credit || !this.isActive) return null;
    const granted = grantOf(frame);
    this.#granted = granted;
    if (Number.isNaN(granted)) return 'a grant that is no number in 1..2^31-1';
    return this.outgoing.takes(granted) ? null : 'grants of more than 2^31';
  }

  /** A frame that costs one credit was taken from the wire. */
  received(): void {
    this.incoming.received++;
    if (this.incoming.isLookDue) this.lookSoon();
  }

  /** A message that costs nothing was taken from the wire, and has a slot: however long that is kept, it is none that the peer waits for. */
  receivedFree(): void {
    this.incoming.addFree();
    this.incoming.consumed++;
  }

  /** The grant that `refusal` had nothing against was taken from the wire. */
  granted(): void {
    const { spent } = this.outgoing;
    this.outgoing.grant(this.#granted);
    this.#outbox.creditChanged();
    if (this.outgoing.spent > spent) this.#user.creditPaid();
  }

  /** The slot of a message came back. */
  consumed(): void {
    this.incoming.consumed++;
    if (this.incoming.isDue) this.lookSoon();
    else if (this.#isWaitedFor) this.#consumedWithoutGrant();
  }

  /** It goes on, if slowly. And a window may be read now, whose rest the peer has no credit for. */
  #consumedWithoutGrant(): void {
    this.#stallWatch.moved();
    if (this.#context.pool.idleWindows.size > 0) this.lookSoon();
  }

  /** Answers are waited for that were not before, or other things have changed that a grant may hang on. */
  lookSoon(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#context.flusher.addBefore(this);
  }

  /** The tick's write is due: what was consumed until now is granted in one. */
  flush(): void {
    this.#isAsked = false;
    if (this.#isClosed) return;
    let grant = this.incoming.take();
    if (grant === 0 && this.incoming.isExhausted) {
      const awaitsParts = this.#user.outOfCredit();
      grant = this.incoming.take();
      if (grant === 0 && (awaitsParts || this.#user.awaitsAnswers)) grant = this.incoming.takeForAnswers();
    }
    this.#send(grant);
    this.#watchStall();
  }

  /** The channel is over: slots that come back later are of no use to its peer. */
  close(): void {
    this.#isClosed = true;
    this.#isWaitedFor = false;
    this.#stallWatch.dispose();
  }

  #watchStall(): void {
    const wasWaitedFor = this.#isWaitedFor;
    this.#isWaitedFor = this.incoming.isExhausted && this.incoming.held > 0;
    if (!this.#isWaitedFor) this.#stallWatch.end();
    else if (wasWaitedFor) this.#stallWatch.again();
    else this.#stallWatch.begin();
  }

  #send(grant: number): void {
    if (grant === 0 || !this.#user.mayGrant) return;
    if (this.#grant === null || grant !== this.#grantSize) this.#grant = this.#make(grant);
    this.#grantSize = grant;
    this.#outbox.sendAhead(this.#grant);
  }

  /** Whether a frame that was not sent is one of our grants. */
  isGrant(frame: FrameDecoder): boolean {
    return (frame.proto & OUT_OF_BAND_BIT) !== 0 && tollOfFrame(frame) === Toll.credit;
  }

  #make(n: number): EngineMessage {
    const headers = grantHeaders(n);
    const proto = OpCode.Signal | OUT_OF_BAND_BIT;
    const { pool } = this.#context;
    return new EngineMessage(pool, this.#user.number, proto, 0, 0, 0, headers, 0, headers.length, 0);
  }
}
