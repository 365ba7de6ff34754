// What the tour's server answers: the `job` header of a request says what is wanted.
import { createReadStream } from 'node:fs';
import { basename, join } from 'node:path';
import {
  concat,
  defer,
  distinctUntilChanged,
  filter,
  finalize,
  ignoreElements,
  map,
  mergeMap,
  scan,
  tap,
  timer,
} from 'rxjs';
import { pooled, Status, TofuError } from 'rxtofu';
import { openForWriting } from '../support/files.mjs';

const MIB = 1024 * 1024;
/** The most that a body holds. */
const CHUNK_BYTES = 65_535;
const WORK_MS = 100;

/** @returns for a peer, the handler of its requests */
export function createJobs(engine, folder) {
  /** A file of the folder, whatever path a client names. */
  const pathOf = request => join(folder, basename(request.first.textHeaders.get('name') ?? 'unnamed'));

  const jobs = {
    echo: ({ first }) => first.body.bytes(),

    stats: () => JSON.stringify(engine.stats()),

    /** Running totals: each number is answered at once. */
    sum: request =>
      request.pipe(
        map(part => Number(part.body.text())),
        scan((total, number) => total + number, 0),
        map(String),
      ),

    /** Stores a file, tells of each MiB that it has, and answers with the SHA-256. */
    store: (request, peer) =>
      defer(() => openForWriting(pathOf(request))).pipe(
        mergeMap(file => {
          const storing$ = request.pipe(
            // A part keeps its slot until it is written: the disk holds back the sender.
            pooled(part => file.write(part.body.bytes())),
            map(() => Math.floor(file.byteLength / MIB)),
            distinctUntilChanged(),
            filter(mebibytes => mebibytes > 0),
            tap(mebibytes => peer.signal(String(mebibytes), { messageId: request.messageId })),
            ignoreElements(),
          );
          const digest$ = defer(() => file.close()).pipe(map(sha256 => ({ headers: { sha256 } })));
          return concat(storing$, digest$).pipe(finalize(() => file.close()));
        }),
      ),

    /** A file, pulled as it leaves. When nobody wants it any more it is let go, and a Signal tells how far it came. */
    async *fetch(request, peer) {
      let sent = 0;
      let isWhole = false;
      try {
        for await (const bytes of createReadStream(pathOf(request), { highWaterMark: CHUNK_BYTES })) {
          sent += bytes.length;
          yield bytes;
        }
        isWhole = true;
      } finally {
        if (!isWhole)
          peer.signal('', { messageId: request.messageId, headers: { 'stopped-at': String(sent) } });
      }
    },

    /** Says that it has begun, and answers a while later. */
    work: (request, peer) =>
      defer(() => {
        peer.signal('begun', { messageId: request.messageId });
        return timer(WORK_MS);
      }).pipe(map(() => 'done')),
  };

  return peer => request => {
    const name = request.first.textHeaders.get('job') ?? '';
    // Only a TofuError's text reaches whoever asked.
    if (!Object.hasOwn(jobs, name))
      throw new TofuError(Status.processingFailed, `no job is called '${name}'`);
    return jobs[name](request, peer);
  };
}
