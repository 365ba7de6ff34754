import type { Observable, Subscription } from 'rxjs';
import type { Hold, Message } from '../message/message.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { Fifo } from './fifo.js';

interface Held {
  readonly message: Message;
  readonly hold: Hold;
}

/**
 * Pulls an Observable of messages: each one keeps its slot until the pull behind it, so that a slow loop brakes the sender. The first
 * pull subscribes, leaving the loop unsubscribes. A pull while another one waits is refused with `not_allowed`.
 */
export function heldIterator(source: Observable<Message>): AsyncIterator<Message, undefined> {
  const waiting = new Fifo<Held>();
  let current: Hold | null = null;
  let subscription: Subscription | null = null;
  let end: { error: unknown } | 'complete' | null = null;
  /** The pull that waits. */
  let wanted: {
    resolve: (result: IteratorResult<Message, undefined>) => void;
    reject: (error: unknown) => void;
  } | null = null;

  const settle = (): void => {
    if (wanted === null) return;
    const held = waiting.shift();
    if (held === undefined && end === null) return;
    const { resolve, reject } = wanted;
    wanted = null;
    if (held !== undefined) {
      current = held.hold;
      resolve({ done: false, value: held.message });
    } else if (end === 'complete') {
      resolve({ done: true, value: undefined });
    } else {
      const error = end?.error;
      end = 'complete';
      reject(error);
    }
  };
  const letGo = (): void => {
    current?.[Symbol.dispose]();
    current = null;
  };
  const subscribe = (): Subscription =>
    source.subscribe({
      next: message => {
        waiting.push({ message, hold: message.retain() });
        settle();
      },
      error: (error: unknown) => {
        end = { error };
        settle();
      },
      complete: () => {
        end = 'complete';
        settle();
      },
    });

  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (wanted !== null)
          throw new TofuError(Status.notAllowed, 'the stream was pulled while another pull waits');
        letGo();
        wanted = { resolve, reject };
        if (end === null) subscription ??= subscribe();
        settle();
      }),
    return: () => {
      subscription?.unsubscribe();
      end = 'complete';
      letGo();
      for (const { hold } of waiting.takeAll()) hold[Symbol.dispose]();
      settle();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}
