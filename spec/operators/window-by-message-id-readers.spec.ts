import {
  concatMap,
  delay,
  from,
  lastValueFrom,
  map,
  mergeMap,
  NEVER,
  Observable,
  of,
  range,
  Subject,
  take,
  tap,
  timer,
  toArray,
} from 'rxjs';
import {
  type Message,
  type MessageWindow,
  pooled,
  type TofuError,
  windowByMessageId,
} from '../../lib/index.js';
import { type Arrival, closed, Dispatcher, last, part, textOf } from '../support/dispatch.js';
import { runWithPool } from '../support/pool-marbles.js';
import { after, codes } from '../support/virtual-time.js';
import { warningsOf } from '../support/warnings.js';

/** Two streams: 1 is a b c, 2 is x y. */
const arrivals = {
  a: part('a'),
  b: part('b'),
  c: last('c'),
  x: part('x', { id: 2 }),
  y: last('y', { id: 2 }),
};

/** What a window gives its reader, and how it ends. */
function read(window: MessageWindow | undefined): string[] {
  const log: string[] = [];
  window?.subscribe({
    next: message => log.push(textOf(message)),
    complete: () => log.push('|'),
    error: (error: TofuError) => log.push(error.code),
  });
  return log;
}

let pool: Dispatcher;
let source: Subject<Arrival>;
let windows: MessageWindow[];

beforeEach(() => {
  pool = new Dispatcher();
  source = new Subject();
  windows = [];
});

/** Collects the windows of `source`, unread; the answer leaves them. */
function collectWindows(options?: Parameters<typeof windowByMessageId>[0]): () => void {
  const subscription = source
    .pipe(pool.dispatched(), windowByMessageId(options))
    .subscribe(window => windows.push(window));
  return () => {
    subscription.unsubscribe();
  };
}

function push(...names: (keyof typeof arrivals)[]): void {
  for (const name of names) source.next(arrivals[name]);
}

describe('windows lose nothing, and hold the slots of what nobody has read yet,', () => {
  it('when they are read late', () => {
    runWithPool(({ pool, hot, expectObservable, expectHeld }) => {
      const source = hot(' -a-b------c-', arrivals);
      const expected = '   -----(ab)-c-';
      expectHeld('         0-1-2-0----0');

      const late = (window: MessageWindow): Observable<Message> => timer(4).pipe(mergeMap(() => window));
      const result = source.pipe(pool.dispatched(), windowByMessageId(), mergeMap(late), map(textOf));
      expectObservable(result).toBe(expected);
    });
  });

  it('when they are read in series', () => {
    runWithPool(({ pool, hot, expectObservable, expectHeld }) => {
      const source = hot(' -axby--c----', arrivals);
      const expected = '   -a-b---(cxy)';
      expectHeld('         0-1--2--0---');

      const inSeries = concatMap((window: MessageWindow) => window);
      const result = source.pipe(pool.dispatched(), windowByMessageId(), inSeries, map(textOf));
      expectObservable(result).toBe(expected);
    });
  });

  it('when they are read at the pace of pooled', () => {
    runWithPool(({ pool, hot, expectObservable, expectHeld }) => {
      const source = hot(' -abc---------', arrivals);
      const expected = '   ----a--b--c--';
      expectHeld('         0----2--1--0-');

      const paced = pooled((window: MessageWindow) => window.pipe(pooled(after(3))));
      const result = source.pipe(pool.dispatched(), windowByMessageId(), paced, map(textOf));
      expectObservable(result).toBe(expected);
    });
  });

  it('when nobody ever reads them, until that is over', () => {
    runWithPool(({ pool, hot, expectObservable, expectSubscriptions, expectHeld }) => {
      const source = hot(' -axb-y-c----', arrivals);
      const unsub = '      ---------!';
      const sourceSub = '  ^--------!';
      const expected = '   -12-------';
      expectHeld('         0---3-4-5-0-');

      const result = source.pipe(pool.dispatched(), windowByMessageId());
      const ids = result.pipe(map(window => String(window.messageId)));
      expectObservable(ids, unsub).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(sourceSub);
    });
  });

  it('when their channel closes before they are read', () => {
    collectWindows();
    push('a', 'b', 'x', 'y');
    source.next(closed());
    expect(pool.held).toBe(4);
    expect(read(windows[0])).toEqual(['a', 'b', 'channel_closed']);
    expect(read(windows[1])).toEqual(['x', 'y', '|']);
    expect(pool.held).toBe(0);
  });

  it('when their source ends before they are read, and then hold no slots: there is nobody to brake', () => {
    collectWindows();
    push('a', 'b', 'x', 'y');
    source.complete();
    expect(pool.held).toBe(0);
    expect(pool.pool.idleWindows.size).toBe(0);
    expect(read(windows[0])).toEqual(['a', 'b', 'communication_failed']);
    expect(read(windows[1])).toEqual(['x', 'y', '|']);
  });

  it('when for await pulls them', async () => {
    collectWindows();
    push('a', 'b', 'c');
    const held: string[] = [];
    for await (const message of windows[0] as MessageWindow) held.push(textOf(message) + String(pool.held));
    expect(held).toEqual(['a3', 'b2', 'c1']);
    expect(pool.held).toBe(0);
  });

  it.each([1, 2, Infinity])('when 20,000 wait for pooled, %p at once', async concurrency => {
    const gate = new Subject<string>();
    const texts = range(0, 20_000).pipe(
      map(id => last('a', { id })),
      pool.dispatched(),
      windowByMessageId(),
      pooled((window, index) => (index === 0 ? gate : window.pipe(map(textOf))), concurrency),
      toArray(),
    );
    const read = lastValueFrom(texts);
    gate.complete();
    expect(await read).toHaveLength(19_999);
    expect(pool.held).toBe(0);
  });
});

