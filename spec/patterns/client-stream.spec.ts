import { EMPTY, firstValueFrom, map, of, range, reduce, tap } from 'rxjs';
import { chunked, reassemble, type Upload } from '../../lib/index.js';
import { grounds, meetOn, texts } from '../support/grounds.js';

const PARTS = Array.from({ length: 1_000 }, (_, n) => `part ${String(n)}`);

/** How a source can come: all of it at once, or as it is asked for. */
const SOURCES: readonly [string, () => Upload][] = [
  ['an Observable', () => range(0, 1_000).pipe(map(n => `part ${String(n)}`))],
  [
    'an async iterable',
    async function* () {
      await Promise.resolve();
      yield* PARTS;
    },
  ],
];

/** Bytes whose order shows. */
function bytesOf(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 255));
}

describe.each(grounds)('client stream over $name', ({ open }) => {
  it.each(SOURCES)('sends %s of many parts as one request, which is answered once', async (_name, source) => {
    const { here, there, until } = await meetOn(open());
    there.respond(request =>
      request.pipe(
        map(part => part.body.text()),
        reduce((parts, part) => [...parts, part], [] as string[]),
        map(parts => JSON.stringify(parts)),
      ),
    );
    const [reply = ''] = await until(texts(here.request(source())));
    expect(JSON.parse(reply)).toEqual(PARTS);
  });

  it('carries a file in pieces, whole and in order', async () => {
    const { here, there, until } = await meetOn(open());
    const file = bytesOf(1_000_000);
    const sizes: number[] = [];
    there.respond(request =>
      request.pipe(
        tap(piece => sizes.push(piece.body.byteLength)),
        reassemble(),
        map(whole => (Buffer.compare(whole, file) === 0 ? 'the same' : 'another')),
      ),
    );
    expect(await until(texts(here.request(of(file).pipe(chunked(60_000)))))).toEqual(['the same']);
    expect(sizes).toEqual([...Array<number>(16).fill(60_000), 40_000]);
  });

  it('without a part is one empty request', async () => {
    const { here, there, until } = await meetOn(open());
    there.respond(request =>
      request.pipe(
        map(part => [part.body.text(), part.more]),
        reduce((all, one) => [...all, one], [] as unknown[]),
        map(all => JSON.stringify(all)),
      ),
    );
    expect(await until(texts(here.request(EMPTY)))).toEqual(['[["",false]]']);
  });

  it('stops its source when the answer comes before its end', async () => {
    const { here, there, until } = await meetOn(open());
    there.respond(async request => (await firstValueFrom(request)).body.text());
    let returned = (): void => undefined;
    const isReturned = new Promise<void>(resolve => (returned = resolve));
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) {
          await Promise.resolve();
          yield 'enough';
        }
      } finally {
        returned();
      }
    }
    expect(await until(texts(here.request(endless())))).toEqual(['enough']);
    await until(isReturned);
  });

  it('fails on both sides when its source fails', async () => {
    const { here, there, until } = await meetOn(open());
    const failures: Promise<string>[] = [];
    const asked = new Promise<void>(resolve => {
      there.respond(request => {
        const failure = texts(request).catch((error: { code: string }) => error.code);
        failures.push(failure as Promise<string>);
        resolve();
        return failure as Promise<string>;
      });
    });
    async function* broken(): AsyncGenerator<string> {
      yield 'part';
      await asked;
      throw new Error('the disk is gone');
    }
    await expect(until(texts(here.request(broken())))).rejects.toThrow('the disk is gone');
    expect(await until(Promise.all(failures))).toEqual(['communication_failed']);
  });
});
