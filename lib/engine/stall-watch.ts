import type { EngineContext } from './context.js';
import { Deadline } from './deadlines.js';

/** Tells when something has waited for slots for `stallTimeout`: a reader, or a peer without credit. */
export class StallWatch {
  readonly #context: EngineContext;
  readonly #onStall: (isFirst: boolean) => void;
  /** Made when it is first needed: most connections never wait. */
  #deadline: Deadline | null = null;
  /** How often it has told of this wait. */
  #stalls = 0;

  /** @param onStall told whether it is for the first time in this wait */
  constructor(context: EngineContext, onStall: (isFirst: boolean) => void) {
    this.#context = context;
    this.#onStall = onStall;
  }

  /** A wait begins. */
  begin(): void {
    this.#stalls = 0;
    this.#deadline ??= new Deadline(this.#context.deadlines, () => {
      this.#onStall(this.#stalls++ === 0);
    });
    this.#deadline.set(this.#context.options.stallTimeout);
  }

  /** Slots or windows have changed hands. Not watched again by itself: a channel that waits for good would keep a virtual run going for ever. */
  again(): void {
    if (this.#deadline?.isSet() === false) this.#deadline.set(this.#context.options.stallTimeout);
  }

  /** It waits on, and not for nothing: the time starts over. */
  moved(): void {
    this.#deadline?.set(this.#context.options.stallTimeout);
  }

  /** The wait is over. */
  end(): void {
    this.#deadline?.clear();
  }

  dispose(): void {
    this.#deadline?.dispose();
  }
}
