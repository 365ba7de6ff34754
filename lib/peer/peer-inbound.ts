import type { EngineMessage } from '../message/engine-message.js';
import type { Message } from '../message/message.js';
import { OpCode } from '../message/op-code.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { Multicast } from '../rx/multicast.js';
import type { PeerBye } from './peer-bye.js';
import type { PeerContext } from './peer-context.js';
import type { PeerEnding } from './peer-ending.js';
import type { PeerStreams } from './peer-streams.js';
import type { Requester } from './requester.js';
import type { Responder } from './responder.js';
import { reservedName, RX_CANCEL } from './rx-headers.js';

/** Who takes what comes. */
export interface PeerParts {
  readonly requester: Requester;
  readonly responder: Responder;
  readonly streams: PeerStreams;
  readonly bye: PeerBye;
  readonly ending: PeerEnding;
}

/** All that comes on a Peer's channel, and what the channel tells beside its messages: hands each to whom it is for, up to channel_closed. */
export class PeerInbound {
  readonly #context: PeerContext;
  readonly #requester: Requester;
  readonly #responder: Responder;
  readonly #streams: PeerStreams;
  readonly #messages: Multicast<Message>;
  readonly #signals: Multicast<Message>;
  readonly #bye: PeerBye;
  readonly #ending: PeerEnding;
  readonly #claim: Disposable;

  constructor(context: PeerContext, { requester, responder, streams, bye, ending }: PeerParts) {
    this.#context = context;
    this.#requester = requester;
    this.#responder = responder;
    this.#streams = streams;
    this.#messages = streams.messages;
    this.#signals = streams.signals;
    this.#bye = bye;
    this.#ending = ending;
    context.channel.follower = {
      handedOver: () => {
        this.#requester.handedOver();
        this.#responder.handedOver();
        this.#streams.tellWritable();
      },
      filled: () => {
        this.#streams.tellWritable();
      },
      responded: message => {
        this.#responder.responded(message);
      },
      starved: () => this.#responder.starved(),
      blind: blind => {
        this.#requester.paused(blind);
      },
      overflowed: (request, isLast) => {
        this.#responder.overflowed(request, isLast);
      },
      isRefused: (idHigh, idLow, isLast) => this.#responder.isRefused(idHigh, idLow, isLast),
      linkLost: () => {
        this.#responder.closed(this.#closedError());
      },
    };
    this.#claim = context.group.claim(context.channel.number, message => {
      this.take(message as EngineMessage);
    });
  }

  /** A message has come. */
  take(message: EngineMessage): void {
    if (!this.#messages.isEmpty && !message.endsChannel) this.#messages.next(message);
    if (message.isFromEngine()) {
      this.#takeFromEngine(message);
      return;
    }
    switch (message.opCode) {
      case OpCode.Request:
        this.#responder.take(message);
        return;
      case OpCode.Response:
        this.#requester.take(message);
        return;
      case OpCode.Signal:
        this.#takeSignal(message);
        return;
      case OpCode.ByeRequest:
        this.#ending.goodbye();
        this.#bye.peerAsked(message);
        return;
      case OpCode.ByeResponse:
        this.#ending.goodbye();
        return;
      default:
    }
  }

  #takeFromEngine(message: EngineMessage): void {
    if (message.endsChannel) this.#end(message);
    else if (message.opCode === OpCode.Signal) this.#ending.fault(message);
  }

  #takeSignal(message: EngineMessage): void {
    if (message.headersByteLength() > 0 && this.#isPeersOwn(message)) return;
    const taken = this.#requester.takeSignal(message);
    if (!this.#signals.isEmpty) this.#signals.next(message);
    else if (!taken) this.#context.engine.counters.signalsDropped++;
  }

  /** Signals with rx- headers are the Peers' own: one that takes a request back is heard here, the others by the engine. */
  #isPeersOwn(signal: EngineMessage): boolean {
    if (signal.textHeaders.has(RX_CANCEL)) {
      if (!this.#responder.cancel(signal.idHigh, signal.idLow))
        this.#context.engine.counters.signalsDropped++;
      return true;
    }
    return reservedName(signal) !== undefined;
  }

  #end(last: EngineMessage): void {
    this.#streams.close();
    const error = this.#closedError();
    // Whoever destroys the group gives its connections up.
    if (this.#context.group.isDestroyed) this.#ending.goodbye();
    this.#context.channel.follower = null;
    this.#claim[Symbol.dispose]();
    this.#bye.closed();
    this.#requester.failAll(error);
    this.#responder.closed(error);
    this.#streams.complete(last);
    this.#ending.closed();
  }

  #closedError(): TofuError {
    return new TofuError(Status.channelClosed, `channel ${String(this.#context.channel.number)} has closed`);
  }
}
