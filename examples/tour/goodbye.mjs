// Step of the tour: the graceful end, while handlers run.
import { existsSync } from 'node:fs';
import {
  catchError,
  count,
  forkJoin,
  ignoreElements,
  last,
  map,
  mergeMap,
  of,
  partition,
  range,
  share,
  switchMap,
  take,
} from 'rxjs';
import { OpCode } from 'rxtofu';

const QUESTIONS = 10;

/** The server's counters. */
export const askStats = ({ links }) =>
  links.tcp.request('', { headers: { job: 'stats' } }).pipe(map(reply => reply.body.json()));

/** Each Link is closed in the middle of its questions: every answer comes first. Then the server is told to end. */
export function sayGoodbye(tour) {
  const { check, server, addresses } = tour;
  const links = Object.values(tour.links);
  return forkJoin(links.map(farewell)).pipe(
    switchMap(ends => {
      for (const { answers, refusal, state } of ends) {
        check(answers === QUESTIONS, 'every running handler was waited for');
        check(refusal.code === 'channel_closed', 'behind the bye there are no new requests');
        check(state === 'closed', 'the Link stays closed');
      }
      server.child.kill('SIGTERM');
      return server.exited;
    }),
    map(({ code }) => {
      check(code === 0, 'the server ended by itself, with status 0');
      check(!existsSync(addresses.uds.path), 'its socket file is gone');
      return `bye on ${links.length} connections with ${QUESTIONS} handlers running on each: every answer came, then the end; server ended with status ${code}`;
    }),
  );
}

/** Asks, says bye when every handler has begun, and tells what came of it. */
function farewell(link) {
  const asked$ = range(0, QUESTIONS).pipe(
    mergeMap(() => link.request('', { headers: { job: 'work' }, observe: 'all' })),
    share(),
  );
  const [begun$, replies$] = partition(asked$, message => message.opCode === OpCode.Signal);
  const refusal$ = link.request('too late').pipe(
    ignoreElements(),
    catchError(error => of(error)),
  );
  const closed$ = begun$.pipe(
    take(QUESTIONS),
    last(),
    switchMap(() => link.close()),
    switchMap(() => forkJoin({ refusal: refusal$, state: link.state$.pipe(last()) })),
  );
  return forkJoin({ answers: replies$.pipe(count()), closed: closed$ }).pipe(
    map(({ answers, closed }) => ({ answers, ...closed })),
  );
}
