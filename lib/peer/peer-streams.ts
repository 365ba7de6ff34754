import { Observable, type Subscriber } from 'rxjs';
import type { IoChannel } from '../engine/io-channel.js';
import type { Message } from '../message/message.js';
import type { MessageWindow } from '../rx/message-window.js';
import { Multicast } from '../rx/multicast.js';
import { reportUnhandled } from '../rx/report-unhandled.js';
import type { RequestWindow } from './request-window.js';
import type { Responder } from './responder.js';

/** The hot streams of a Peer: who subscribes to them, and how they end when the channel has closed. */
export class PeerStreams {
  readonly messages$: Observable<Message>;
  readonly requests$: Observable<MessageWindow>;
  readonly signals$: Observable<Message>;
  readonly closed$: Observable<Message>;
  readonly writable$: Observable<boolean>;
  /** Whom the messages of the channel are shown to, and the peer's Signals. */
  readonly messages = new Multicast<Message>();
  readonly signals = new Multicast<Message>();

  readonly #channel: IoChannel;
  readonly #requests = new Multicast<MessageWindow>();
  readonly #writable = new Multicast<boolean>();
  readonly #closed = new Multicast<Message>();
  #last: Message | null = null;
  #wasWritable = true;
  #isClosed = false;

  constructor(channel: IoChannel, responder: Responder) {
    this.#channel = channel;
    this.messages$ = this.#hot(this.messages);
    this.signals$ = this.#hot(this.signals);
    this.requests$ = this.#hot(this.#requests, subscriber => {
      readRequests(responder, subscriber);
    });
    this.closed$ = new Observable(subscriber => {
      if (this.#last === null) {
        join(this.#closed, subscriber);
        return;
      }
      subscriber.next(this.#last);
      subscriber.complete();
    });
    this.writable$ = this.#hot(this.#writable, subscriber => {
      subscriber.next(this.#wasWritable);
    });
  }

  /** Whether the channel has closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The channel takes more than before, or less. */
  tellWritable(): void {
    const { isWritable } = this.#channel.outbox;
    if (isWritable === this.#wasWritable) return;
    this.#wasWritable = isWritable;
    this.#writable.next(isWritable);
  }

  /** channel_closed has come: whoever subscribes from here on hears of the end alone. */
  close(): void {
    this.#isClosed = true;
  }

  /** Completes what is subscribed to; `last` is channel_closed. */
  complete(last: Message): void {
    this.signals.complete();
    this.#requests.complete();
    this.#writable.complete();
    this.messages.next(last);
    this.messages.complete();
    this.#last = last;
    this.#closed.next(last);
    this.#closed.complete();
  }

  /** @param begin is told of a subscriber that has joined: what it sets off within its first value, it sees too */
  #hot<T>(multicast: Multicast<T>, begin?: (subscriber: Subscriber<T>) => void): Observable<T> {
    return new Observable(subscriber => {
      if (this.#isClosed) {
        subscriber.complete();
        return;
      }
      join(multicast, subscriber);
      begin?.(subscriber);
    });
  }
}

function join<T>(multicast: Multicast<T>, subscriber: Subscriber<T>): void {
  multicast.add(subscriber);
  subscriber.add(() => {
    multicast.remove(subscriber);
  });
}

/** The subscriber of requests$: it has each request at once, and nobody says when it is through with one. */
function readRequests(responder: Responder, subscriber: Subscriber<MessageWindow>): void {
  const take = (request: RequestWindow): void => {
    try {
      subscriber.next(request);
    } catch (error) {
      reportUnhandled(error);
    }
    responder.handedOut(request);
  };
  try {
    responder.turns.attach({ concurrency: Infinity, take }, subscriber);
  } catch (error) {
    subscriber.error(error);
  }
}
