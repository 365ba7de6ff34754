// Many clients: a server that knows who is there, tells everybody, and forgets in time who has left.
import { finalize, firstValueFrom, map, mergeMap, startWith, Subject, take } from 'rxjs';
import { createEngine, openPeer, tcpServer } from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';

const CLIENTS = 50;

const engine = createEngine();
const listener = await openListener(engine.createGroup(), tcpServer('127.0.0.1', 0), {
  // The hello says who comes; whoever doesn't say so is refused, and hears why.
  accept: hello => (hello.textHeaders.has('name') ? true : { refuse: 'no name, no entry' }),
});

const room = new Map(); // name -> Peer
const changed$ = new Subject();
listener.peers$
  .pipe(
    mergeMap(peer => {
      const name = peer.hello.textHeaders.get('name');
      room.set(name, peer);
      changed$.next();
      // A line to all but the one that says it. serve() completes with the channel: bye, abort or loss.
      const tellOthers = ({ first }) => {
        for (const other of room.values())
          if (other !== peer) other.signal(first.body.text(), { headers: { from: name } });
        return String(room.size - 1);
      };
      return peer.serve(tellOthers).pipe(
        finalize(() => {
          room.delete(name);
          changed$.next();
        }),
      );
    }),
  )
  .subscribe();
const roomOf = size =>
  firstValueFrom(
    changed$.pipe(
      startWith(null),
      mergeMap(() => (room.size === size ? [size] : [])),
      take(1),
    ),
  );

const names = Array.from({ length: CLIENTS }, (_, index) => `client ${index}`);
const clients = await Promise.all(
  names.map(name => openPeer(engine.createGroup(), listener.address, { headers: { name } })),
);
await roomOf(CLIENTS);
check(engine.stats().channels.ready === 2 * CLIENTS, `${CLIENTS} clients are in the room`);

const refused = await openPeer(engine.createGroup(), listener.address).catch(error => error);
check(refused.code === 'not_allowed', `a client without a name heard: ${refused.message}`);

const [talker, ...others] = clients;
const heard = Promise.all(others.map(peer => firstValueFrom(peer.signals$)));
const told = await firstValueFrom(
  talker.request('hello, room').pipe(map(reply => Number(reply.body.text()))),
);
const lines = await heard;
check(told === CLIENTS - 1 && lines.length === told, `one line reached ${told} others`);
check(
  lines.every(line => line.textHeaders.get('from') === 'client 0' && line.body.text() === 'hello, room'),
  'and each of them knows who said it',
);

// Half of them say bye, the others just go.
const leaving = Promise.all(clients.map((peer, index) => (index % 2 === 0 ? peer.bye() : peer.abort())));
await roomOf(0);
await leaving;
check(room.size === 0, 'the server forgot all of them');
await engine.destroy();
