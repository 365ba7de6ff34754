import { EMPTY, finalize, firstValueFrom, map, of, range, reduce, Subject, take } from 'rxjs';
import { chunked, reassemble, type Reply } from '../../lib/index.js';
import { grounds, meetOn, texts } from '../support/grounds.js';

const PARTS = Array.from({ length: 1_000 }, (_, n) => `part ${String(n)}`);

const SOURCES: readonly [string, () => Reply][] = [
  ['an Observable', () => range(0, 1_000).pipe(map(n => `part ${String(n)}`))],
  [
    'an async iterable',
    async function* () {
      await Promise.resolve();
      yield* PARTS;
    },
  ],
];

describe.each(grounds)('server stream over $name', ({ open }) => {
  it.each(SOURCES)('answers one request with %s of many parts, in order', async (_name, source) => {
    const { here, there, until } = await meetOn(open());
    there.respond(source);
    expect(await until(texts(here.request('all of it')))).toEqual(PARTS);
  });

  it('carries a file in pieces, whole', async () => {
    const { here, there, until } = await meetOn(open());
    const file = Buffer.from('0123456789'.repeat(100_000));
    there.respond(() => of(file).pipe(chunked(65_535)));
    const whole = await until(firstValueFrom(here.request('file').pipe(reassemble())));
    expect(Buffer.compare(whole, file)).toBe(0);
  });

  it('may have no part at all', async () => {
    const { here, there, until } = await meetOn(open());
    there.respond(() => EMPTY);
    expect(await until(texts(here.request('nothing')))).toEqual([]);
  });

  it('is pulled with for await, by a reader that takes its time', async () => {
    const { here, there, until, connecting } = await meetOn(open(), { initialPoolMsgs: 4, maxPoolMsgs: 4 });
    there.respond(SOURCES[1]?.[1] ?? (() => EMPTY));
    const read = async (): Promise<string[]> => {
      const parts: string[] = [];
      for await (const part of here.request('all of it')) {
        await Promise.resolve();
        parts.push(part.body.text());
        expect(connecting.engine.stats().slots.beyond).toBeLessThanOrEqual(1);
      }
      return parts;
    };
    expect(await until(read())).toEqual(PARTS);
  });

  it('stops at its source when the reader has had enough', async () => {
    const { here, there, until } = await meetOn(open());
    const source = new Subject<string>();
    let stopped = (): void => undefined;
    const isStopped = new Promise<void>(resolve => (stopped = resolve));
    const asked = new Promise<void>(resolve => {
      there.respond(() => {
        resolve();
        return source.pipe(finalize(stopped));
      });
    });
    const three = texts(here.request('on and on').pipe(take(3)));
    await until(asked);
    for (const part of ['a', 'b', 'c', 'd']) source.next(part);
    expect(await until(three)).toEqual(['a', 'b', 'c']);
    await until(isStopped);
    expect(source.observed).toBe(false);
  });

  it('runs beside other streams of the same connection, each whole', async () => {
    const { here, there, until } = await meetOn(open());
    there.respond(request => {
      const name = request.first.body.text();
      return range(0, 100).pipe(map(n => `${name}${String(n)}`));
    });
    const sums = await until(
      Promise.all(
        ['a', 'b', 'c'].map(name =>
          firstValueFrom(
            here.request(name).pipe(
              map(part => part.body.text()),
              reduce((all, part) => all + part, ''),
            ),
          ),
        ),
      ),
    );
    const numbers = Array.from({ length: 100 }, (_, n) => n);
    expect(sums).toEqual(['a', 'b', 'c'].map(name => numbers.map(n => `${name}${String(n)}`).join('')));
  });
});
