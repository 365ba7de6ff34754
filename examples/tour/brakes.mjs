// Step of the tour: a slow server, which its clients feel.
import {
  filter,
  map,
  merge,
  mergeMap,
  range,
  reduce,
  scan,
  switchMap,
  take,
  takeLast,
  takeWhile,
} from 'rxjs';
import { connect, OpCode, postFrom } from 'rxtofu';

const SIGNALS = 800;
const REQUESTS = 200;
const BODY = Buffer.alloc(8 * 1024, 'x');
/** What the server does at once. */
const AT_ONCE = 4;

/** Signals no faster than they are handled; then more requests than the server takes at a time. */
export const feelTheBrake = ({ group, addresses, check }) =>
  connect(group, addresses.uds, { headers: { work: 'slow' } }).pipe(
    switchMap(peer =>
      outrun(group, peer).pipe(mergeMap(tally => askAtOnce(peer).pipe(map(most => ({ ...tally, most }))))),
    ),
    take(1),
    map(({ waits, mostAhead, mostHeld, maxSlots, most }) => {
      check(waits > 0, 'the sender had to wait');
      check(mostAhead < SIGNALS / 2, 'it never was far ahead of the slow handler');
      check(mostHeld > AT_ONCE, 'what waited for the handler kept its slots');
      check(mostHeld <= maxSlots, 'the slots stayed within the pool');
      check(most === AT_ONCE, 'no more handlers ran at once than were allowed');
      return `${SIGNALS} Signals of 8 KiB: the sender waited ${waits} times, was at most ${mostAhead} ahead, the server held at most ${mostHeld} of ${maxSlots} slots; ${REQUESTS} requests at once, ${most} handled at a time`;
    }),
  );

const NOTHING_YET = { posted: 0, handled: 0, waits: 0, mostAhead: 0, mostHeld: 0, maxSlots: 0 };

/** Posts as fast as the channel takes it, and counts what happens meanwhile. */
function outrun(group, peer) {
  const handled$ = peer.signals$.pipe(
    map(signal => tally => ({
      ...tally,
      handled: tally.handled + 1,
      mostHeld: Math.max(tally.mostHeld, Number(signal.textHeaders.get('held'))),
      maxSlots: Number(signal.textHeaders.get('max')),
    })),
  );
  const waits$ = peer.writable$.pipe(
    filter(isWritable => !isWritable),
    map(() => tally => ({ ...tally, waits: tally.waits + 1 })),
  );
  const posted$ = postFrom(group, bodies(), (body, message) => {
    message.opCode = OpCode.Signal;
    message.channelNumber = peer.channelNumber;
    message.body.append(body);
  }).pipe(
    map(() => tally => ({
      ...tally,
      posted: tally.posted + 1,
      mostAhead: Math.max(tally.mostAhead, tally.posted + 1 - tally.handled),
    })),
  );
  return merge(handled$, waits$, posted$).pipe(
    scan((tally, change) => change(tally), NOTHING_YET),
    takeWhile(({ handled }) => handled < SIGNALS, true),
    takeLast(1),
  );
}

async function* bodies() {
  for (let count = 0; count < SIGNALS; count++) yield BODY;
}

/** Asks everything at once; answers how many handlers ran at most. */
const askAtOnce = peer =>
  range(0, REQUESTS).pipe(
    mergeMap(() => peer.request('slowly')),
    reduce((most, reply) => Math.max(most, Number(reply.body.text())), 0),
  );