describe('a window whose reader left', () => {
  it('drops what still comes, slots and all, and its id stays taken until the last message', () => {
    collectWindows();
    push('a', 'b');
    windows[0]?.pipe(take(1)).subscribe();
    expect(pool.held).toBe(0);
    push('b');
    expect(pool.held).toBe(0);
    expect(windows).toHaveLength(1);
    push('c', 'a');
    expect(windows).toHaveLength(2);
    expect(pool.held).toBe(1);
    expect(read(windows[1])).toEqual(['a']);
  });

  it('leaves the other windows alone', () => {
    collectWindows();
    push('a', 'x');
    const log = read(windows[1]);
    windows[0]?.subscribe().unsubscribe();
    push('b', 'y');
    expect(log).toEqual(['x', 'y', '|']);
    expect(pool.held).toBe(0);
  });
});

describe('a window that opens within the delivery of another', () => {
  it('is read behind it, with its slot', () => {
    const log: string[] = [];
    const inner = new Subject<string>();
    source
      .pipe(
        pool.dispatched(),
        windowByMessageId(),
        mergeMap(window => window.pipe(pooled(message => inner.pipe(map(() => textOf(message)))))),
      )
      .subscribe(text => log.push(text));
    const other = new Subject<Arrival>();
    other
      .pipe(
        pool.dispatched(),
        windowByMessageId(),
        mergeMap(window => window),
      )
      .subscribe(message => {
        push('a');
        log.push(textOf(message));
      });
    other.next(last('outer'));
    expect(log).toEqual(['outer']);
    expect(pool.pool.heldBy).toMatchObject({ pooled: 1, window: 0 });
    inner.next('go');
    expect(log).toEqual(['outer', 'a']);
    inner.complete();
    expect(pool.held).toBe(0);
  });
});

describe('a window that was released', () => {
  it('within its announcement holds no slot for its first message', () => {
    source.pipe(pool.dispatched(), windowByMessageId()).subscribe(window => {
      window.release();
      windows.push(window);
    });
    push('a');
    expect(pool.held).toBe(0);
    push('b', 'c');
    expect(pool.held).toBe(2);
    expect(read(windows[0])).toEqual(['a', 'b', 'c', '|']);
    expect(pool.held).toBe(0);
  });

  it('holds slots again for what still comes, while nobody reads it', () => {
    collectWindows();
    push('a', 'b');
    windows[0]?.release();
    expect(pool.held).toBe(0);
    push('b');
    expect(pool.held).toBe(1);
    expect(pool.pool.idleWindows.size).toBe(1);
    push('c');
    expect(read(windows[0])).toEqual(['a', 'b', 'b', 'c', '|']);
    expect(pool.held).toBe(0);
  });

  it('is given up like any other that nobody reads', () => {
    const leave = collectWindows();
    push('a');
    windows[0]?.release();
    leave();
    expect(read(windows[0])).toEqual(['communication_failed']);
  });
});

