import { describe } from '../message/describe.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';

/** @throws TofuError `not_allowed` for what is no AbortSignal; null counts as absent */
export function assertSignal(signal: AbortSignal | null | undefined): void {
  if (signal === undefined || signal === null) return;
  const { aborted, addEventListener } = signal as Partial<AbortSignal>;
  if (typeof aborted !== 'boolean' || typeof addEventListener !== 'function') {
    throw new TofuError(Status.notAllowed, `signal ${describe(signal)} is no AbortSignal`);
  }
}

/**
 * Throws the reason of a signal that has aborted.
 *
 * @throws TofuError `not_allowed` for what is no AbortSignal; null counts as absent
 */
export function throwIfAborted(signal: AbortSignal | null | undefined): void {
  assertSignal(signal);
  // The reason is whatever the caller chose, and travels as it is.
  if (signal?.aborted === true) throw signal.reason;
}

/**
 * A Promise that an AbortSignal may give up: it rejects with the signal's reason, and `start`'s answer is called to
 * take back what it began. No listener is left on the signal once the Promise has settled.
 */
export function abortable<T>(
  signal: AbortSignal | null | undefined,
  start: (resolve: (value: T) => void, reject: (reason: Error) => void) => (() => void) | undefined,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    throwIfAborted(signal);
    if (signal === undefined || signal === null) {
      start(resolve, reject);
      return;
    }
    const began: { takeBack?: (() => void) | undefined } = {};
    const onAbort = (): void => {
      began.takeBack?.();
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the caller chose
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const settled = (): void => {
      signal.removeEventListener('abort', onAbort);
    };
    began.takeBack = start(
      value => {
        settled();
        resolve(value);
      },
      reason => {
        settled();
        reject(reason);
      },
    );
  });
}
