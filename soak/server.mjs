// The server of a soak: answers whoever comes, in each of the ways that there are, and counts who is there.
import { interval, map, mergeMap, range, reduce } from 'rxjs';
import { createEngine, listen, tcpServer } from 'rxtofu';
import { reportSelf } from './report-self.mjs';

const counted = { came: 0, there: 0 };
const engine = createEngine({ initialPoolMsgs: 64, maxPoolMsgs: 64 });

/** A header of its first part says what a request wants. */
function answer(request) {
  switch (request.first.textHeaders.get('want')) {
    case 'stream':
      return range(0, 50).pipe(map(n => `${n} ${'x'.repeat(500)}`));
    case 'upload':
      return request.pipe(
        reduce((sum, part) => sum + part.body.byteLength, 0),
        map(String),
      );
    case 'endless':
      return interval(2).pipe(map(String));
    case 'never':
      return new Promise(() => undefined);
    default:
      return request.first.body.text().toUpperCase();
  }
}

listen(engine.createGroup(), tcpServer('127.0.0.1', 0))
  .pipe(
    mergeMap(listener => {
      process.send({ ready: listener.address.port });
      return listener.peers$;
    }),
    mergeMap(peer => {
      counted.came++;
      counted.there++;
      peer.closed$.subscribe({ complete: () => counted.there-- });
      return peer.serve(answer);
    }),
  )
  .subscribe();

reportSelf(engine, () => ({ ...counted }));
