import { Readable } from 'node:stream';
import { concat, EMPTY, from, map, NEVER, Observable, of, range, Subject, throwError } from 'rxjs';
import type { Payload, Upload } from '../../lib/index.js';
import { record, virtualPair } from '../support/peers.js';
import { plainPair } from '../support/plain-peer.js';

/** The frames of an upload. */
async function framesOf(upload: Upload, options = {}): Promise<string[]> {
  const { peer, plain, pass } = await plainPair();
  record(peer.request(upload, options));
  await pass();
  return plain.heard();
}

async function* generated(...values: Payload[]): AsyncGenerator<Payload> {
  for (const value of values) yield value;
}

describe('a stream that is sent', () => {
  it.each([
    ['of one value is one frame', of('a'), ['Request "a"']],
    ['of several is as many', of('a', 'b', 'c'), ['Request+ "a"', 'Request+ "b"', 'Request "c"']],
    ['that is empty is one empty frame', EMPTY, ['Request rx-end:1']],
    ['of an async generator ends with its last value', generated('a', 'b'), ['Request+ "a"', 'Request "b"']],
    ['of an empty async generator is one empty frame', generated(), ['Request rx-end:1']],
    ['that does not end leaves its last value open', concat(of('a'), NEVER), ['Request+ "a"']],
    ['sends an empty value as a value', of('', 'b'), ['Request+', 'Request "b"']],
    [
      'sends bytes, and bodies with headers',
      of<Payload[]>(Buffer.from('a'), { body: 'b', headers: { c: 'd' } }, { headers: { e: 'f' } }),
      ['Request+ "a"', 'Request+ c:d "b"', 'Request e:f'],
    ],
  ] as [string, Upload, string[]][])('%s', async (_name, upload, frames) => {
    expect(await framesOf(upload)).toEqual(frames);
  });

  it('that ends later than its last value ends with an empty frame', async () => {
    const { peer, plain, pass } = await plainPair();
    const source = new Subject<string>();
    record(peer.request(source));
    source.next('a');
    source.next('b');
    await pass();
    expect(plain.heard()).toEqual(['Request+ "a"', 'Request+ "b"']);
    source.complete();
    await pass();
    expect(plain.heard()).toEqual(['Request rx-end:1']);
  });

  it('of a Readable of bytes is cut where a chunk is more than a body holds', async () => {
    const { here, there, pass } = await virtualPair();
    const lengths: number[] = [];
    there.respond(request => request.pipe(map(part => String(lengths.push(part.body.byteLength)))));
    record(here.request(Readable.from([Buffer.alloc(65_536), Buffer.alloc(10)], { objectMode: false })));
    // A Readable takes real turns.
    for (let turn = 0; turn < 200 && lengths.length < 3; turn++) {
      await pass();
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(lengths).toEqual([65_535, 1, 10]);
  });

  it('has the request’s headers on its first frame', async () => {
    const options = { headers: { a: '1' } };
    expect(await framesOf(of('a', 'b'), options)).toEqual(['Request+ a:1 "a"', 'Request "b"']);
    expect(await framesOf(EMPTY, options)).toEqual(['Request a:1 rx-end:1']);
  });

  it.each([
    ['of its first frame', of('a'), { 'rx-a': '1' }, 'not_allowed'],
    ['of an empty stream', EMPTY, { 'rx-a': '1' }, 'not_allowed'],
    ['that can not be, of an empty stream', EMPTY, { 'a:b': '1' }, 'invalid_message'],
    ['that can not be, of an empty generator', generated(), { 'a:b': '1' }, 'invalid_message'],
    ['of a value', of({ headers: { 'rx-a': '1' } }), {}, 'not_allowed'],
  ] as [string, Upload, Record<string, string>, string][])(
    'is refused for headers %s',
    async (_name, upload, headers, code) => {
      const { peer, plain, client, pass } = await plainPair();
      const reply = record(peer.request(upload, { headers }));
      await pass();
      expect(reply.lines).toEqual([expect.stringMatching(new RegExp(`^# ${code}: `))]);
      expect(plain.heard()).toEqual([]);
      expect(client.engine.stats().requests).toBe(0);
    },
  );

  it('errors with its source’s error, and cancels what it has sent', async () => {
    const { peer, plain, pass } = await plainPair();
    const failing = concat(
      of('a'),
      throwError(() => new Error('source')),
    );
    async function* throwing(): AsyncGenerator<string> {
      yield 'a';
      throw new Error('generator');
    }
    const replies = [failing, throwing(), throwError(() => new Error('at once'))].map(upload =>
      record(peer.request(upload as Upload)),
    );
    await pass();
    expect(replies.map(reply => reply.lines)).toEqual([['# source'], ['# generator'], ['# at once']]);
    expect(plain.heard()).toEqual([
      'Request+ "a"',
      'Signal rx-cancel:1',
      'Request+ "a"',
      'Signal rx-cancel:1',
    ]);
  });

  it('errors with a value that is no payload', async () => {
    const { peer, pass } = await plainPair();
    const replies = [of(7), generated(null as unknown as string)].map(upload =>
      record(peer.request(upload as unknown as Upload)),
    );
    await pass();
    for (const { lines } of replies)
      expect(lines).toEqual([expect.stringMatching(/^# invalid_message: payload of type/)]);
  });

  it('errors with what an iterable throws outside of its Promises', async () => {
    const { peer, client, pass } = await plainPair();
    const throwing: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => {
        throw new Error('no iterator');
      },
    };
    const next: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          throw new Error('no next');
        },
      }),
    };
    const replies = [throwing, next].map(upload => record(peer.request(upload)));
    await pass();
    expect(replies.map(reply => reply.lines)).toEqual([['# no iterator'], ['# no next']]);
    expect(client.engine.stats().requests).toBe(0);
  });
});

