import { Deadline } from '../engine/deadlines.js';
import type { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { PeerContext } from './peer-context.js';
import type { PeerEnding } from './peer-ending.js';
import type { Requester } from './requester.js';
import type { Responder } from './responder.js';

/**
 * The two goodbyes of a Peer. Ours: no new requests, own ones settle, running handlers end, then ByeRequest. The peer's: own requests
 * fail, running handlers end, then ByeResponse, which ends ours too.
 */
export class PeerBye {
  readonly #context: PeerContext;
  readonly #requester: Requester;
  readonly #responder: Responder;
  readonly #ending: PeerEnding;
  readonly #patience: Deadline;
  /** Our ByeRequest, while it waits for requests and handlers. */
  #mine: EngineMessage | null = null;
  /** The peer's ByeRequest, while it waits for our handlers. */
  #theirs: EngineMessage | null = null;
  #hasSpoken = false;

  constructor(context: PeerContext, requester: Requester, responder: Responder, ending: PeerEnding) {
    this.#context = context;
    this.#requester = requester;
    this.#responder = responder;
    this.#ending = ending;
    this.#patience = new Deadline(context.engine.deadlines, () => {
      this.#speak();
    });
  }

  /** Says goodbye in order; `request` is the ByeRequest to post. */
  ask(request: EngineMessage): void {
    if (this.#hasSpoken) return;
    this.#mine ??= request;
    this.#requester.close(new TofuError(Status.channelClosed, 'bye() was called on this peer'));
    this.#responder.beginClosing();
    this.proceed();
  }

  /** The same, but our requests are cancelled, and handlers get at most `byeTimeout`. */
  askSoon(request: EngineMessage): void {
    if (this.#hasSpoken) return;
    this.#requester.cancelAll(new TofuError(Status.channelClosed, 'the connection was unsubscribed from'));
    this.#patience.set(this.#context.engine.options.byeTimeout);
    this.ask(request);
  }

  /** The peer's ByeRequest has come. */
  peerAsked(request: EngineMessage): void {
    this.#theirs = request.clone();
    this.#requester.failAll(new TofuError(Status.channelClosed, 'the peer has said bye'));
    this.#responder.beginClosing();
    this.proceed();
  }

  /** A request or a handler has ended: it may be time. */
  proceed(): void {
    if (this.#mine === null && this.#theirs === null) return;
    if (this.#responder.isIdle && this.#requester.isIdle) this.#speak();
  }

  /** The channel has closed. */
  closed(): void {
    this.#patience.dispose();
    this.#mine = null;
    this.#theirs = null;
  }

  /** Posts the goodbye that is due. An answer makes a question of ours superfluous. */
  #speak(): void {
    const mine = this.#mine;
    const theirs = this.#theirs;
    this.closed();
    this.#hasSpoken = true;
    if (theirs !== null) {
      this.#context.postIfOpen(this.#context.message(OpCode.ByeResponse, theirs.idHigh, theirs.idLow));
    } else if (mine !== null) {
      this.#responder.becomeDeaf();
      this.#ending.goodbye();
      this.#context.postIfOpen(mine);
    }
  }
}
