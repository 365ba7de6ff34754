// Bidirectional: both peers of one connection ask and answer at once, and a handler asks back.
import { firstValueFrom, lastValueFrom, map, mergeMap, range, toArray } from 'rxjs';
import { createEngine, openPeer, tcpServer } from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';

const ROUNDS = 1_000;

const engine = createEngine();
const listener = await openListener(engine.createGroup(), tcpServer('127.0.0.1', 0));

// Who connected and who listened makes no difference afterwards.
const comes = firstValueFrom(listener.peers$);
const alice = await openPeer(engine.createGroup(), listener.address);
const bob = await comes;

/** Asks many questions, 50 in flight. */
const askMany = (peer, ask) =>
  lastValueFrom(
    range(0, ROUNDS).pipe(
      mergeMap(number => peer.request(ask(number)), 50),
      map(reply => reply.body.text()),
      toArray(),
    ),
  );

// Bob can't answer before he has asked Alice for the price, on the same connection.
bob.respond(request => {
  const item = request.first.body.text();
  return bob
    .request({ body: item, headers: { what: 'price' } })
    .pipe(map(price => `${item} costs ${price.body.text()}`));
});
alice.respond(({ first }) =>
  first.textHeaders.get('what') === 'price' ? `${first.body.text().length} florins` : 'alice is fine',
);

const [offers, greetings] = await Promise.all([
  askMany(alice, number => `item ${number}`),
  askMany(bob, () => 'how are you?'),
]);
console.log(`alice heard, for one: ${offers[7]}`);
check(
  offers.length === ROUNDS && offers.every(offer => /^item \d+ costs \d florins$/.test(offer)),
  `${ROUNDS} answers to alice, for each of which bob asked back`,
);
check(
  greetings.length === ROUNDS && greetings.every(text => text === 'alice is fine'),
  `${ROUNDS} answers to bob, at the same time`,
);
check(engine.stats().slots.used === 0, 'every slot is free again');

// Both say bye at the same moment, which is fine.
await Promise.all([alice.bye(), bob.bye()]);
check(engine.stats().channels.ready === 0, 'both sides are closed');
await engine.destroy();
