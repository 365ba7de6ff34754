import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { abortable } from './abortable.js';

/** Those who wait until a channel's send queue is short again. */
export class WritableWaiters {
  readonly #below: number;
  #waiting: { resolve: () => void; reject: (error: TofuError) => void }[] = [];

  /** @param belowBytes the length below which a queue counts as writable */
  constructor(belowBytes: number) {
    this.#below = belowBytes;
  }

  wait(queuedBytes: number, signal: AbortSignal | undefined): Promise<void> {
    return abortable<void>(signal, (resolve, reject) => {
      if (queuedBytes < this.#below) {
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
    if (this.#waiting.length === 0 || queuedBytes >= this.#below) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) waiter.resolve();
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
