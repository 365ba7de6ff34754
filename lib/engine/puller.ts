import type { EngineMessage } from '../message/engine-message.js';
import { type Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { Clock } from '../transport/clock.js';
import { abortable } from './abortable.js';

/** The one `waitReceive` that waits on a group. */
export class Puller {
  readonly #clock: Clock;
  #deliver: ((message: EngineMessage | null) => void) | null = null;
  #reject: ((error: TofuError) => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isWaiting(): boolean {
    return this.#deliver !== null;
  }

  /** Waits for the next message; null after `ms`. */
  wait(ms: number, signal: AbortSignal | undefined): Promise<EngineMessage | null> {
    return abortable<EngineMessage | null>(signal, (resolve, reject) => {
      const timer = ms === Infinity ? null : this.#clock.after(ms, () => this.#deliver?.(null));
      const done = (): void => {
        timer?.[Symbol.dispose]();
        this.#deliver = null;
        this.#reject = null;
      };
      this.#deliver = message => {
        done();
        resolve(message);
      };
      this.#reject = error => {
        done();
        reject(error);
      };
      return done;
    });
  }

  /** Hands a message to whoever waits. */
  deliver(message: EngineMessage): void {
    this.#deliver?.(message);
  }

  /** Nobody will be handed anything any more, and why. */
  fail(status: Status, text: string): void {
    this.#reject?.(new TofuError(status, text));
  }
}
