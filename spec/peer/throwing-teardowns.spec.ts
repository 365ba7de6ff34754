import { concat, finalize, map, NEVER, Observable, of, Subject, type Subscriber } from 'rxjs';
import { connect, keepConnected, tcpClient, tcpServer } from '../../lib/index.js';
import { networkForSpec, record, virtualPair } from '../support/peers.js';
import { plainPair } from '../support/plain-peer.js';
import { collectUnhandledErrors } from '../support/unhandled-errors.js';

/** An Observable whose teardown throws. */
function tornDownBadly(subscribe: (subscriber: Subscriber<string>) => void): Observable<string> {
  return new Observable(subscriber => {
    subscribe(subscriber);
    return throwing;
  });
}

function throwing(): never {
  throw new Error('teardown');
}

const endless = concat(of('a'), NEVER).pipe(finalize(throwing));

const { reported } = collectUnhandledErrors();

/** How many teardowns were reported as unhandled. */
async function teardownsReported(): Promise<number> {
  const errors = await reported();
  for (const error of errors) expect(String(error)).toMatch(/teardown/);
  return errors.length;
}

describe('a reply whose source throws in its teardown', () => {
  it('ends with its last value, and nothing comes behind it', async () => {
    const { peer, plain, pass } = await plainPair();
    peer.respond(() =>
      tornDownBadly(subscriber => {
        subscriber.next('a');
        subscriber.complete();
      }),
    );
    plain.request('q');
    await pass();
    expect(plain.heard()).toEqual(['Response "a"']);
    expect(await teardownsReported()).toBe(1);
  });

  it('ends with the source’s error', async () => {
    const { peer, plain, pass } = await plainPair();
    const source = new Subject<string>();
    peer.respond(() => source.pipe(finalize(throwing)));
    plain.request('q');
    await pass();
    source.next('a');
    source.error(new Error('source'));
    await pass();
    expect(plain.heard()).toEqual(['Response+ "a"', 'Response rx-error:internal error']);
    expect(await teardownsReported()).toBe(1);
  });

  it('ends with outrun where it gives more than the channel takes', async () => {
    const { peer, plain, client, pass } = await plainPair({ maxQueuedBytes: 100_000 });
    peer.respond(
      () =>
        new Observable<string>(subscriber => {
          subscriber.add(throwing);
          while (!subscriber.closed) subscriber.next('x'.repeat(1_000));
        }),
    );
    plain.request('q');
    await pass(2_000);
    expect(plain.heard().at(-1)).toBe('Response rx-error:outrun');
    expect(client.engine.stats().requests).toBe(0);
    expect(await teardownsReported()).toBe(1);
  });

  it('keeps no other handler, and not the Peer, from ending with the channel', async () => {
    const { here, there, server, pass } = await virtualPair();
    there.respond(() => endless);
    const closed = record(there.closed$);
    record(here.request('q'));
    record(here.request('q'));
    await pass();
    here.abort();
    await pass();
    expect(closed.lines).toEqual(['Signal', '|']);
    expect(server.engine.stats().requests).toBe(0);
    expect(await teardownsReported()).toBe(2);
  });
});

describe('a request whose teardown throws', () => {
  it.each([
    ['its subscriber’s', (request: Observable<unknown>) => request.pipe(finalize(throwing)), 'q'],
    ['its source’s', (request: Observable<unknown>) => request, endless],
  ])('keeps no other one from failing with the channel: %s', async (_whose, follow, upload) => {
    const { here, there, client, pass } = await virtualPair();
    there.respond(() => NEVER);
    const closed = record(here.closed$);
    const replies = [1, 2, 3].map(() => record(follow(here.request(upload))));
    await pass();
    here.abort();
    await pass();
    for (const { lines } of replies) expect(lines).toEqual([expect.stringMatching(/^# channel_closed: /)]);
    expect(closed.lines).toEqual(['Signal', '|']);
    expect(client.engine.stats().requests).toBe(0);
    expect(await teardownsReported()).toBe(3);
  });

  it('errors with its source’s error', async () => {
    const { here, client, pass } = await virtualPair();
    const source = new Subject<string>();
    const reply = record(here.request(source.pipe(finalize(throwing))));
    source.error(new Error('source'));
    await pass();
    expect(reply.lines).toEqual(['# source']);
    expect(client.engine.stats().requests).toBe(0);
    expect(await teardownsReported()).toBe(1);
  });
});

describe('a request of a Link whose teardown throws', () => {
  it('keeps neither the others from failing when it closes, nor the Link from closing', async () => {
    const { side, pass } = networkForSpec();
    const link = keepConnected(side().group, tcpClient());
    const replies = [1, 2, 3].map(() => record(link.request('q').pipe(finalize(throwing))));
    const [state, peer] = [record(link.state$), record(link.peer$)];
    const closed = link.close();
    await pass();
    await closed;
    for (const { lines } of replies) expect(lines).toEqual([expect.stringMatching(/^# channel_closed: /)]);
    expect([state.lines.slice(-2), peer.lines]).toEqual([['closed', '|'], ['|']]);
    expect(await teardownsReported()).toBe(3);
  });
});

describe('an Observable that subscribes in its own way', () => {
  class Own extends Observable<string> {
    readonly source$ = new Subject<string>();
    override subscribe(...observers: unknown[]): ReturnType<Observable<string>['subscribe']> {
      const { next } = observers[0] as Subscriber<string>;
      return this.source$.pipe(map(value => `${value}!`)).subscribe(next.bind(observers[0]));
    }
  }

  it('is let go when nobody wants it any more', async () => {
    const { here, there, pass } = await virtualPair();
    const own = new Own();
    there.respond(() => own);
    const reply = record(here.request('q'));
    await pass();
    own.source$.next('a');
    await pass();
    expect(reply.lines).toEqual(['Response+ "a!"']);
    expect(own.source$.observed).toBe(true);
    reply.unsubscribe();
    await pass();
    expect(own.source$.observed).toBe(false);
  });

  it('that throws when it is subscribed to fails the request', async () => {
    const { here, client } = await virtualPair();
    const own = new Own();
    own.subscribe = () => {
      throw new Error('subscribe');
    };
    const reply = record(here.request(own));
    expect(reply.lines).toEqual(['# subscribe']);
    expect(client.engine.stats().requests).toBe(0);
  });
});

describe('a connection that is given up, and whose subscriber throws in its teardown', () => {
  it('keeps no other from being given up in its time', async () => {
    const { side, pass } = networkForSpec();
    const server = side();
    const welcome = server.engine.get();
    tcpServer().format(welcome);
    server.group.post(welcome);
    const client = side({ connectTimeout: 30, handshakeTimeout: 20 });
    const first = record(connect(client.group, tcpClient()).pipe(finalize(throwing)));
    await pass(10);
    const second = record(connect(client.group, tcpClient()));
    await pass(60);
    for (const { lines } of [first, second])
      expect(lines).toEqual([expect.stringMatching(/^# connect_failed: /)]);
    expect(await teardownsReported()).toBe(1);
  });
});
