// Multi-listener: TCP and a Unix socket feed one stream of peers, and one handler serves them.
import { firstValueFrom, forkJoin, map, merge, mergeMap } from 'rxjs';
import { createEngine, openPeer, tcpServer, udsServer } from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';

const engine = createEngine();
const group = engine.createGroup();
const listeners = await Promise.all([
  openListener(group, tcpServer('127.0.0.1', 0)),
  openListener(group, udsServer()), // a free path
]);
for (const { address } of listeners) console.log(`listens on ${address}`);

// Which way a peer came makes no difference to what it is answered; it only wants to know.
merge(...listeners.map(({ address, peers$ }) => peers$.pipe(map(peer => ({ peer, kind: address.kind })))))
  .pipe(
    mergeMap(({ peer, kind }) =>
      peer.serve(({ first }) => `${first.body.text().toUpperCase()} over ${kind}`),
    ),
  )
  .subscribe();

const peers = await Promise.all(listeners.map(({ address }) => openPeer(engine.createGroup(), address)));
const replies = await firstValueFrom(
  forkJoin(peers.map(peer => peer.request('hello').pipe(map(reply => reply.body.text())))),
);
check(replies.join() === 'HELLO over tcp,HELLO over uds', `one server, two doors: ${replies.join(', ')}`);

// A door can be closed; who came through it stays.
await listeners[0].close();
const tooLate = await openPeer(engine.createGroup(), listeners[0].address).catch(error => error);
check(tooLate.code === 'connect_failed', 'the TCP door is closed');
const still = await firstValueFrom(peers[0].request('still there?'));
check(still.body.text() === 'STILL THERE? over tcp', 'its peer is served all the same');

await Promise.all(peers.map(peer => peer.bye()));
await engine.destroy();
