// Authentication in the hello: a token that is compared in constant time, and told from a wrong one in nothing but the answer.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { catchError, firstValueFrom, map, of, switchMap, take } from 'rxjs';
import { connect, createEngine, tcpServer } from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';

const digest = text => createHash('sha256').update(text).digest();
const tokens = new Map([['press-1', randomBytes(32).toString('base64url')]]);
// Kept as digests: they are of one length, as timingSafeEqual wants it, and what is kept opens no door.
const digests = new Map([...tokens].map(([user, token]) => [user, digest(token)]));
// An unknown user is compared, too: how long the answer takes does not say whether there is such a user.
const nobody = randomBytes(32);

function mayEnter(hello) {
  const user = hello.textHeaders.get('user') ?? '';
  const given = digest(hello.textHeaders.get('token') ?? '');
  return timingSafeEqual(given, digests.get(user) ?? nobody);
}

const engine = createEngine({ handshakeTimeout: 2_000 });
const listener = await openListener(engine.createGroup(), tcpServer('127.0.0.1', 0), {
  // One answer for every wrong hello: it names neither the user nor the token.
  accept: hello => (mayEnter(hello) ? true : { refuse: 'user or token is wrong' }),
});
listener.peers$.subscribe(peer => peer.respond(({ first }) => `printed ${first.body.text()}`));

const ask = headers =>
  firstValueFrom(
    connect(engine.createGroup(), listener.address, { headers }).pipe(
      switchMap(peer => peer.request('page 1')),
      take(1),
      map(reply => reply.body.text()),
      catchError(error => of(`${error.code}: ${error.message}`)),
    ),
  );

const token = tokens.get('press-1');
check((await ask({ user: 'press-1', token })) === 'printed page 1', 'the right token opens the door');

const refusals = await Promise.all([
  ask({ user: 'press-1', token: token.slice(0, -1) }),
  ask({ user: 'press-2', token }),
  ask({}),
]);
for (const refusal of refusals) check(refusal.startsWith('not_allowed: '), `refused, ${refusal}`);
check(
  new Set(refusals).size === 1,
  'and a wrong token, an unknown user and an empty hello get the same answer',
);

await engine.destroy();
