import type { Observable } from 'rxjs';

/** The values of an Observable as a generator gives them, one for each pull; it ends with its source, failed or not. */
export async function* pulled<T>(values: Observable<T>): AsyncGenerator<T> {
  const seen: T[] = [];
  let wake = (): void => undefined;
  let isOver = false;
  const end = (): void => {
    isOver = true;
    wake();
  };
  const subscription = values.subscribe({
    next: value => {
      seen.push(value);
      wake();
    },
    error: end,
    complete: end,
  });
  try {
    for (;;) {
      const next = seen.shift();
      if (next !== undefined) yield next;
      else if (isOver) return;
      else
        await new Promise<void>(resolve => {
          wake = resolve;
        });
    }
  } finally {
    subscription.unsubscribe();
  }
}
