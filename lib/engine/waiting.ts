import { abortable } from './abortable.js';

/** For calls that wait: give up waiting, and reject with the signal's reason. */
export interface WaitOptions {
  /** Gives up the waiting, and nothing else. */
  signal?: AbortSignal;
}

/** A Promise, and what resolves it. */
export function pending(): [promise: Promise<void>, resolve: () => void] {
  let done = (): void => undefined;
  const promise = new Promise<void>(resolve => {
    done = resolve;
  });
  return [promise, done];
}

/** The same promise, for a caller that may give up waiting. */
export function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return abortable<void>(signal, (resolve, reject) => {
    work.then(resolve, reject);
    return undefined;
  });
}
