import { config } from 'rxjs';

/** What RxJS reports as unhandled while a spec runs, in order; it would end the process otherwise. Restored behind each spec. */
export function collectUnhandledErrors(): { errors: unknown[]; reported: () => Promise<unknown[]> } {
  const errors: unknown[] = [];
  let before: typeof config.onUnhandledError;

  beforeEach(() => {
    errors.length = 0;
    before = config.onUnhandledError;
    config.onUnhandledError = error => {
      errors.push(error);
    };
  });
  afterEach(() => {
    config.onUnhandledError = before;
  });

  return {
    errors,
    /** RxJS reports on a call stack of its own: in a timer of 0 ms, behind which this one is. */
    reported: () =>
      new Promise(resolve => {
        setTimeout(() => {
          resolve(errors);
        });
      }),
  };
}