describe('an Observable that is sent', () => {
  it('that never stops by itself is stopped when it outruns the channel', async () => {
    const { peer, client, pass } = await plainPair({ maxQueuedBytes: 100_000 });
    const reply = record(peer.request(range(0, Infinity).pipe(map(n => String(n).padEnd(1_000)))));
    expect(reply.lines).toEqual([expect.stringMatching(/^# pool_empty: channel 1 has \d+ bytes queued/)]);
    expect(client.engine.stats().requests).toBe(0);
    await pass(2_000);
    expect(client.engine.stats().queuedBytes).toBe(0);
  });

  it('that never stops by itself is stopped when nobody wants it any more', async () => {
    const { peer, pass } = await plainPair();
    let emitted = 0;
    const subscription = peer
      .request(
        new Observable<string>(subscriber => {
          while (!subscriber.closed) {
            subscriber.next('x');
            if (++emitted === 50) subscription.unsubscribe();
            if (emitted === 1_000) throw new Error('not stopped');
          }
        }).pipe(
          source => new Observable<string>(s => void Promise.resolve().then(() => source.subscribe(s))),
        ),
      )
      .subscribe();
    await pass();
    expect(emitted).toBe(50);
  });

  it('may emit within the effects of its own emission', async () => {
    const { peer, plain, pass } = await plainPair({ maxQueuedBytes: 40_000 });
    const source = new Subject<string>();
    const values = ['a', 'b', 'c'];
    peer.writable$.subscribe(isWritable => {
      if (!isWritable && values.length > 0) source.next(values.shift() as string);
    });
    record(peer.request(source));
    source.next('x'.repeat(30_000));
    source.next('y');
    source.complete();
    await pass();
    const letters = plain.heard().map(line => line.replace(/^Request\+? "(.).*$/, '$1'));
    expect([...letters].sort()).toEqual([...new Set(letters)].sort());
  });
});

describe('an async iterable that is sent', () => {
  it('is pulled no faster than the channel takes', async () => {
    const { peer, plain, client, server, net, pass } = await plainPair({ maxQueuedBytes: 100_000 });
    net.partition(client.engine, server.engine);
    let pulled = 0;
    async function* source(): AsyncGenerator<string> {
      while (pulled < 500) yield String(++pulled).padEnd(1_000);
    }
    const reply = record(peer.request(source()));
    await pass(100);
    expect(pulled).toBeLessThan(130);
    const before = pulled;
    await pass(100);
    expect(pulled).toBe(before);
    net.heal(client.engine, server.engine);
    await pass(500);
    expect(pulled).toBe(500);
    expect(plain.heard()).toHaveLength(500);
    expect(reply.lines).toEqual([]);
  });

  it('waits for room also where a frame is bigger than what makes the channel writable again', async () => {
    const { peer, plain, client, server, net, pass } = await plainPair({ maxQueuedBytes: 70_000 });
    net.partition(client.engine, server.engine);
    const reply = record(
      peer.request(generated(...Array.from({ length: 20 }, (_, n) => String(n).padEnd(60_000)))),
    );
    await pass();
    net.heal(client.engine, server.engine);
    await pass(100);
    expect(reply.lines).toEqual([]);
    const values = plain.heard().filter(line => line !== 'Request rx-end:1');
    expect(values.map(line => Number(/"(\d+)/.exec(line)?.[1]))).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    );
  });

  it('is told to return when nobody wants it any more, and only then', async () => {
    const { peer, plain, pass } = await plainPair();
    const returned: string[] = [];
    const source = (name: string, count: number): AsyncIterable<string> => {
      let given = 0;
      return {
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            if (given++ < count) return { done: false, value: name };
            if (name === 'throws') throw new Error(name);
            return { done: true, value: undefined };
          },
          return: async () => {
            returned.push(name);
            throw new Error('nobody hears of this');
          },
        }),
      };
    };
    record(peer.request(source('ends', 2)));
    record(peer.request(source('throws', 2)));
    const left = record(peer.request(source('left', Infinity)));
    left.unsubscribe();
    await pass();
    for (const id of new Set(plain.ids.slice(1))) plain.response(id, 'done');
    await pass();
    expect(returned).toEqual(['left']);
  });

  it('that is an Observable too is followed, not pulled', async () => {
    const both = Object.assign(from(['a', 'b']), {
      [Symbol.asyncIterator]: () => {
        throw new Error('pulled');
      },
    });
    expect(await framesOf(both)).toEqual(['Request+ "a"', 'Request "b"']);
  });
});

it('stops its source, and cancels the rest, when the reply ends first', async () => {
  const { peer, plain, client, pass } = await plainPair();
  const source = new Subject<string>();
  const replies = [record(peer.request(source)), record(peer.request(new Subject<string>()))];
  source.next('one');
  await pass();
  plain.heard();
  plain.response(plain.ids.at(-1) as bigint, 'enough');
  await pass();
  expect(replies[0]?.lines).toEqual(['Response "enough"', '|']);
  expect(source.observed).toBe(false);
  expect(plain.heard()).toEqual(['Signal rx-cancel:1']);
  expect(client.engine.stats().requests).toBe(1);
  replies[1]?.unsubscribe();
});
