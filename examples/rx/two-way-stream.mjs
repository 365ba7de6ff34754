// Two-way stream: an upload and its reply run at once, on one message_id.
import { interval, lastValueFrom, map, mergeMap, scan, take, tap, toArray } from 'rxjs';
import { createEngine, openPeer, udsServer } from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';

const NUMBERS = 20;

const engine = createEngine();
const listener = await openListener(engine.createGroup(), udsServer());

// The server answers each number with the total so far: an operator between what comes and what goes.
const runningTotal = request =>
  request.pipe(
    map(part => Number(part.body.text())),
    scan((total, number) => total + number, 0),
    map(String),
  );
listener.peers$.pipe(mergeMap(peer => peer.serve(runningTotal))).subscribe();

const peer = await openPeer(engine.createGroup(), listener.address);

let sent = 0;
let sentAtFirstTotal = 0;
const numbers$ = interval(5).pipe(
  take(NUMBERS),
  map(index => String(index + 1)),
  tap(() => sent++),
);
const totals = await lastValueFrom(
  peer.request(numbers$).pipe(
    tap(() => (sentAtFirstTotal ||= sent)),
    map(reply => Number(reply.body.text())),
    toArray(),
  ),
);
console.log(`totals: ${totals.join(' ')}`);
check(totals.length === NUMBERS && totals.at(-1) === 210, 'every number got its total, in order');
check(sentAtFirstTotal < NUMBERS, `the first total came when ${sentAtFirstTotal} of ${NUMBERS} were sent`);

await peer.bye();
await engine.destroy();