describe('when outside has left', () => {
  it('windows that nobody reads are given up, whole or not', () => {
    const leave = collectWindows();
    push('a', 'b', 'x', 'y');
    expect(pool.pool.idleWindows.size).toBe(2);
    leave();
    expect(pool.held).toBe(0);
    expect(pool.pool.idleWindows.size).toBe(0);
    expect(source.observed).toBe(false);
    expect(windows.map(read)).toEqual([['communication_failed'], ['communication_failed']]);
  });

  it('a window that is read goes on to its end, and keeps the source', () => {
    const leave = collectWindows();
    push('a', 'x');
    const log = read(windows[0]);
    leave();
    expect(source.observed).toBe(true);
    push('b', 'y');
    source.next(last('new', { id: 3 }));
    expect(windows).toHaveLength(2);
    expect(pool.held).toBe(0);
    push('c');
    expect(log).toEqual(['a', 'b', 'c', '|']);
    expect(source.observed).toBe(false);
  });

  it('the source is kept until the last reader has left', () => {
    const leave = collectWindows();
    push('a', 'x');
    const readers = windows.map(window => window.subscribe());
    leave();
    readers[0]?.unsubscribe();
    expect(source.observed).toBe(true);
    readers[1]?.unsubscribe();
    expect(source.observed).toBe(false);
  });

  it('a window that is read ends with its channel', () => {
    const leave = collectWindows();
    push('a');
    const log = read(windows[0]);
    leave();
    source.next(closed());
    expect(log).toEqual(['a', 'channel_closed']);
    expect(source.observed).toBe(false);
  });

  it.each(['complete', 'error'] as const)('a window that is read ends with the source: %s', how => {
    const leave = collectWindows();
    push('a');
    const errors: unknown[] = [];
    windows[0]?.subscribe({ error: error => errors.push(error) });
    leave();
    source[how]('failed');
    expect(errors).toEqual(
      how === 'error' ? ['failed'] : [expect.objectContaining({ code: 'communication_failed' })],
    );
  });

  it('with take, in favour of the window that was wanted', () => {
    const log: string[] = [];
    source
      .pipe(
        pool.dispatched(),
        windowByMessageId(),
        take(1),
        mergeMap(window => window),
      )
      .subscribe({ next: message => log.push(textOf(message)), complete: () => log.push('|') });
    push('a', 'x', 'y', 'b', 'c');
    expect(log).toEqual(['a', 'b', 'c', '|']);
    expect(source.observed).toBe(false);
    expect(pool.held).toBe(0);
  });

  it('from within the announcement, before anybody has read the window', () => {
    const subscription = source.pipe(pool.dispatched(), windowByMessageId()).subscribe(window => {
      windows.push(window);
      subscription.unsubscribe();
    });
    push('a');
    expect(pool.held).toBe(0);
    expect(source.observed).toBe(false);
    expect(read(windows[0])).toEqual(['communication_failed']);
  });

  it('with the source, from within the announcement: what is unread stays, without its slot', () => {
    source.pipe(pool.dispatched(), windowByMessageId()).subscribe(window => {
      windows.push(window);
      source.complete();
    });
    push('a');
    expect(pool.held).toBe(0);
    expect(pool.pool.idleWindows.size).toBe(0);
    expect(read(windows[0])).toEqual(['a', 'communication_failed']);
  });

  it('before it came: the source is not subscribed to', () => {
    const result = source.pipe(pool.dispatched(), windowByMessageId());
    new Observable<MessageWindow>(subscriber => {
      subscriber.unsubscribe();
      result.subscribe(subscriber);
    }).subscribe();
    expect(source.observed).toBe(false);
  });

  it('slots don’t depend on who reads: a loaded concatMap that is left gives all of them back', () => {
    const subscription = source
      .pipe(
        pool.dispatched(),
        windowByMessageId(),
        concatMap(window => window.pipe(pooled(() => NEVER))),
      )
      .subscribe();
    push('a', 'x', 'b', 'y', 'c');
    expect(pool.held).toBe(5);
    subscription.unsubscribe();
    expect(pool.held).toBe(0);
    expect(source.observed).toBe(false);
  });
});

describe('windows that nobody reads are known to the pool', () => {
  it('until they are read, whether they are whole or not', () => {
    collectWindows();
    const { idleWindows } = pool.pool;
    push('a', 'x', 'y');
    expect(idleWindows.size).toBe(2);
    read(windows[1]);
    expect(idleWindows.size).toBe(1);
    read(windows[0]);
    expect(idleWindows.size).toBe(0);
  });

  it('which gives up the youngest: it errors with pool_empty, and is dropped up to its last message', () => {
    collectWindows();
    push('a', 'x', 'b');
    expect(pool.pool.idleWindows.giveUpYoungest(1, 3, 3)).toBe(true);
    expect(pool.held).toBe(2);
    push('y');
    expect(pool.held).toBe(2);
    expect(windows).toHaveLength(2);
    expect(read(windows[1])).toEqual(['pool_empty']);
    push('x');
    expect(windows).toHaveLength(3);
    expect(read(windows[2])).toEqual(['x']);
    expect(read(windows[0])).toEqual(['a', 'b']);
    expect(pool.held).toBe(0);
  });

  it('and are in the way where another one of their channel is read', () => {
    collectWindows();
    push('a', 'x');
    source.next(part('other', { channel: 2 }));
    const { idleWindows } = pool.pool;
    idleWindows.giveUpYoungest(1, Infinity, 2);
    expect(idleWindows.isStuck(1)).toBe(false);
    read(windows[0]);
    push('b');
    source.next(part('another', { id: 3 }));
    idleWindows.giveUpYoungest(2, Infinity, 1);
    expect(idleWindows.isStuck(2)).toBe(false);
    idleWindows.giveUpYoungest(1, Infinity, 1);
    expect(idleWindows.isStuck(1)).toBe(true);
  });

  it('but for those that were refused: they hold nothing', () => {
    collectWindows({ maxWindows: 1 });
    push('a', 'x');
    expect(windows).toHaveLength(2);
    expect(pool.held).toBe(1);
    expect(pool.pool.idleWindows.size).toBe(1);
  });
});

