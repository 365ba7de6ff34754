import { map, mergeMap, of, switchMap, take } from 'rxjs';
import { connect, type Reply, Status, TofuError } from '../../lib/index.js';
import { grounds, listenFor, meetOn, texts } from '../support/grounds.js';

const REPLIES: readonly [string, () => Reply][] = [
  ['a payload', () => ({ body: 'pong', headers: { kind: 'plain' } })],
  ['a Promise', () => Promise.resolve('pong')],
  ['an Observable', () => of('pong')],
  [
    'an async iterable',
    async function* () {
      await Promise.resolve();
      yield 'pong';
    },
  ],
];

describe.each(grounds)('request/response over $name', ({ open }) => {
  it('asks and answers, as the documentation writes it', async () => {
    const ground = open();
    const server = ground.side();
    const client = ground.side();
    const listener = await listenFor(ground, server, {});
    listener.peers$
      .pipe(mergeMap(peer => peer.serve(request => request.pipe(map(m => m.body.text().toUpperCase())))))
      .subscribe();
    const reply$ = connect(client.group, listener.address).pipe(
      switchMap(peer => peer.request('hello')),
      take(1),
    );
    // Cold: each subscription connects, asks, and says bye.
    expect(await ground.until(texts(reply$))).toEqual(['HELLO']);
    expect(await ground.until(texts(reply$))).toEqual(['HELLO']);
  });

  it.each(REPLIES)('takes %s for an answer', async (_name, reply) => {
    const { here, there, until } = await meetOn(open());
    there.respond(reply);
    expect(await until(texts(here.request('ping')))).toEqual(['pong']);
  });

  it('carries headers and bodies of every size both ways', async () => {
    const { here, there, until } = await meetOn(open());
    there.respond(request => ({
      body: request.first.body.bytes(),
      headers: [...request.first.textHeaders].map(([name, value]): [string, string] => [name, value]),
    }));
    for (const size of [0, 1, 65_535]) {
      const body = new Uint8Array(size).fill(size % 251);
      const echoes: string[] = [];
      const reply$ = here.request({ body, headers: { size: String(size), tag: ['a', 'b'] } });
      const sizes = reply$.pipe(
        map(reply => {
          echoes.push(...[...reply.textHeaders].map(header => header.join('=')));
          expect(Buffer.compare(reply.body.bytes(), body)).toBe(0);
          return reply;
        }),
      );
      expect(await until(texts(sizes))).toHaveLength(1);
      expect(echoes).toEqual([`size=${String(size)}`, 'tag=a', 'tag=b']);
    }
  });

  it('makes the error of a handler the requester’s, and goes on', async () => {
    const { here, there, until } = await meetOn(open());
    there.respond(request => {
      const text = request.first.body.text();
      if (text === 'bad') throw new TofuError(Status.processingFailed, 'no such thing');
      return text;
    });
    await expect(until(texts(here.request('bad')))).rejects.toMatchObject({
      code: 'processing_failed',
      message: 'no such thing',
    });
    expect(await until(texts(here.request('good')))).toEqual(['good']);
  });
});
