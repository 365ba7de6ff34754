import type { ChannelFollower } from '../engine/channel-follower.js';
import type { EngineMessage } from '../message/engine-message.js';
import type { Hold } from '../message/message.js';
import { OpCode } from '../message/op-code.js';
import { MORE_BIT } from '../message/proto-byte.js';
import { frameLength } from '../wire/encoder.js';
import type { Peer } from './peer.js';
import type { PeerContext } from './peer-context.js';
import type { Numbered } from './request-slab.js';
import { RequestTable } from './request-table.js';
import { RX_ERROR } from './rx-headers.js';

/** A Request that came early, and its slot. */
interface Early {
  readonly message: EngineMessage;
  readonly hold: Hold;
}

/**
 * The Requests that come before the HelloResponse: a server may speak before it accepts. They are kept for the Peer, with their slots while there
 * are others: the HelloResponse stands behind them, and must not wait for what they hold. Past `maxParkedBytes` they are answered `rx-error: busy`.
 */
export class EarlyRequests implements ChannelFollower {
  readonly #context: PeerContext;
  readonly #refused: RequestTable;
  readonly #onBlind: (blind: boolean) => void;
  #requests: Early[] = [];
  #bytes = 0;

  /** @param onBlind told that the channel is not read, and that it is read again */
  constructor(context: PeerContext, onBlind: (blind: boolean) => void) {
    this.#context = context;
    this.#onBlind = onBlind;
    this.#refused = new RequestTable(context.engine.options.maxRequests);
  }

  /** Keeps one, which is being dispatched. */
  add(message: EngineMessage): void {
    const isLast = (message.proto & MORE_BIT) === 0;
    if (this.#refused.isRefused(message, isLast)) return;
    const length = frameLength(message);
    if (this.#bytes + length > this.#context.engine.options.maxParkedBytes) {
      this.overflowed(message, isLast);
      return;
    }
    this.#bytes += length;
    this.#requests.push({ message, hold: message.retain() });
  }

  /** The server gives a request up; false when there is none of this id. */
  cancel(request: Numbered): boolean {
    const before = this.#requests.length;
    this.#drop(request);
    const { idHigh, idLow } = request;
    return this.#refused.forgetRefused(idHigh, idLow) || this.#requests.length < before;
  }

  /** The Peer is there: it gets all that was kept, and hears whose further parts are not wanted. */
  handTo(peer: Peer): void {
    peer.adoptRefused(this.#refused);
    for (const { message, hold } of this.#requests.splice(0)) peer.replay(message, hold);
  }

  /** Nobody wants them any more. */
  clear(): void {
    for (const { hold } of this.#requests.splice(0)) hold[Symbol.dispose]();
  }

  #drop({ idHigh, idLow }: Numbered): void {
    this.#requests = this.#requests.filter(({ message, hold }) => {
      if (message.idHigh !== idHigh || message.idLow !== idLow) return true;
      this.#bytes -= frameLength(message);
      hold[Symbol.dispose]();
      return false;
    });
  }

  // --- as the channel's follower --------------------------------------------------------------------------------

  /** The pool is empty: what follows, the HelloResponse above all, needs a slot more than these do. */
  starved(): boolean {
    for (const { hold } of this.#requests) hold[Symbol.dispose]();
    return false;
  }

  overflowed(request: EngineMessage, isLast: boolean): void {
    if (this.#refused.isRefused(request, isLast)) return;
    this.#drop(request);
    if (!isLast) this.#refused.refuse(request);
    // A server that reads no answers gets none.
    if (!this.#context.channel.mayTurnAway) return;
    const answer = this.#context.message(OpCode.Response, request.idHigh, request.idLow);
    answer.textHeaders.append(RX_ERROR, 'busy');
    this.#context.postIfOpen(answer);
  }

  isRefused(idHigh: number, idLow: number, isLast: boolean): boolean {
    return this.#refused.isRefused({ idHigh, idLow }, isLast);
  }

  handedOver(): void {
    // Nobody waits for room.
  }

  filled(): void {
    // As above.
  }

  responded(): void {
    // There are no handlers.
  }

  blind(blind: boolean): void {
    this.#onBlind(blind);
  }

  linkLost(): void {
    // What waits to leave holds no slots.
  }
}
