// Progress: Signals on a request's id tell how far it is; the reply ends it.
import { concat, ignoreElements, interval, lastValueFrom, mergeMap, of, take, tap } from 'rxjs';
import { createEngine, OpCode, openPeer, tcpServer } from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';

const engine = createEngine();
const listener = await openListener(engine.createGroup(), tcpServer('127.0.0.1', 0));

// The handler works in steps, and signals each of them on the id of the request that it belongs to.
const print = peer => request => {
  const pages = Number(request.first.body.text());
  const printing$ = interval(5).pipe(
    take(pages),
    tap(index => peer.signal(`${index + 1}:${pages}`, { messageId: request.messageId })),
    ignoreElements(),
  );
  return concat(printing$, of(`${pages} pages printed`));
};
listener.peers$.pipe(mergeMap(peer => peer.serve(print(peer)))).subscribe();

const peer = await openPeer(engine.createGroup(), listener.address);

/** A job, told of as it goes: `observe: 'all'` emits the Signals with its id beside the reply. */
async function follow(name, pages) {
  const steps = [];
  const last = await lastValueFrom(
    peer.request(String(pages), { observe: 'all' }).pipe(
      tap(message => {
        if (message.opCode !== OpCode.Signal) return;
        steps.push(message.body.text());
        console.log(`${name} [${message.body.text()}]`);
      }),
    ),
  );
  check(last.opCode === OpCode.Response, `${name}: ${last.body.text()}`);
  return steps;
}

// Two jobs at once on one connection: each hears of its own steps only.
const [short, long] = await Promise.all([follow('short', 3), follow('long', 6)]);
check(short.join() === '1:3,2:3,3:3', 'the short job told its steps, in order');
check(long.length === 6 && long.every(step => step.endsWith(':6')), 'the long job told its own');

await peer.bye();
await engine.destroy();
