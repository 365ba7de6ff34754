import { buffer, debounceTime, EMPTY, filter, map, mergeMap, type Observable, timer } from 'rxjs';
import {
  connect,
  listen,
  type Message,
  OpCode,
  type Peer,
  pooled,
  tcpClient,
  tcpServer,
} from '../../../lib/index.js';
import { inNetwork, type World } from '../../support/virtual-party.js';

/** All slots that a window of 256 needs. */
const POOL = { initialPoolMsgs: 400, maxPoolMsgs: 400, maxWindow: 256 };

/** A network in which a client sends 3,000 Signals as soon as it may, and a server takes them like this. */
function flood(
  take: (signal: Message, index: number) => Observable<unknown>,
  run: (world: World, sent$: Observable<number>) => void,
  options = POOL,
): void {
  inNetwork({ latency: 1, engines: options, until: 400 }, world => {
    const { server, client } = world;
    const peers$ = listen(server.group, tcpServer()).pipe(mergeMap(listener => listener.peers$));
    peers$
      .pipe(
        mergeMap(peer => peer.signals$),
        pooled(take),
      )
      .subscribe({ error: () => undefined });
    connect(client.group, tcpClient()).subscribe({ next: sendAll, error: () => undefined });
    const signals$ = server.group.pipe(
      filter(message => message.isFromApplication() && message.opCode === OpCode.Signal),
    );
    run(world, perFrame(signals$));
  });
}

function sendAll(peer: Peer): void {
  for (let n = 0; n < 3_000; n++) peer.signal('');
}

/** How many come in each frame. */
function perFrame(messages$: Observable<Message>): Observable<number> {
  return messages$.pipe(
    buffer(messages$.pipe(debounceTime(0))),
    map(batch => batch.length),
  );
}

/** One that takes a millisecond for each. */
const SLOW = (): Observable<unknown> => timer(1);
/** One that is done at once. */
const FAST = (): Observable<unknown> => EMPTY;

const SIZES = { a: 64, b: 128, c: 256, d: 32, e: 8, f: 4 };

describe('the window of a channel', () => {
  it('grows with a fast consumer, up to maxWindow', () => {
    flood(FAST, ({ expectObservable }, sent$) => {
      // Sent at 2, there at 3, granted at once, back at 4, and so on.
      expectObservable(sent$, '^ 12ms !').toBe('---a-b-c-c-c-', SIZES);
    });
  });

  it('stays at 64 with a slow consumer: half of it each time that half of it is done', () => {
    flood(SLOW, ({ expectObservable }, sent$) => {
      // 32 are done at 35; the grant is there at 36, what it pays for at 37.
      expectObservable(sent$, '^ 140ms !').toBe('---a 33ms d 31ms d 31ms d 31ms d', SIZES);
    });
  });

  it('falls back to 64 when a consumer becomes slow: nothing is taken back, and nothing given until it is due', () => {
    flood(
      (_, index) => (index < 64 + 128 ? FAST() : SLOW()),
      ({ expectObservable }, sent$) => {
        // 256 are there at 7. 224 of them are done at 231: then 32 are held, half of 64.
        expectObservable(sent$, '^ 300ms !').toBe('---a-b-c 225ms d 31ms d 31ms d', SIZES);
      },
    );
  });

  it('grows again from 64 when a slow consumer has become fast', () => {
    flood(
      (_, index) => (index < 32 ? SLOW() : FAST()),
      ({ expectObservable }, sent$) => {
        // At 35 all 64 are done: it is twice the window then.
        expectObservable(sent$, '^ 42ms !').toBe('---a 33ms b-c-c-', SIZES);
      },
    );
  });

  it('may be smaller than 64, and is what the pool allows, too', () => {
    flood(
      SLOW,
      ({ expectObservable, server, at }, sent$) => {
        at(60, () => {
          expect(server.engine.stats().slots.used).toBeLessThanOrEqual(8);
        });
        expectObservable(sent$, '^ 20ms !').toBe('---e-----f---f---f', SIZES);
      },
      { ...POOL, maxWindow: 8 },
    );
  });
});