describe('a window that gets a message whose slot is gone', () => {
  it('keeps the message without it: each is counted, and people are warned once', () => {
    const warnings = warningsOf('RXTOFU_BRAKE_LOST');
    runWithPool(({ pool, hot, expectObservable, expectHeld, flush }) => {
      const source = hot(' -abx--c-y-', arrivals);
      const expected = '   --abx--c-y';
      expectHeld('         0---0-0-0-');

      const readers = mergeMap((window: MessageWindow) => window);
      const result = source.pipe(pool.dispatched(), delay(1), windowByMessageId(), readers, map(textOf));
      expectObservable(result).toBe(expected);
      flush();
      expect(pool.counters.brakeLost).toBe(5);
    });
    expect(warnings).toHaveLength(1);
  });

  it('counts it once, when pooled follows', () => {
    warningsOf('RXTOFU_BRAKE_LOST');
    runWithPool(({ pool, hot, expectObservable, flush }) => {
      const source = hot(' -a-b-c-', arrivals);
      const expected = '   --a-b-c';

      const readers = pooled((window: MessageWindow) => window.pipe(pooled(message => of(message))));
      const result = source.pipe(pool.dispatched(), delay(1), windowByMessageId(), readers, map(textOf));
      expectObservable(result).toBe(expected);
      flush();
      expect(pool.counters.brakeLost).toBe(3);
    });
  });

  it('is an error where the engine is strict, of the operator and of every window that is open', () => {
    pool = new Dispatcher({ strict: true });
    const log: string[] = [];
    const late = new Subject<Message>();
    late
      .pipe(
        windowByMessageId(),
        tap(window => windows.push(window)),
        codes(),
      )
      .subscribe({ error: (code: string) => log.push(code) });
    pool.push(arrivals.x, message => {
      late.next(message);
    });
    const readLog = read(windows[0]);
    late.next(pool.push(arrivals.a, () => undefined));
    expect(log).toEqual(['not_allowed']);
    expect(readLog).toEqual(['x', 'not_allowed']);
    expect(late.observed).toBe(false);
    expect(pool.held).toBe(0);
  });

  it('is an error where the engine is strict, also of a window that is read when outside has left', () => {
    pool = new Dispatcher({ strict: true });
    const late = new Subject<Message>();
    const subscription = late.pipe(windowByMessageId()).subscribe(window => windows.push(window));
    pool.push(arrivals.a, message => {
      late.next(message);
    });
    const log = read(windows[0]);
    subscription.unsubscribe();
    late.next(pool.push(arrivals.b, () => undefined));
    expect(log).toEqual(['a', 'not_allowed']);
    expect(late.observed).toBe(false);
  });

  it('is none while somebody upstream still holds it: the window holds it on', () => {
    const warnings = warningsOf('RXTOFU_BRAKE_LOST');
    runWithPool(
      ({ pool, hot, expectObservable, expectHeld }) => {
        const source = hot(' -a-b-c----', arrivals);
        const expected = '   ------(abc)';
        expectHeld('         0--2-3--0-');

        const late = (window: MessageWindow): Observable<Message> => timer(4).pipe(mergeMap(() => window));
        const result = source.pipe(
          pool.dispatched(),
          pooled(after(1), Infinity),
          windowByMessageId(),
          mergeMap(late),
          map(textOf),
        );
        expectObservable(result).toBe(expected);
      },
      { strict: true },
    );
    expect(warnings).toEqual([]);
  });
});

it('a window of one message and its reader cost no stack: 100,000 in a row', () => {
  let count = 0;
  from(range(0, 100_000))
    .pipe(
      map(id => last('a', { id })),
      pool.dispatched(),
      windowByMessageId(),
      concatMap(window => window),
    )
    .subscribe(() => count++);
  expect(count).toBe(100_000);
  expect(pool.held).toBe(0);
});
