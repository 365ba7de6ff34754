import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { abortable } from './abortable.js';

/** Those who wait until a channel's send queue is short again. */
export class WritableWaiters {
  readonly #maxQueuedBytes: number;
  /**
   * The longest frame that post() has refused meanwhile. Below half there may be no room for it yet; whoever is told to try again then
   * would be refused for ever, and never let the queue move.
   */
  #refusedBytes = 0;
  #waiting: { resolve: () => void; reject: (error: TofuError) => void }[] = [];

  constructor(maxQueuedBytes: number) {
    this.#maxQueuedBytes = maxQueuedBytes;
  }

  /** post() has refused a frame of this length. */
  refused(frameBytes: number): void {
    this.#refusedBytes = Math.max(this.#refusedBytes, frameBytes);
  }

  wait(queuedBytes: number, signal: AbortSignal | undefined): Promise<void> {
    return abortable<void>(signal, (resolve, reject) => {
      if (this.#isWritable(queuedBytes)) {
        this.#refusedBytes = 0;
        resolve();
        return undefined;
      }
      const waiter = { resolve, reject };
      this.#waiting.push(waiter);
      return () => {
        this.#waiting = this.#waiting.filter(other => other !== waiter);
      };
    });
  }

  /** The queue has this many bytes now. */
  release(queuedBytes: number): void {
    if (this.#waiting.length === 0 || !this.#isWritable(queuedBytes)) return;
    this.#refusedBytes = 0;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) waiter.resolve();
  }

  #isWritable(queuedBytes: number): boolean {
    if (queuedBytes === 0) return true;
    const max = this.#maxQueuedBytes;
    return queuedBytes < max / 2 && queuedBytes + this.#refusedBytes <= max;
  }

  /** The channel is closed. */
  fail(channelNumber: number): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) {
      waiter.reject(new TofuError(Status.channelClosed, `channel ${String(channelNumber)} has closed`));
    }
  }
}
