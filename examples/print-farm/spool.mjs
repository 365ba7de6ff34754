// The spool: hands jobs to workers as multi-part requests, follows their pages, and accepts each job's result once.
import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  finalize,
  from,
  ignoreElements,
  mergeMap,
  of,
  repeat,
  Subject,
  tap,
} from 'rxjs';
import { chunked, OpCode } from 'rxtofu';
import { sha256 } from './jobs.mjs';
import { JobQueue } from './job-queue.mjs';

/** So many bytes of a document go with one part of its request. */
const PART_BYTES = 1_024;

export class Spool {
  /** What happens, as `{ kind, worker, job, ... }`: joined, started, page, printed, returned, left, finished. */
  events$ = new Subject();
  /** Job id to the names of those whose results were accepted: one each, if all is well. */
  accepted = new Map();
  #jobCount;
  #queue;

  constructor(jobs) {
    this.#jobCount = jobs.length;
    this.#queue = new JobQueue(jobs);
  }

  /** Whether a worker may come: its hello says who it is and what it takes. */
  accept(hello) {
    const headers = hello.textHeaders;
    return headers.has('worker') && headers.has('languages') ? true : { refuse: 'what can you print?' };
  }

  /** Works with all who come, each until there is no more work or its connection is lost. */
  run(peers$) {
    return peers$.pipe(mergeMap(peer => this.#employ(peer)));
  }

  #employ(peer) {
    const worker = peer.hello.textHeaders.get('worker');
    const languages = peer.hello.textHeaders.get('languages').split(',');
    this.events$.next({ kind: 'joined', worker, languages });
    const work$ = this.#queue.take(languages).pipe(
      concatMap(job => this.#print(peer, worker, job)),
      repeat({ delay: () => (this.#queue.isClosed ? EMPTY : of('the next one')) }),
      // A request errors with its channel: what was under way is back in the queue, and this worker gone.
      catchError(error => {
        if (error.code === 'channel_closed') return EMPTY;
        throw error;
      }),
    );
    // No more work: a ByeRequest, which the worker's Peer answers by itself. To a dead peer it does nothing.
    return concat(
      work$,
      defer(() => peer.bye()),
    ).pipe(
      ignoreElements(),
      finalize(() => this.events$.next({ kind: 'left', worker })),
    );
  }

  /** One job on one worker. Whichever way it ends without a result, the job goes back. */
  #print(peer, worker, job) {
    let isDone = false;
    let pagesSeen = 0;
    return defer(() => {
      this.events$.next({ kind: 'started', worker, job });
      const parts$ = from([job.document]).pipe(chunked(PART_BYTES));
      const headers = { language: job.language, pages: String(job.pages) };
      return peer.request(parts$, { messageId: job.id, headers, observe: 'all' });
    }).pipe(
      tap(message => {
        if (message.opCode === OpCode.Signal) {
          const [, page] = /^\[(\d+):\d+\]$/.exec(message.body.text());
          if (Number(page) === pagesSeen + 1) pagesSeen++;
          this.events$.next({ kind: 'page', worker, job, page: Number(page) });
          return;
        }
        // The worker's digest says that every part came, and in order.
        if (pagesSeen !== job.pages || message.body.text() !== sha256(job.document))
          throw new Error(`job ${job.id} was printed wrong`);
        isDone = true;
        this.#acceptResult(worker, job);
      }),
      finalize(() => {
        if (isDone) return;
        this.events$.next({ kind: 'returned', worker, job });
        this.#queue.putBack(job);
      }),
    );
  }

  #acceptResult(worker, job) {
    this.accepted.set(job.id, [...(this.accepted.get(job.id) ?? []), worker]);
    this.events$.next({ kind: 'printed', worker, job });
    if (this.accepted.size < this.#jobCount) return;
    this.#queue.close();
    this.events$.next({ kind: 'finished' });
  }
}
