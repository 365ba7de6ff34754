// Print farm: a spool hands jobs to worker processes that are killed at random, and every job is printed exactly once.
import { defer, filter, firstValueFrom, lastValueFrom, repeat, take, takeUntil, timeout, timer } from 'rxjs';
import { createEngine, udsServer } from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';
import { Crew } from './crew.mjs';
import { LANGUAGES, makeJobs } from './jobs.mjs';
import { Spool } from './spool.mjs';
import { createView } from './view.mjs';

const JOBS = 42;
const KILLS = 6;
const LIMIT_MS = 14_000;
/** What the worker in each place takes. */
const PLACES = [['postscript'], ['pcl'], ['pdf'], ['postscript', 'pcl'], LANGUAGES, LANGUAGES];

const jobs = makeJobs(JOBS);
const spool = new Spool(jobs);
const view = createView(jobs, PLACES.length);
const busy = new Set(); // names of workers that have a job
let returned = 0;
spool.events$.subscribe(event => {
  if (event.kind === 'started') busy.add(event.worker);
  else if (event.kind !== 'page') busy.delete(event.worker);
  if (event.kind === 'returned') returned++;
  view.show(event);
});
const finished$ = spool.events$.pipe(filter(event => event.kind === 'finished'));

const engine = createEngine();
const listener = await openListener(engine.createGroup(), udsServer(), {
  accept: hello => spool.accept(hello),
});
const working = lastValueFrom(spool.run(listener.peers$), { defaultValue: null });
const crew = new Crew(listener.address.path);
PLACES.forEach((languages, index) => crew.hire(index + 1, languages));

const killed = new Set();
defer(() => timer(150 + 300 * Math.random()))
  .pipe(
    repeat(),
    filter(() => busy.size > 0),
    take(KILLS),
    takeUntil(finished$),
  )
  .subscribe(() => {
    const worker = [...busy][Math.floor(busy.size * Math.random())];
    busy.delete(worker);
    killed.add(worker);
    view.show({ kind: 'killed', worker });
    crew.kill(worker);
  });

await firstValueFrom(finished$.pipe(timeout(LIMIT_MS)));
const exits = await crew.dismiss(); // the spool has said bye to all of them
await listener.close();
await working;
view.stop();

check(killed.size > 0 && returned > 0, `${killed.size} workers were killed, ${returned} jobs went to others`);
check(
  exits.every(({ name, code }) => killed.has(name) || code === 0),
  `the other ${exits.length - killed.size} of ${exits.length} workers ended by themselves, behind the bye`,
);
const results = jobs.map(job => spool.accepted.get(job.id)?.length ?? 0);
check(!results.includes(0), 'no job was lost');
check(
  results.every(count => count === 1),
  `each of the ${JOBS} jobs was printed exactly once`,
);
check(engine.stats().slots.used === 0, 'every slot is free');
await engine.destroy();
