// Steps of the tour: a file up and down again, and a transfer that is stopped.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  defer,
  filter,
  forkJoin,
  last,
  map,
  partition,
  reduce,
  scan,
  share,
  take,
  takeWhile,
  tap,
} from 'rxjs';
import { OpCode, reassemble } from 'rxtofu';
import { showProgress } from '../support/progress.mjs';
import { withPeer } from './arrival.mjs';

const MIB = 1024 * 1024;
const FETCH = { headers: { job: 'fetch', name: 'stored' } };
/** The most that a body holds. */
const CHUNK_BYTES = 65_535;

/** Up: a Readable is pulled as its parts leave. Signals on its id tell what is stored, beside the reply. */
export const upload = ({ links, file, check }) =>
  defer(() => {
    const progress = showProgress('upload  ', file.bytes);
    const file$ = createReadStream(file.path, { highWaterMark: CHUNK_BYTES });
    const headers = { job: 'store', name: 'stored' };
    const answers$ = links.tcp.request(file$, { headers, observe: 'all' }).pipe(share());
    const [steps$, reply$] = partition(answers$, message => message.opCode === OpCode.Signal);
    const stored$ = steps$.pipe(
      map(step => Number(step.body.text())),
      tap({ next: mebibytes => progress.update(mebibytes * MIB), finalize: () => progress.stop() }),
      reduce((stored, mebibytes) => [...stored, mebibytes], []),
    );
    return forkJoin({ stored: stored$, reply: reply$ });
  }).pipe(
    map(({ stored, reply }) => {
      const sha256 = reply.textHeaders.get('sha256');
      check(stored.length === file.bytes / MIB, 'the server told of each MiB that it stored');
      check(
        stored.every((mebibytes, index) => mebibytes === index + 1),
        'it told of them in order',
      );
      check(sha256 === file.sha256, 'the server stored what was sent (SHA-256)');
      return `${file.bytes / MIB} MiB up over tcp, ${stored.length} progress Signals, SHA-256 ${sha256.slice(0, 8)}... agrees`;
    }),
  );

/** Down: one request, a stream of replies, put together. */
export const download = ({ links, file, check }) =>
  defer(() => {
    const progress = showProgress('download', file.bytes);
    let bytes = 0;
    let frames = 0;
    return links.uds.request('', FETCH).pipe(
      tap({
        next(reply) {
          frames++;
          bytes += reply.body.byteLength;
          progress.update(bytes);
        },
        finalize: () => progress.stop(),
      }),
      reassemble({ maxBytes: file.bytes }),
      map(whole => {
        const sha256 = createHash('sha256').update(whole).digest('hex');
        check(sha256 === file.sha256, 'what came back is the original (SHA-256)');
        return `${file.bytes / MIB} MiB down over uds in ${frames} messages, SHA-256 ${sha256.slice(0, 8)}... agrees`;
      }),
    );
  });

/** A download that is unsubscribed: rx-cancel goes on its id, and lets the handler's generator go. */
export const stopEarly = ({ links, file, check }) =>
  withPeer(links.tcp, peer => {
    const stoppedAt$ = peer.signals$.pipe(
      filter(signal => signal.textHeaders.has('stopped-at')),
      map(signal => Number(signal.textHeaders.get('stopped-at'))),
      take(1),
    );
    const received$ = peer.request('', FETCH).pipe(
      scan((received, reply) => received + reply.body.byteLength, 0),
      takeWhile(received => received < MIB, true),
      last(),
    );
    return forkJoin({ sent: stoppedAt$, received: received$ });
  }).pipe(
    map(({ sent, received }) => {
      check(received >= MIB && received <= sent, 'what was received had been sent');
      check(sent < file.bytes, 'the handler was stopped before the end of the file');
      return `unsubscribed at ${mebibytes(received)} MiB, the handler was stopped at ${mebibytes(sent)} of ${mebibytes(file.bytes)}`;
    }),
  );

const mebibytes = bytes => (bytes / MIB).toFixed(1);
