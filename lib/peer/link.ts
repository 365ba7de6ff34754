import {
  BehaviorSubject,
  filter,
  type Observable,
  ReplaySubject,
  type SchedulerLike,
  Subscription,
  switchMap,
  take,
  throwError,
  timeout,
} from 'rxjs';
import type { Address } from '../address/address.js';
import { assertSignal } from '../engine/abortable.js';
import { pending } from '../engine/waiting.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { backoff, type Backoff, type BackoffOptions } from '../operators/backoff.js';
import { checkedNumber, NOT_NEGATIVE } from '../operators/numeric-option.js';
import { optionsOf } from '../rx/arguments.js';
import type { ChannelGroup } from '../rx/channel-group.js';
import { IterableStream } from '../rx/iterable-stream.js';
import type { MessageStream } from '../rx/message-window.js';
import { subscribeWithin } from '../rx/subscribe-within.js';
import { abort$ } from './abort.js';
import { connect } from './connect.js';
import type { ConnectOptions } from './connecting.js';
import type { Peer } from './peer.js';
import { DEFAULT_TIMEOUT_MS, type RequestOptions, type Upload } from './pending-request.js';

/** How a Link connects. */
export interface LinkOptions extends ConnectOptions {
  /** Closes the Link. */
  signal?: AbortSignal;
  /** How long it waits between two tries; it starts afresh with each connection made. */
  backoff?: BackoffOptions;
}

/** What a Link is at. */
export type LinkState = 'connecting' | 'connected' | 'waiting' | 'closed';

/** A connection that is made again whenever it is lost. Made by `keepConnected`. */
export class Link implements AsyncDisposable {
  /** The Peer of each connection, the newest replayed. Completes when the Link has closed. */
  readonly peer$: Observable<Peer>;
  /** What the Link is at, the present state first. Completes behind `closed`. */
  readonly state$: Observable<LinkState>;
  readonly #group: ChannelGroup;
  readonly #address: Address;
  readonly #options: LinkOptions;
  readonly #scheduler: SchedulerLike;
  readonly #delay: Backoff;
  readonly #peers = new ReplaySubject<Peer>(1);
  readonly #state = new ReplaySubject<LinkState>(1);
  /** The Peer of now; null while there is none. */
  readonly #current = new BehaviorSubject<Peer | null>(null);
  /** The connection, or the wait for the next one. */
  #under = Subscription.EMPTY;
  #failures = 0;
  #closing: Promise<void> | null = null;
  #onClosed = (): void => undefined;
  #isEnded = false;
  readonly #following = Subscription.EMPTY;

  /** @internal */
  constructor(group: ChannelGroup, address: Address, options: LinkOptions, scheduler: SchedulerLike) {
    this.#group = group;
    this.#address = address;
    this.#options = optionsOf(options);
    this.#scheduler = scheduler;
    this.#delay = backoff(this.#options.backoff, scheduler);
    assertSignal(this.#options.signal);
    this.peer$ = this.#peers.asObservable();
    this.state$ = this.#state.asObservable();
    this.#following = abort$(this.#options.signal).subscribe({
      error: () => {
        void this.close();
      },
    });
    this.#connect();
  }

  /**
   * As `peer.request`, on the Peer of now or, when there is none, the next one: it waits for it within the request's `timeout`.
   *
   * Errors as `peer.request` does, also when the connection is lost meanwhile (`channel_closed`): whether the request was handled is then not known.
   * `communication_failed` when no Peer came in time, `channel_closed` when the Link is closed.
   */
  request(upload: Upload, options: RequestOptions = {}): MessageStream {
    const { timeout: asked = DEFAULT_TIMEOUT_MS, signal } = optionsOf(options);
    const wait = asked === 0 ? Infinity : asked;
    const peer$ = this.#current.pipe(
      filter(peer => peer !== null),
      take(1),
    );
    const inTime$ =
      wait === Infinity
        ? peer$
        : peer$.pipe(
            timeout({ first: wait, scheduler: this.#scheduler, with: () => throwError(() => noPeer(wait)) }),
          );
    return new IterableStream(subscriber => {
      checkedNumber('option timeout', asked, NOT_NEGATIVE);
      assertSignal(signal);
      if (signal !== undefined)
        subscriber.add(
          abort$(signal).subscribe({
            error: e => {
              subscriber.error(e);
            },
          }),
        );
      if (subscriber.closed) return;
      // By an observer: what a subscriber throws is reported then, and keeps nothing from the others that wait for a Peer, nor from the Link.
      subscribeWithin(subscriber, inTime$.pipe(switchMap(peer => peer.request(upload, options))), {
        next: message => {
          subscriber.next(message);
        },
        error: (error: unknown) => {
          subscriber.error(error);
        },
        complete: () => {
          subscriber.complete();
        },
      });
    });
  }

  /** Says bye, and stays closed. Resolves when the connection has closed. */
  close(): Promise<void> {
    if (this.#closing !== null) return this.#closing;
    const [closed, resolve] = pending();
    this.#closing = closed;
    this.#onClosed = resolve;
    // Where there is a Peer, the end of its bye is the end of the Link.
    const peer = this.#isEnded ? null : this.#current.value;
    if (peer === null) this.#end(closedByUser());
    else void peer.bye();
    return closed;
  }

  /** The same as `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Whether there will be no further connection. */
  #isOver(): boolean {
    return this.#isEnded || this.#closing !== null;
  }

  #connect(): void {
    if (this.#isOver()) return;
    this.#state.next('connecting');
    // Whoever hears of the state may have closed it.
    if (this.#isOver()) return;
    const under = new Subscription();
    this.#under = under;
    const { signal: _signal, backoff: _backoff, ...hello } = this.#options;
    under.add(
      connect(this.#group, this.#address, hello).subscribe({
        next: peer => {
          this.#failures = 0;
          this.#current.next(peer);
          this.#peers.next(peer);
          this.#state.next('connected');
        },
        error: (error: unknown) => {
          if (isFinal(error)) this.#end(error);
          else this.#wait();
        },
        complete: () => {
          this.#wait();
        },
      }),
    );
  }

  #wait(): void {
    if (this.#isEnded) return;
    this.#current.next(null);
    if (this.#closing !== null) this.#end(closedByUser());
    else if (this.#group.isDestroyed) {
      this.#end(new TofuError(Status.shutdownStarted, 'the group of the Link was destroyed'));
    }
    if (this.#isOver()) return;
    this.#failures++;
    this.#state.next('waiting');
    if (this.#isOver()) return;
    this.#under = this.#delay(this.#failures).subscribe(() => {
      this.#connect();
    });
  }

  #end(error: unknown): void {
    this.#onClosed();
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#under.unsubscribe();
    this.#following.unsubscribe();
    // Whoever waits for a Peer hears why there will be none.
    this.#current.error(error);
    this.#state.next('closed');
    this.#state.complete();
    this.#peers.complete();
  }
}

/** What another try would not mend: a refusal, an address or a hello that can't be, a group that is gone. */
const FINAL: readonly Status[] = [
  Status.notAllowed,
  Status.invalidAddress,
  Status.invalidMessage,
  Status.invalidHeadersLen,
  Status.invalidBodyLen,
  Status.shutdownStarted,
];

function isFinal(error: unknown): boolean {
  return !(error instanceof TofuError) || FINAL.includes(error.status);
}

function closedByUser(): TofuError {
  return new TofuError(Status.channelClosed, 'the Link was closed');
}

function noPeer(ms: number): TofuError {
  return new TofuError(Status.communicationFailed, `no connection within ${String(ms)} ms`);
}
