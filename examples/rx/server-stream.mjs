// Server stream: one request, a stream of replies; unsubscribing early stops the handler on the other side.
import { defer, finalize, interval, lastValueFrom, map, mergeMap, Subject, take, toArray } from 'rxjs';
import { createEngine, openPeer, tcpServer } from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';

const engine = createEngine();
const listener = await openListener(engine.createGroup(), tcpServer('127.0.0.1', 0));

// Ticks for ever, or as many as were asked for.
let running = 0;
const handlerStopped$ = new Subject();
const ticks = ({ first }) =>
  defer(() => {
    running++;
    return interval(5).pipe(
      take(first.textHeaders.has('count') ? Number(first.textHeaders.get('count')) : Infinity),
      map(tick => `tick ${tick}`),
      finalize(() => {
        running--;
        handlerStopped$.next();
      }),
    );
  });
listener.peers$.pipe(mergeMap(peer => peer.serve(ticks))).subscribe();

const peer = await openPeer(engine.createGroup(), listener.address);

// The stream ends when the handler's does.
const five = await lastValueFrom(
  peer.request({ headers: { count: '5' } }).pipe(
    map(reply => reply.body.text()),
    toArray(),
  ),
);
console.log(five.join(', '));
check(five.length === 5 && five[4] === 'tick 4', 'five replies to one request, then it completed');

// One that never ends is left early: the handler is told, and unsubscribed.
const stopped = new Promise(resolve => handlerStopped$.pipe(take(1)).subscribe(resolve));
const three = await lastValueFrom(peer.request('for ever').pipe(take(3), toArray()));
await stopped;
check(three.length === 3 && running === 0, 'take(3) stopped the handler across the wire');

// A reply is an async iterable, too; leaving the loop is an unsubscribe.
let count = 0;
for await (const reply of peer.request('for ever')) {
  if (reply.body.text() === 'tick 2') break;
  count++;
}
check(count === 2, 'for await reads it, and break leaves it');

await peer.bye();
await engine.destroy();
