// A RIP worker, a process of its own: turns documents into pages, one job at a time, until the spool says bye.
import { concat, ignoreElements, interval, lastValueFrom, mergeMap, of, switchMap, take, tap } from 'rxjs';
import { connect, createEngine, reassemble, udsClient } from 'rxtofu';
import { sha256 } from './jobs.mjs';

const PAGE_MS = 30;

const [path, worker, languages] = process.argv.slice(2);

/** The job's parts put together, its pages as Signals on its id, then one Response. */
const rip = peer => job => {
  const { messageId, first } = job;
  const pages = Number(first.textHeaders.get('pages'));
  return job.pipe(
    reassemble(),
    mergeMap(document => {
      const pages$ = interval(PAGE_MS).pipe(
        take(pages),
        tap(index => peer.signal(`[${index + 1}:${pages}]`, { messageId })),
        ignoreElements(),
      );
      return concat(pages$, of(sha256(document)));
    }),
  );
};

const engine = createEngine();
// Completes when the bye is through; errors, and ends the process with a failure, when the spool is lost.
const working$ = connect(engine.createGroup(), udsClient(path), { headers: { worker, languages } }).pipe(
  switchMap(peer => peer.serve(rip(peer), { concurrency: 1 })),
);
await lastValueFrom(working$, { defaultValue: null });
await engine.destroy();
