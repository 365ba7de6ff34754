// A client of a soak: asks in every way that there is, over and over, until it is told to end.
import {
  count,
  defer,
  EMPTY,
  from,
  lastValueFrom,
  map,
  merge,
  range,
  repeat,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { createEngine, keepConnected, openPeer, tcpClient } from 'rxtofu';
import { reportSelf } from './report-self.mjs';

/** How many requests it has under way at a time. */
const WORKERS = 4;

const server = tcpClient('127.0.0.1', Number(process.argv[2]));
const engine = createEngine({ initialPoolMsgs: 64, maxPoolMsgs: 64 });
const group = engine.createGroup();
const link = keepConnected(group, server);
const counted = { asked: 0, wrong: 0 };

const ask = (want, payload = want) => link.request(payload, { headers: { want } });

/** A connection of its own, for one question. */
async function visit() {
  const peer = await openPeer(group, server);
  const answer = await lastValueFrom(peer.request('visit').pipe(map(reply => reply.body.text())));
  await peer.bye();
  return answer;
}

/** What it does, and what must come of it. */
const WAYS = [
  [() => ask('echo').pipe(map(reply => reply.body.text())), 'ECHO'],
  [() => ask('stream').pipe(count()), 50],
  [
    () => ask('upload', range(0, 50).pipe(map(() => 'u'.repeat(500)))).pipe(map(reply => reply.body.text())),
    '25000',
  ],
  // Left before their end: the server hears of it.
  [() => ask('stream').pipe(take(3), count()), 3],
  [() => ask('endless').pipe(take(2), count()), 2],
  [() => ask('never').pipe(takeUntil(timer(2)), count()), 0],
  [() => from(visit()), 'VISIT'],
];

function askOnce() {
  const [way, expected] = WAYS[Math.floor(Math.random() * WAYS.length)];
  return way().pipe(
    tap(came => {
      counted.asked++;
      if (came === expected) return;
      counted.wrong++;
      console.error(`soak: ${came} came instead of ${expected}`);
    }),
  );
}

let isLeaving = false;
/** Asks again and again; what is under way when it leaves is waited for. */
const worker$ = defer(askOnce).pipe(repeat({ delay: () => (isLeaving ? EMPTY : timer(1)) }));
const done = lastValueFrom(merge(...Array(WORKERS).fill(worker$)));
done.catch(error => {
  console.error('soak: a request failed:', error);
  process.exit(1);
});

reportSelf(
  engine,
  () => ({ ...counted }),
  async () => {
    isLeaving = true;
    await done;
    await link.close();
  },
);
process.send({ ready: true });
