import { asyncScheduler, type Observable, type SchedulerLike, timer } from 'rxjs';
import { assertFunction, assertScheduler, optionsOf } from '../rx/arguments.js';
import { checkedNumber, FINITE_POSITIVE, LONGEST_WAIT_MS, POSITIVE } from './numeric-option.js';

/** How long `backoff` waits. */
export interface BackoffOptions {
  /** The wait before the first retry, in ms, more than 0. @default 100 */
  initial?: number;
  /** The longest wait, in ms, more than 0. @default 30000 */
  max?: number;
  /** By what each wait is longer than the one before it, 1 or more. @default 2 */
  factor?: number;
  /** The part of a wait that is left to chance, 0..1: so that many clients that lost one server don't all come back at once. @default 0.5 */
  jitter?: number;
  /** Gives numbers of 0 up to 1. @default Math.random */
  random?: () => number;
}

/** The `delay` of RxJS `retry`, which is called with the error and the count, and of `repeat`, which is called with the count. */
export type Backoff = (errorOrCount: unknown, retryCount?: number) => Observable<0>;

/**
 * Waits longer from one retry to the next: the `delay` of `retry` and `repeat`.
 *
 * The nth wait is uniformly between (1 - jitter) d and d ms, where d = min(max, initial x factor^(n - 1)). It keeps no state: what counts
 * is the operator that calls it. So `retry` starts afresh after a success only with `resetOnSuccess: true`, and `repeat` never does.
 *
 * Each call returns a cold Observable that emits once, when the wait is over, and completes.
 *
 * @throws TofuError `not_allowed`, naming the option, for a number outside its range
 * @example
 * source$.pipe(retry({ delay: backoff({ max: 5_000 }), resetOnSuccess: true }));
 */
export function backoff(options: BackoffOptions = {}, scheduler: SchedulerLike = asyncScheduler): Backoff {
  const given = optionsOf(options);
  assertScheduler(scheduler);
  const initial = checkedNumber('option initial', given.initial ?? 100, FINITE_POSITIVE);
  const max = checkedNumber('option max', given.max ?? 30_000, POSITIVE);
  const factor = checkedNumber('option factor', given.factor ?? 2, {
    words: 'a finite number of 1 or more',
    holds: value => value >= 1 && value < Infinity,
  });
  const jitter = checkedNumber('option jitter', given.jitter ?? 0.5, {
    words: 'a number of 0..1',
    holds: value => value >= 0 && value <= 1,
  });
  const random = given.random ?? Math.random;
  assertFunction('option random', random);
  return (errorOrCount, retryCount = errorOrCount as number) => {
    const longest = Math.min(max, LONGEST_WAIT_MS, initial * factor ** (retryCount - 1));
    return timer(longest - (1 - random()) * jitter * longest, scheduler);
  };
}
