/**
 * A Promise that an AbortSignal may give up: it rejects with the signal's reason, and `start`'s answer is called to
 * take back what it began. No listener is left on the signal once the Promise has settled.
 */
export function abortable<T>(
  signal: AbortSignal | undefined,
  start: (resolve: (value: T) => void, reject: (reason: Error) => void) => (() => void) | undefined,
): Promise<T> {
  if (signal === undefined) {
    return new Promise<T>((resolve, reject) => {
      start(resolve, reject);
    });
  }
  return new Promise<T>((resolve, reject) => {
    // The reason is whatever the caller chose, and travels as it is.
    const giveUp = (): void => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- see above
      reject(signal.reason);
    };
    if (signal.aborted) {
      giveUp();
      return;
    }
    const began: { takeBack?: (() => void) | undefined } = {};
    const onAbort = (): void => {
      began.takeBack?.();
      giveUp();
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
