import { catchError, map, type MonoTypeOperatorFunction, type Observable, throwError, timer } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { type Message, TofuError } from '../../lib/index.js';

/** Runs a spec in virtual time; what `expectObservable` and `expectSubscriptions` were told is checked at its end. */
export function marbles(run: (helpers: RunHelpers & { scheduler: TestScheduler }) => void): void {
  const scheduler = new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  });
  scheduler.run(helpers => {
    run({ ...helpers, scheduler });
  });
}

/** Makes an error its code, or its text where it is not one of ours: a diagram says it as the third argument of `toBe`. */
export function codes<T>(): MonoTypeOperatorFunction<T> {
  return catchError((error: unknown) =>
    throwError(() => (error instanceof TofuError ? error.code : (error as Error).message)),
  );
}

/** The code of the TofuError that `f` throws; the value of anything else that it throws, or that nothing was thrown. */
export function thrownBy(f: () => unknown): unknown {
  try {
    f();
  } catch (error) {
    return error instanceof TofuError ? error.code : error;
  }
  return 'nothing thrown';
}

/** The message itself, `ms` later. */
export function after(ms: number): (message: Message) => Observable<Message> {
  return message => timer(ms).pipe(map(() => message));
}
