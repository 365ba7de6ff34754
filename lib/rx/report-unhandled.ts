import { throwError } from 'rxjs';

/**
 * What `subscribe` is given catches its own errors. A Subscriber that somebody made by hand does not, nor is a teardown or a claimant that throws
 * caught: each would take the dispatch with it, and what others wait for. Its error goes where RxJS reports those that nobody handles.
 */
export function reportUnhandled(error: unknown): void {
  throwError(() => error).subscribe();
}
