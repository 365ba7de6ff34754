// Steps of the tour: the server hangs and wakes; it is killed and comes back, and no question stays unanswered.
import {
  catchError,
  defer,
  filter,
  forkJoin,
  from,
  ignoreElements,
  map,
  merge,
  mergeMap,
  of,
  range,
  reduce,
  retry,
  skip,
  switchMap,
  take,
  tap,
} from 'rxjs';
import { backoff, connect, keepAlive } from 'rxtofu';

const BEATS = 3;
const TIMING = { every: 50, within: 1_000 };
const QUESTIONS = 20;
const BODY = Buffer.alloc(40 * 1024, 'question');
const ECHO = { headers: { job: 'echo' } };
const BACKOFF = { initial: 20, max: 500 };

/** SIGSTOP: a process that hangs keeps its connections; only its silence tells. */
export function noticeSilence({ group, addresses, links, check, server }) {
  const { child } = server;
  const watch = peer => {
    const beats$ = peer.messages$.pipe(
      filter(message => message.textHeaders.has('rx-heartbeat')),
      take(BEATS),
      tap({ complete: () => child.kill('SIGSTOP') }),
    );
    return merge(beats$, keepAlive(peer, TIMING)).pipe(
      ignoreElements(),
      catchError(error => {
        peer.abort(); // a bye would wait for its answer
        return of(error);
      }),
    );
  };
  return connect(group, addresses.tcp, { headers: { work: 'heartbeat' } }).pipe(
    switchMap(watch),
    take(1),
    mergeMap(error => {
      child.kill('SIGCONT');
      check(error.code === 'peer_disconnected', 'a server that hangs is noticed');
      return links.tcp.request('awake?', ECHO).pipe(map(() => error));
    }),
    map(error => `SIGSTOP behind ${BEATS} heartbeats: "${error.message}"; SIGCONT, and it answers again`),
  );
}

/** SIGKILL, with questions under way: the Links connect again, and what has no answer is asked again. */
export function surviveKill(tour) {
  const { addresses, check, server } = tour;
  const links = Object.values(tour.links);

  let lost = 0;
  const ask = link =>
    link.request(BODY, ECHO).pipe(
      // Whether it was handled is not known: what is asked again must bear being done twice.
      tap({ error: () => lost++ }),
      retry({ count: 20, delay: backoff(BACKOFF) }),
      filter(reply => reply.body.byteLength === BODY.length),
    );
  const answered$ = range(0, QUESTIONS).pipe(
    mergeMap(() => from(links).pipe(mergeMap(ask))),
    reduce(count => count + 1, 0),
  );

  const replaced$ = defer(() => {
    server.child.kill('SIGKILL');
    // Not before each Link has tried in vain.
    return forkJoin([server.exited, ...links.map(triedInVain)]);
  }).pipe(
    switchMap(([{ signal }]) => {
      check(signal === 'SIGKILL', 'the server was killed');
      return tour.startServer(addresses.tcp.port);
    }),
    tap(started => (tour.server = started)),
  );

  return defer(() => {
    server.child.kill('SIGSTOP'); // hangs, and answers nothing any more
    return forkJoin({ answered: answered$, replaced: replaced$ });
  }).pipe(
    switchMap(({ answered, replaced }) =>
      forkJoin(links.map(link => link.peer$.pipe(take(1)))).pipe(
        map(peers => ({ answered, replaced, peers })),
      ),
    ),
    map(({ answered, replaced: { child }, peers }) => {
      check(lost > 0, 'questions were lost with the server');
      check(answered === QUESTIONS * links.length, 'every question is answered, whole');
      check(
        peers.every(peer => peer.hello.textHeaders.get('pid') === String(child.pid)),
        'the Links are connected to the new process',
      );
      return `SIGKILL with ${answered} questions under way; ${lost} times one was lost and asked again; all are answered by process ${child.pid} on the same addresses`;
    }),
  );
}

/** Emits when a Link that has lost its connection has failed to make a new one. */
const triedInVain = link =>
  link.state$.pipe(
    filter(state => state === 'waiting'),
    skip(1),
    take(1),
  );
