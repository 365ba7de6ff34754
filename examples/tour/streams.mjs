// Steps of the tour: a stream in both directions on one id, and streams in turn on one channel.
import { createHash, randomBytes } from 'node:crypto';
import {
  AsyncSubject,
  bufferCount,
  concat,
  defer,
  from,
  interval,
  map,
  mergeMap,
  of,
  range,
  reduce,
  switchMap,
  take,
  tap,
  toArray,
  zip,
} from 'rxjs';
import { chunked, connect, OpCode, postFrom } from 'rxtofu';

const NUMBERS = 2_000;
const BURST = 100;
const DOCUMENTS = 5;
const PART_BYTES = 16 * 1024;

/** Numbers go, running totals come. */
export const bothWays = ({ links, check }) =>
  defer(() => {
    let sent = 0;
    let sentAtFirstTotal = 0;
    const firstTotal$ = new AsyncSubject();
    // In bursts, as numbers come that are measured somewhere.
    const bursts = from =>
      zip(range(from, NUMBERS / 2).pipe(bufferCount(BURST)), interval(1)).pipe(mergeMap(([burst]) => burst));
    // The second half goes when a total of the first has come.
    const numbers$ = concat(bursts(1), firstTotal$, bursts(NUMBERS / 2 + 1)).pipe(
      tap(() => sent++),
      map(String),
    );
    return links.uds.request(numbers$, { headers: { job: 'sum' } }).pipe(
      tap(() => {
        sentAtFirstTotal ||= sent;
        firstTotal$.complete();
      }),
      map(reply => Number(reply.body.text())),
      toArray(),
      map(totals => {
        check(
          totals.length === NUMBERS &&
            totals.every((total, index) => total === ((index + 1) * (index + 2)) / 2),
          'every total came back right, and in order',
        );
        check(sentAtFirstTotal < NUMBERS, 'totals came while numbers were still being sent');
        return `${NUMBERS} numbers out and ${totals.length} totals back on one id, the first total when ${sentAtFirstTotal} numbers were out`;
      }),
    );
  });

/** Documents in parts, posted in turn; the server's windows tell them apart and put them together. */
export function sendDocuments({ group, addresses, check }) {
  const documents = Array.from({ length: DOCUMENTS }, (_, index) => {
    const bytes = randomBytes((index + 2) * 50_000);
    return { id: BigInt(index + 1), bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
  const converse = peer => {
    const digests$ = peer.signals$.pipe(
      take(DOCUMENTS),
      reduce((digests, signal) => digests.set(signal.messageId, signal.body.text()), new Map()),
    );
    const parts$ = from(documents).pipe(
      mergeMap(document => postParts(group, peer, document)),
      toArray(),
    );
    return zip(digests$, parts$);
  };
  return connect(group, addresses.uds, { headers: { work: 'documents' } }).pipe(
    switchMap(converse),
    take(1), // which leaves connect, and says bye
    map(([digests, parts]) => {
      const changes = parts.filter(({ messageId }, index) => messageId !== parts[index - 1]?.messageId);
      check(changes.length > DOCUMENTS, 'the parts of different documents went in turn');
      check(
        documents.every(({ id, sha256 }) => digests.get(id) === sha256),
        'each document arrived as it was (SHA-256)',
      );
      return `${DOCUMENTS} documents in ${parts.length} parts, which changed ${changes.length} times from one to another, whole again in ${digests.size} windows`;
    }),
  );
}

/** One document as Signals on its id, all but the last with `more`. */
function postParts(group, peer, { id, bytes }) {
  const lastIndex = Math.ceil(bytes.length / PART_BYTES) - 1;
  const parts$ = zip(of(bytes).pipe(chunked(PART_BYTES)), interval(1)).pipe(map(([part]) => part));
  return postFrom(group, parts$, (part, message, index) => {
    message.opCode = OpCode.Signal;
    message.channelNumber = peer.channelNumber;
    message.messageId = id;
    message.more = index < lastIndex;
    message.body.append(part);
  });
}
