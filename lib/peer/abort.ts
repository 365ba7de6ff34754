import { NEVER, Observable } from 'rxjs';

/** Errors with the signal's reason when it aborts; never emits. No listener is left behind an unsubscribe. */
export function abort$(signal: AbortSignal | null | undefined): Observable<never> {
  if (signal === undefined || signal === null) return NEVER;
  return new Observable(subscriber => {
    const onAbort = (): void => {
      subscriber.error(signal.reason);
    };
    if (signal.aborted) {
      onAbort();
      return undefined;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    return () => {
      signal.removeEventListener('abort', onAbort);
    };
  });
}
