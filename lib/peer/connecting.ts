import type { Subscriber, Unsubscribable } from 'rxjs';
import type { Address } from '../address/address.js';
import { clientAddress } from '../address/client-address.js';
import { assertSignal } from '../engine/abortable.js';
import { PhaseTimer } from '../engine/phase-timer.js';
import { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { appendHeaders, type HeadersInit } from '../message/payload.js';
import { Status, statusName } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { assertAddress, assertGroup, optionsOf } from '../rx/arguments.js';
import type { ChannelGroup } from '../rx/channel-group.js';
import { reportUnhandled } from '../rx/report-unhandled.js';
import { EarlyRequests } from './early-requests.js';
import { Peer } from './peer.js';
import { PeerContext } from './peer-context.js';
import { offerCredit, reservedHeader, RX_CANCEL, RX_ERROR } from './rx-headers.js';

/** What goes with a hello. */
export interface ConnectOptions {
  /** Headers for the HelloRequest. */
  headers?: HeadersInit;
  /** Its body. */
  body?: string | Uint8Array;
  /** Gives up before the Peer has come: errors with the signal's reason. Later it means nothing. */
  signal?: AbortSignal;
}

/** One connection of `connect`, from its HelloRequest to its end; unsubscribing is its teardown. */
export class Connecting implements Unsubscribable {
  readonly #group: ChannelGroup;
  readonly #address: Address;
  readonly #options: ConnectOptions;
  readonly #subscriber: Subscriber<Peer>;
  #context: PeerContext | null = null;
  #claim: Disposable | null = null;
  #peer: Peer | null = null;
  #failure: TofuError | null = null;
  #isOver = false;
  /** What came before the HelloResponse. */
  #early: EarlyRequests | null = null;
  /** A server that was reached and says nothing is waited for no longer than the way there and a slow answer may take. */
  readonly #patience: PhaseTimer;
  readonly #onAbort = (): void => {
    this.#fail(this.#options.signal?.reason);
  };

  constructor(group: ChannelGroup, address: Address, options: ConnectOptions, subscriber: Subscriber<Peer>) {
    assertGroup(group);
    assertAddress(address);
    this.#group = group;
    this.#address = address;
    this.#options = optionsOf(options);
    assertSignal(this.#options.signal);
    this.#subscriber = subscriber;
    this.#patience = new PhaseTimer(group.core.context.deadlines);
  }

  /** Posts the HelloRequest. */
  start(): void {
    const { signal } = this.#options;
    if (signal?.aborted === true) {
      this.#onAbort();
      return;
    }
    if (this.#subscriber.closed) return;
    const { core } = this.#group;
    try {
      const { channelNumber } = core.post(this.#hello());
      this.#context = new PeerContext(core, channelNumber);
      this.#early = new EarlyRequests(this.#context, blind => {
        this.#patience.setPaused(blind);
      });
      this.#context.channel.follower = this.#early;
      this.#claim = core.claim(channelNumber, message => {
        if (!this.#isOver) this.#take(message as EngineMessage);
      });
    } catch (error) {
      this.#fail(error);
      return;
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#losePatienceLater();
  }

  /** Nobody wants it any more: before there is a Peer the connection is dropped, later it says bye in the background. */
  unsubscribe(): void {
    if (this.#peer === null) this.#giveUp();
    else if (!this.#isOver) this.#peer.leave();
  }

  #hello(): EngineMessage {
    const { headers, body } = this.#options;
    const hello = EngineMessage.fresh(this.#group.core.context.pool);
    clientAddress(this.#address).format(hello);
    if (headers !== undefined) appendHeaders(hello, headers);
    offerCredit(hello, this.#group.core.context.options);
    if (body !== undefined) hello.body.append(body);
    return hello;
  }

  /** What comes while there is no Peer. */
  #take(message: EngineMessage): void {
    if (message.endsChannel) {
      const { isDestroyed } = this.#group;
      this.#fail(this.#failure ?? lost(isDestroyed ? Status.shutdownStarted : Status.peerDisconnected));
    } else if (message.isFromEngine()) {
      this.#failure ??= failureOf(message, this.#address);
    } else {
      this.#takeFromServer(message);
    }
  }

  #takeFromServer(message: EngineMessage): void {
    const { counters } = this.#group.core.context;
    switch (message.opCode) {
      case OpCode.HelloResponse:
        // Whoever watches may have destroyed the group when it was told of the connection: it ends without a Peer.
        if (!this.#group.isDestroyed) this.#stand(message);
        return;
      case OpCode.Request:
        this.#early?.add(message);
        return;
      case OpCode.Response:
        counters.lateReplies++;
        return;
      case OpCode.Signal:
        if (reservedHeader(message, RX_CANCEL) === undefined || this.#early?.cancel(message) !== true)
          counters.signalsDropped++;
        return;
      case OpCode.ByeRequest:
        this.#failure ??= refusal(message);
        this.#context?.postIfOpen(message.reply());
        return;
      case OpCode.ByeResponse:
        this.#failure ??= refusal(message);
        return;
      default:
    }
  }

  /** The connection stands. */
  #stand(answer: EngineMessage): void {
    this.#stopFollowing();
    this.#claim?.[Symbol.dispose]();
    const peer = new Peer(this.#group, answer.channel, answer.clone());
    this.#peer = peer;
    peer.onEnd(end => {
      this.#isOver = true;
      if (end.inOrder) this.#subscriber.complete();
      else this.#subscriber.error(end.error);
    });
    try {
      this.#subscriber.next(peer);
    } finally {
      this.#early?.handTo(peer);
    }
  }

  #losePatienceLater(): void {
    const { connectTimeout, handshakeTimeout } = this.#group.core.context.options;
    const ms = connectTimeout + handshakeTimeout;
    this.#patience.startFollowing(ms, () => {
      // What has said bye may be slow to end.
      this.#fail(this.#failure ?? unanswered(this.#address, ms));
    });
  }

  #fail(error: unknown): void {
    this.#giveUp();
    try {
      this.#subscriber.error(error);
    } catch (thrown) {
      // Other time-outs may be due at the same moment.
      reportUnhandled(thrown);
    }
  }

  #giveUp(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopFollowing();
    this.#early?.clear();
    const context = this.#context;
    if (context !== null) context.channel.follower = null;
    context?.postIfOpen(context.message(OpCode.ByeSignal, 0, 0));
  }

  #stopFollowing(): void {
    this.#patience.clear();
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }
}

/** Why there will be no Peer, as far as the engine says in this message. */
function failureOf(message: EngineMessage, address: Address): TofuError | null {
  const { opCode, status } = message;
  if (opCode === OpCode.HelloResponse) {
    return new TofuError(status, `connecting to ${address.toString()} failed: ${statusName(status)}`);
  }
  return opCode === OpCode.Signal ? lost(status) : null;
}

function unanswered(address: Address, ms: number): TofuError {
  return new TofuError(
    Status.connectFailed,
    `connecting to ${address.toString()} failed: no HelloResponse within ${String(ms)} ms (connectTimeout and handshakeTimeout)`,
  );
}

/** What a goodbye instead of a HelloResponse means. */
function refusal(message: EngineMessage): TofuError {
  const reason = reservedHeader(message, RX_ERROR) ?? 'the server refused the connection';
  return new TofuError(Status.notAllowed, reason);
}

function lost(status: Status): TofuError {
  return new TofuError(status, `the connection was lost before it stood: ${statusName(status)}`);
}
