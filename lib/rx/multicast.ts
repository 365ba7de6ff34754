import type { Subscriber } from 'rxjs';
import { reportUnhandled } from './report-unhandled.js';

/**
 * The subscribers of a hot stream. Each value goes to those that were there when it began: one that is added while it is being
 * told hears the next one, one that has left hears nothing more, and one that throws keeps nothing from the others.
 *
 * A Subject would do the same with a closure a value, which the hot path can't afford.
 */
export class Multicast<T> {
  /** Replaced, never changed: a value under way keeps the list it began with. */
  #subscribers: readonly Subscriber<T>[] = [];

  get isEmpty(): boolean {
    return this.#subscribers.length === 0;
  }

  get size(): number {
    return this.#subscribers.length;
  }

  add(subscriber: Subscriber<T>): void {
    this.#subscribers = [...this.#subscribers, subscriber];
  }

  remove(subscriber: Subscriber<T>): void {
    this.#subscribers = this.#subscribers.filter(other => other !== subscriber);
  }

  next(value: T): void {
    const subscribers = this.#subscribers;
    for (let at = 0; at < subscribers.length; at++) {
      const subscriber = subscribers[at] as Subscriber<T>;
      if (subscriber.closed) continue;
      try {
        subscriber.next(value);
      } catch (error) {
        reportUnhandled(error);
      }
    }
  }

  complete(): void {
    for (const subscriber of this.#takeAll()) {
      try {
        subscriber.complete();
      } catch (error) {
        reportUnhandled(error);
      }
    }
  }

  #takeAll(): readonly Subscriber<T>[] {
    const subscribers = this.#subscribers;
    this.#subscribers = [];
    return subscribers;
  }
}
