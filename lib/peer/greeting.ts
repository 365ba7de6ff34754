import type { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { appendHeaders } from '../message/payload.js';
import { TofuError } from '../message/tofu-error.js';
import { Deadline } from '../engine/deadlines.js';
import type { ChannelGroup } from '../rx/channel-group.js';
import { type Accept, type AcceptHandler, REFUSED, type Verdict, verdictOf } from './accept.js';
import { Peer } from './peer.js';
import { PeerContext } from './peer-context.js';
import { errorLine, offerCredit, RX_ERROR } from './rx-headers.js';

/** Where accepted peers go. */
export interface PeerTaker {
  /** Whether there is anybody left to take a peer. */
  readonly isOpen: boolean;
  add(peer: Peer): void;
}

/**
 * Answers one hello: asks whether to accept it, posts the HelloResponse or the refusal, and hands on the Peer. A decision that takes longer
 * than `handshakeTimeout`, or than the listener lives, is a refusal.
 */
export class Greeting {
  readonly #context: PeerContext;
  readonly #peer: Peer;
  readonly #taker: PeerTaker;
  readonly #deadline: Deadline;
  #isDecided = false;

  constructor(group: ChannelGroup, hello: EngineMessage, taker: PeerTaker) {
    this.#taker = taker;
    // What the client sends behind its hello waits in the Peer meanwhile.
    this.#peer = new Peer(group, hello.channel, hello.clone());
    this.#context = new PeerContext(group.core, hello.channel);
    this.#deadline = new Deadline(this.#context.engine.deadlines, () => {
      this.#decide({ refuse: 'no decision in time' });
    });
    this.#peer.onEnd(() => {
      this.#isDecided = true;
      this.#deadline.dispose();
    });
  }

  /** Asks `accept`. */
  ask(accept: AcceptHandler): void {
    try {
      const answer = accept(this.#peer.hello);
      if (isPromiseLike(answer)) this.#later(answer);
      else this.#decide(answer);
    } catch (error) {
      this.#decide({ refuse: refusalText(error) });
    }
  }

  #later(answer: PromiseLike<Accept>): void {
    this.#deadline.set(this.#context.engine.options.handshakeTimeout);
    answer.then(
      accept => {
        this.#decide(accept);
      },
      (error: unknown) => {
        this.#decide({ refuse: refusalText(error) });
      },
    );
  }

  #decide(accept: Accept): void {
    if (this.#isDecided) return;
    this.#isDecided = true;
    this.#deadline.dispose();
    const verdict = this.#taker.isOpen ? verdictOf(accept) : NOBODY_LEFT;
    if (!verdict.accepted) {
      this.#refuse(verdict.reason);
      return;
    }
    const { openingIdHigh, openingIdLow } = this.#context.channel;
    const answer = this.#context.message(OpCode.HelloResponse, openingIdHigh, openingIdLow);
    try {
      if (verdict.headers !== undefined) appendHeaders(answer, verdict.headers);
      if (this.#context.channel.credit !== null) offerCredit(answer, this.#context.engine.options);
      if (verdict.body !== undefined) answer.body.append(verdict.body);
    } catch (error) {
      this.#refuse(refusalText(error));
      return;
    }
    if (this.#context.postIfOpen(answer)) this.#taker.add(this.#peer);
  }

  #refuse(reason: string): void {
    const { openingIdHigh, openingIdLow } = this.#context.channel;
    const answer = this.#context.message(OpCode.ByeResponse, openingIdHigh, openingIdLow);
    answer.textHeaders.append(RX_ERROR, errorLine(reason));
    this.#context.postIfOpen(answer);
  }
}

const NOBODY_LEFT: Verdict = { accepted: false, reason: 'the listener has closed' };

function isPromiseLike(answer: Accept | PromiseLike<Accept>): answer is PromiseLike<Accept> {
  return typeof answer === 'object' && (answer as unknown) !== null && 'then' in answer;
}

function refusalText(error: unknown): string {
  return error instanceof TofuError ? error.message : REFUSED;
}
