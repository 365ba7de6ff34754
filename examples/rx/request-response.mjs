// Request and response: a function answers, a cold Observable asks.
import { catchError, firstValueFrom, forkJoin, map, mergeMap, of } from 'rxjs';
import { createEngine, openPeer, Status, tcpServer, TofuError } from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';

const engine = createEngine();
const listener = await openListener(engine.createGroup(), tcpServer('127.0.0.1', 0));

// The server: every peer's requests go to one function. It may answer with a value, a Promise or an Observable.
let asked = 0;
listener.peers$
  .pipe(
    mergeMap(peer =>
      peer.serve(({ first }) => {
        asked++;
        const number = Number(first.body.text());
        if (number < 0) throw new TofuError(Status.processingFailed, 'no root of a negative number');
        return String(Math.sqrt(number));
      }),
    ),
  )
  .subscribe();

// The client. A server's address means, to whoever connects, the client's for the same place.
const peer = await openPeer(engine.createGroup(), listener.address);
const root = number => peer.request(String(number)).pipe(map(reply => Number(reply.body.text())));

const root49$ = root(49);
check(asked === 0, 'a request that nobody subscribes to is not sent');
check((await firstValueFrom(root49$)) === 7, 'the root of 49 is 7');
check((await firstValueFrom(root49$)) === 7 && asked === 2, 'each subscription asks anew');

// Many at once: replies find their requests by message_id.
const roots = await firstValueFrom(forkJoin([1, 4, 9, 16].map(root)));
check(roots.join() === '1,2,3,4', `four questions in flight: ${roots}`);

// An error of the handler is an error of the Observable. Only a TofuError's text crosses the wire.
const failure = await firstValueFrom(root(-1).pipe(catchError(error => of(error))));
check(failure.code === 'processing_failed', `the handler's error came: ${failure.message}`);

await peer.bye();
await engine.destroy();
