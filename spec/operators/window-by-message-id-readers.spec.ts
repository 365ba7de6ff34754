import {
  concatMap,
  from,
  lastValueFrom,
  map,
  mergeMap,
  type Observable,
  range,
  Subject,
  take,
  timer,
  toArray,
} from 'rxjs';
import { type Message, type MessageWindow, pooled, windowByMessageId } from '../../lib/index.js';
import { type Arrival, closed, Dispatcher, last, textOf } from '../support/dispatch.js';
import { runWithPool } from '../support/pool-marbles.js';
import { after } from '../support/virtual-time.js';
import { collectWindows, readWindow, streams, streamSource } from '../support/windows.js';

describe('windows lose nothing, and hold the slots of what nobody has read yet,', () => {
  it('when they are read late', () => {
    runWithPool(({ pool, hot, expectObservable, expectHeld }) => {
      const source = hot(' -a-b------c-', streams);
      const expected = '   -----(ab)-c-';
      expectHeld('         0-1-2-0----0');

      const late = (window: MessageWindow): Observable<Message> => timer(4).pipe(mergeMap(() => window));
      const result = source.pipe(pool.dispatched(), windowByMessageId(), mergeMap(late), map(textOf));
      expectObservable(result).toBe(expected);
    });
  });

  it('when they are read in series', () => {
    runWithPool(({ pool, hot, expectObservable, expectHeld }) => {
      const source = hot(' -axby--c----', streams);
      const expected = '   -a-b---(cxy)';
      expectHeld('         0-1--2--0---');

      const inSeries = concatMap((window: MessageWindow) => window);
      const result = source.pipe(pool.dispatched(), windowByMessageId(), inSeries, map(textOf));
      expectObservable(result).toBe(expected);
    });
  });

  it('when they are read at the pace of pooled', () => {
    runWithPool(({ pool, hot, expectObservable, expectHeld }) => {
      const source = hot(' -abc---------', streams);
      const expected = '   ----a--b--c--';
      expectHeld('         0----2--1--0-');

      const paced = pooled((window: MessageWindow) => window.pipe(pooled(after(3))));
      const result = source.pipe(pool.dispatched(), windowByMessageId(), paced, map(textOf));
      expectObservable(result).toBe(expected);
    });
  });

  it('when nobody ever reads them, until that is over', () => {
    runWithPool(({ pool, hot, expectObservable, expectSubscriptions, expectHeld }) => {
      const source = hot(' -axb-y-c----', streams);
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
    const { pool, source, windows, push } = collectWindows();
    push('a', 'b', 'x', 'y');
    source.next(closed());
    expect(pool.held).toBe(4);
    expect(readWindow(windows[0])).toEqual(['a', 'b', 'channel_closed']);
    expect(readWindow(windows[1])).toEqual(['x', 'y', '|']);
    expect(pool.held).toBe(0);
  });

  it('when their source ends before they are read, and then hold no slots: there is nobody to brake', () => {
    const { pool, source, windows, push } = collectWindows();
    push('a', 'b', 'x', 'y');
    source.complete();
    expect(pool.held).toBe(0);
    expect(pool.pool.idleWindows.size).toBe(0);
    expect(readWindow(windows[0])).toEqual(['a', 'b', 'communication_failed']);
    expect(readWindow(windows[1])).toEqual(['x', 'y', '|']);
  });

  it('when for await pulls them', async () => {
    const { pool, windows, push } = collectWindows();
    push('a', 'b', 'c');
    const held: string[] = [];
    for await (const message of windows[0] as MessageWindow) held.push(textOf(message) + String(pool.held));
    expect(held).toEqual(['a3', 'b2', 'c1']);
    expect(pool.held).toBe(0);
  });

  it.each([1, 2, Infinity])('when 20,000 wait for pooled, %p at once', async concurrency => {
    const pool = new Dispatcher();
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
    const { pool, windows, push } = collectWindows();
    push('a', 'b');
    windows[0]?.pipe(take(1)).subscribe();
    expect(pool.held).toBe(0);
    push('b');
    expect(pool.held).toBe(0);
    expect(windows).toHaveLength(1);
    push('c', 'a');
    expect(windows).toHaveLength(2);
    expect(pool.held).toBe(1);
    expect(readWindow(windows[1])).toEqual(['a']);
  });

  it('leaves the other windows alone', () => {
    const { pool, windows, push } = collectWindows();
    push('a', 'x');
    const log = readWindow(windows[1]);
    windows[0]?.subscribe().unsubscribe();
    push('b', 'y');
    expect(log).toEqual(['x', 'y', '|']);
    expect(pool.held).toBe(0);
  });
});

describe('a window that opens within the delivery of another', () => {
  it('is read behind it, with its slot', () => {
    const { pool, source, push } = streamSource();
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

it('a window of one message and its reader cost no stack: 100,000 in a row', () => {
  const pool = new Dispatcher();
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
