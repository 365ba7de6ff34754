import type { EngineContext } from './context.js';
import { Deadline } from './deadlines.js';

/** Watches that a frame that has begun is whole within `frameTimeout`. */
export class FrameWatch {
  readonly #context: EngineContext;
  readonly #deadline: Deadline;
  readonly #onTimeout: () => void;
  /** When the frame that is not whole yet began, in the clock's ms; Infinity: there is none, or it is not read on. */
  #since = Infinity;

  constructor(context: EngineContext, onTimeout: () => void) {
    this.#context = context;
    this.#onTimeout = onTimeout;
    this.#deadline = new Deadline(context.deadlines, () => {
      this.#onDue();
    });
  }

  /**
   * Bytes have come, and end in the middle of a frame. The deadline is left in place while frames come and go: moving it for each would cost more than the frame.
   *
   * @param isNew whether it is another frame than the last time
   */
  midFrame(isNew: boolean): void {
    if (this.#since !== Infinity && !isNew) return;
    this.#since = this.#context.clock.now();
    if (!this.#deadline.isSet()) this.#deadline.set(this.#context.options.frameTimeout);
  }

  /** No frame has begun, or the link is not read: no time passes for it. */
  stop(): void {
    this.#since = Infinity;
  }

  dispose(): void {
    this.#since = Infinity;
    this.#deadline.dispose();
  }

  #onDue(): void {
    if (this.#since === Infinity) return;
    const left = this.#since + this.#context.options.frameTimeout - this.#context.clock.now();
    if (left > 0) this.#deadline.set(left);
    else this.#onTimeout();
  }
}
