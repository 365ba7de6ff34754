import { Observable, type Subscriber } from 'rxjs';
import type { Address } from '../address/address.js';
import type { GroupCore } from '../engine/group-core.js';
import { Multicast } from '../rx/multicast.js';
import { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { TofuError } from '../message/tofu-error.js';
import type { Peer } from './peer.js';

/** A listener that listens: where, and who came. */
export class Listener implements AsyncDisposable {
  /** The listener's channel number. */
  readonly channelNumber: number;
  /** The address as it was bound. */
  readonly address: Address;
  /**
   * The peers that were accepted. Hot; those that come while nobody subscribes are kept for the next subscriber while they live. Completes
   * when the listener has closed.
   */
  readonly peers$: Observable<Peer>;
  readonly #group: GroupCore;
  readonly #peers = new Multicast<Peer>();
  readonly #closed: Promise<void>;
  #resolveClosed!: () => void;
  /** Those that nobody has taken and that live. */
  readonly #waiting = new Set<Peer>();
  #isStopped = false;
  #isClosed = false;

  /** @internal */
  constructor(group: GroupCore, channelNumber: number, address: Address) {
    this.#group = group;
    this.channelNumber = channelNumber;
    this.address = address;
    this.#closed = new Promise(resolve => {
      this.#resolveClosed = resolve;
    });
    this.peers$ = new Observable(subscriber => this.#subscribe(subscriber));
  }

  /** Stops listening; accepted peers live on. Resolves when the listener's channel has closed. */
  close(): Promise<void> {
    if (!this.#isClosed) this.stop();
    return this.#closed;
  }

  /** The same as `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal Posts the ByeSignal; what is closed already is fine. */
  stop(): void {
    this.#isStopped = true;
    const signal = EngineMessage.fresh(this.#group.context.pool);
    signal.opCode = OpCode.ByeSignal;
    signal.channelNumber = this.channelNumber;
    try {
      this.#group.post(signal);
    } catch (error) {
      if (!(error instanceof TofuError)) throw error;
    }
  }

  /** @internal Whether it takes peers. */
  get isOpen(): boolean {
    return !this.#isStopped && !this.#isClosed;
  }

  /** @internal A peer was accepted. */
  add(peer: Peer): void {
    if (!this.#peers.isEmpty) {
      this.#peers.next(peer);
      return;
    }
    this.#waiting.add(peer);
    peer.closed$.subscribe({
      complete: () => {
        this.#waiting.delete(peer);
      },
    });
  }

  /** @internal The listener's channel has closed. */
  ended(): void {
    this.#isClosed = true;
    this.#peers.complete();
    this.#resolveClosed();
  }

  #subscribe(subscriber: Subscriber<Peer>): () => void {
    this.#peers.add(subscriber);
    for (const peer of this.#waiting) {
      if (subscriber.closed) break;
      this.#waiting.delete(peer);
      subscriber.next(peer);
    }
    if (this.#isClosed) subscriber.complete();
    return () => {
      this.#peers.remove(subscriber);
    };
  }
}
