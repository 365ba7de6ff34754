import type { IoChannel } from '../engine/io-channel.js';
import { Fifo } from '../rx/fifo.js';
import type { RequestWindow } from './request-window.js';

/** Replies that the channel did not take: each waits until it may, and its request's slot with it. */
export class DelayedReplies {
  readonly #channel: IoChannel;
  readonly #answers = new Fifo<() => void>();

  constructor(channel: IoChannel) {
    this.#channel = channel;
  }

  /** `answer` is called when the channel may take it, unless the request is over before. */
  add(request: RequestWindow, answer: () => void): void {
    request.keepBrake();
    let isWanted = true;
    request.work = {
      unsubscribe: () => {
        isWanted = false;
      },
    };
    this.#answers.push(() => {
      if (isWanted) answer();
    });
  }

  /** The channel may take more: each gets one more try, while that is so. */
  retry(): void {
    for (let left = this.#answers.length; left > 0 && this.#channel.outbox.isWritable; left--) {
      this.#answers.shift()?.();
    }
  }

  /** None will be taken any more. */
  clear(): void {
    this.#answers.takeAll();
  }
}
