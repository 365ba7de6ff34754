import { Fifo } from './fifo.js';

/** Something that delivers what it has within one call. */
interface Delivery {
  deliver(): void;
}

/**
 * Puts a delivery that is asked for within another one behind it, in the same turn. Windows that end at once, read one behind the other by `concatMap`,
 * would else make a stack as deep as they are many, and RxJS loses the error of a stack that overflows.
 */
export class Trampoline {
  readonly #behind = new Fifo<Delivery>();
  #isDelivering = false;

  run(delivery: Delivery): void {
    if (this.#isDelivering) {
      this.#behind.push(delivery);
      return;
    }
    this.#isDelivering = true;
    try {
      delivery.deliver();
      for (let next = this.#behind.shift(); next !== undefined; next = this.#behind.shift()) next.deliver();
    } finally {
      this.#isDelivering = false;
    }
  }
}
