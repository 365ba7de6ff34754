import { concat, defer, EMPTY, finalize, from, NEVER, type Observable, of, Subject, throwError } from 'rxjs';
import type { Message } from '../../lib/index.js';
import { heldIterator } from '../../lib/rx/held-iterator.js';
import { type Arrival, Dispatcher, last, textOf } from '../support/dispatch.js';

const failure = new Error('failed');

let pool: Dispatcher;

beforeEach(() => {
  pool = new Dispatcher();
});

afterEach(() => {
  expect(pool.held).toBe(0);
});

function arrivals(...texts: string[]): Observable<Arrival> {
  return from(texts.map(text => last(text)));
}

/** `for await` takes iterables. */
function iterable(source: Observable<Message>): AsyncIterable<Message> {
  return { [Symbol.asyncIterator]: () => heldIterator(source) };
}

const done = { done: true, value: undefined };

describe('heldIterator', () => {
  it('subscribes with the first pull', async () => {
    let subscribed = 0;
    const source = new Subject<Message>();
    const iterator = heldIterator(
      defer(() => {
        subscribed++;
        return source;
      }),
    );
    expect(subscribed).toBe(0);
    const pull = iterator.next();
    expect(subscribed).toBe(1);
    source.complete();
    expect(await pull).toEqual(done);
  });

  it('gives what comes in order, and ends with its source', async () => {
    const texts: string[] = [];
    for await (const message of iterable(arrivals('a', 'b', 'c').pipe(pool.dispatched()))) {
      texts.push(textOf(message));
    }
    expect(texts).toEqual(['a', 'b', 'c']);
  });

  it('ends at once with a source that is empty, and stays at its end', async () => {
    const iterator = heldIterator(EMPTY);
    expect(await iterator.next()).toEqual(done);
    expect(await iterator.next()).toEqual(done);
  });

  it('keeps the slot of a message until the next pull, and those of what waits', async () => {
    const held: number[] = [];
    for await (const _ of iterable(arrivals('a', 'b', 'c').pipe(pool.dispatched()))) held.push(pool.held);
    expect(held).toEqual([3, 2, 1]);
  });

  it('waits for what has not come yet', async () => {
    const source = new Subject<Arrival>();
    const iterator = heldIterator(source.pipe(pool.dispatched()));
    const first = iterator.next();
    source.next(last('a'));
    expect(textOf((await first).value as Message)).toBe('a');
    expect(pool.held).toBe(1);
    const second = iterator.next();
    expect(pool.held).toBe(0);
    source.next(last('b'));
    expect(textOf((await second).value as Message)).toBe('b');
    source.complete();
    expect(await iterator.next()).toEqual(done);
  });

  it('rejects with the error of its source behind what had come, once', async () => {
    const source = concat(
      arrivals('a'),
      throwError(() => failure),
    );
    const iterator = heldIterator(source.pipe(pool.dispatched()));
    expect(textOf((await iterator.next()).value as Message)).toBe('a');
    await expect(iterator.next()).rejects.toBe(failure);
    expect(await iterator.next()).toEqual(done);
  });

  it.each(['break', 'throw'])(
    'gives everything back and unsubscribes when the loop is left by %s',
    async how => {
      let left = 0;
      const source = concat(arrivals('a', 'b', 'c'), NEVER).pipe(
        finalize(() => left++),
        pool.dispatched(),
      );
      const loop = async (): Promise<void> => {
        for await (const message of iterable(source)) {
          expect(textOf(message)).toBe('a');
          expect(pool.held).toBe(3);
          if (how === 'throw') throw failure;
          break;
        }
      };
      await (how === 'throw' ? expect(loop()).rejects.toBe(failure) : loop());
      expect(left).toBe(1);
      expect(pool.held).toBe(0);
    },
  );

  it('ends a pull that waits when it is left', async () => {
    const source = new Subject<Message>();
    const iterator = heldIterator(source);
    const pull = iterator.next();
    expect(await iterator.return?.()).toEqual(done);
    expect(await pull).toEqual(done);
    expect(source.observed).toBe(false);
    expect(await iterator.next()).toEqual(done);
  });

  it('never subscribes when it was left before the first pull', async () => {
    const source = new Subject<Message>();
    const iterator = heldIterator(source);
    await iterator.return?.();
    expect(await iterator.next()).toEqual(done);
    expect(source.observed).toBe(false);
  });

  it('refuses a pull while another one waits, and that one still gets its message', async () => {
    const source = new Subject<Arrival>();
    const iterator = heldIterator(source.pipe(pool.dispatched()));
    const first = iterator.next();
    await expect(iterator.next()).rejects.toMatchObject({ code: 'not_allowed' });
    source.next(last('a'));
    expect(textOf((await first).value as Message)).toBe('a');
    await iterator.return?.();
  });

  it('holds nothing of messages without a slot', async () => {
    const kept: Message[] = [];
    pool.push(last('a'), message => kept.push(message.clone()));
    for await (const message of iterable(of(...kept))) expect(textOf(message)).toBe('a');
  });
});
