// Client stream: an Observable is uploaded as the parts of one request, and one reply answers it.
import { firstValueFrom, from, map, mergeMap, reduce } from 'rxjs';
import { createEngine, openPeer, tcpServer } from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';

const READINGS = [21.5, 22, 20.5, 24, 22];

const engine = createEngine();
const listener = await openListener(engine.createGroup(), tcpServer('127.0.0.1', 0));

// A request is an Observable of its parts; what the handler returns is an Observable of the reply's.
const average = request =>
  request.pipe(
    reduce((sum, part) => ({ sum: sum.sum + Number(part.body.text()), count: sum.count + 1 }), {
      sum: 0,
      count: 0,
    }),
    map(({ sum, count }) => ({ body: String(sum / count), headers: { count: String(count) } })),
  );
listener.peers$.pipe(mergeMap(peer => peer.serve(average))).subscribe();

const peer = await openPeer(engine.createGroup(), listener.address);

const reply = await firstValueFrom(peer.request(from(READINGS).pipe(map(String))));
console.log(`${reply.textHeaders.get('count')} readings, ${reply.body.text()} degrees on average`);
check(reply.textHeaders.get('count') === String(READINGS.length), 'every reading was part of the request');
check(reply.body.text() === '22', 'one reply answers all of them');

// An async iterable is pulled no faster than the channel takes it: a file, a cursor, a generator.
let produced = 0;
async function* many() {
  for (; produced < 20_000; produced++) yield String(produced % 100);
}
const big = await firstValueFrom(peer.request(many()));
check(big.textHeaders.get('count') === '20000', `${produced} readings of a generator, pulled as they left`);

await peer.bye();
await engine.destroy();
