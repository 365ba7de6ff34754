// Transport-agnostic: one conversation, written once, over TCP, a Unix socket and inside the process.
import { from, lastValueFrom, map, mergeMap, switchMap, take, toArray } from 'rxjs';
import { connect, createEngine, memServer, tcpServer, udsServer } from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';

/** A server and a client that never learn what is between them. */
async function converse(address) {
  const engine = createEngine();
  const listener = await openListener(engine.createGroup(), address);
  listener.peers$
    .pipe(
      mergeMap(peer =>
        peer.serve(words => words.pipe(map(word => [...word.body.text()].reverse().join('')))),
      ),
    )
    .subscribe();

  const words = await lastValueFrom(
    connect(engine.createGroup(), listener.address).pipe(
      switchMap(peer => peer.request(from(['stressed', 'drawer', 'live']))),
      take(3),
      map(reply => reply.body.text()),
      toArray(),
    ),
  );
  console.log(`${listener.address}: ${words.join(' ')}`);
  await engine.destroy();
  return words.join(' ');
}

const heard = [];
for (const address of [tcpServer('127.0.0.1', 0), udsServer(), memServer()])
  heard.push(await converse(address));

check(heard.length === 3 && new Set(heard).size === 1, 'the same conversation over all three');
check(heard[0] === 'desserts reward evil', 'and it was the right one');
