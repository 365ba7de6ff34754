// Steps of the tour: single questions, and many at once.
import { catchError, concat, defer, filter, forkJoin, map, mergeMap, of, range, reduce, toArray } from 'rxjs';
import { withPeer } from './arrival.mjs';

const QUESTIONS = 20_000;
const IN_FLIGHT = 256;
const HEADERS = { job: 'echo' };

/** A value with the time that it took, in ms. */
const timed = source$ =>
  defer(() => {
    const startedAt = performance.now();
    return source$.pipe(map(value => ({ value, ms: performance.now() - startedAt })));
  });

/** One question, one answer, on each Link; and one that fails over there. */
export function askOnce({ links, check }) {
  const questions = Object.entries(links).map(([name, link]) =>
    timed(link.request(name, { headers: HEADERS })).pipe(
      map(({ value: reply, ms }) => {
        check(reply.body.text() === name, `over ${name} a question gets its answer`);
        return `over ${name} in ${ms.toFixed(1)} ms`;
      }),
    ),
  );
  const failure$ = links.tcp.request('', { headers: { job: 'dance' } }).pipe(catchError(error => of(error)));
  return forkJoin([concat(...questions).pipe(toArray()), failure$]).pipe(
    map(([answered, failure]) => {
      check(failure.code === 'processing_failed', "a handler's error is the Observable's error");
      return `answered ${answered.join(', ')}; a wrong one fails with "${failure.message}"`;
    }),
  );
}

/** Many questions on each connection, a fixed number of them in flight. */
export function askMany({ links, check }) {
  const floods = Object.entries(links).map(([name, link]) =>
    timed(withPeer(link, flood)).pipe(
      map(({ value: own, ms }) => {
        check(own === QUESTIONS, `over ${name} every question got its own answer`);
        return `${Math.round((1000 * QUESTIONS) / ms).toLocaleString('en')} answers/s over ${name}`;
      }),
    ),
  );
  return concat(...floods).pipe(
    toArray(),
    map(rates => `${IN_FLIGHT} in flight, ${rates.join(', ')}`),
  );
}

/** How many questions are answered by what they asked. */
const flood = peer =>
  range(0, QUESTIONS).pipe(
    mergeMap(number => {
      const question = String(number);
      return peer
        .request(question, { headers: HEADERS })
        .pipe(filter(reply => reply.body.text() === question));
    }, IN_FLIGHT),
    reduce(count => count + 1, 0),
  );
