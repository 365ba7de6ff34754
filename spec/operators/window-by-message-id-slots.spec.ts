import { delay, map, mergeMap, type Observable, of, Subject, tap, timer } from 'rxjs';
import { type Message, type MessageWindow, pooled, windowByMessageId } from '../../lib/index.js';
import { Dispatcher, part, textOf } from '../support/dispatch.js';
import { runWithPool } from '../support/pool-marbles.js';
import { after, codes } from '../support/virtual-time.js';
import { warningsOf } from '../support/warnings.js';
import { collectWindows, readWindow, streams, streamSource } from '../support/windows.js';

describe('a window that was released', () => {
  it('within its announcement holds no slot for its first message', () => {
    const { pool, source, push } = streamSource();
    const windows: MessageWindow[] = [];
    source.pipe(pool.dispatched(), windowByMessageId()).subscribe(window => {
      window.release();
      windows.push(window);
    });
    push('a');
    expect(pool.held).toBe(0);
    push('b', 'c');
    expect(pool.held).toBe(2);
    expect(readWindow(windows[0])).toEqual(['a', 'b', 'c', '|']);
    expect(pool.held).toBe(0);
  });

  it('holds slots again for what still comes, while nobody reads it', () => {
    const { pool, windows, push } = collectWindows();
    push('a', 'b');
    windows[0]?.release();
    expect(pool.held).toBe(0);
    push('b');
    expect(pool.held).toBe(1);
    expect(pool.pool.idleWindows.size).toBe(1);
    push('c');
    expect(readWindow(windows[0])).toEqual(['a', 'b', 'b', 'c', '|']);
    expect(pool.held).toBe(0);
  });

  it('is given up like any other that nobody reads', () => {
    const { windows, push, leave } = collectWindows();
    push('a');
    windows[0]?.release();
    leave();
    expect(readWindow(windows[0])).toEqual(['communication_failed']);
  });
});

describe('windows that nobody reads are known to the pool', () => {
  it('until they are read, whether they are whole or not', () => {
    const { pool, windows, push } = collectWindows();
    const { idleWindows } = pool.pool;
    push('a', 'x', 'y');
    expect(idleWindows.size).toBe(2);
    readWindow(windows[1]);
    expect(idleWindows.size).toBe(1);
    readWindow(windows[0]);
    expect(idleWindows.size).toBe(0);
  });

  it('which gives up the youngest: it errors with pool_empty, and is dropped up to its last message', () => {
    const { pool, windows, push } = collectWindows();
    push('a', 'x', 'b');
    expect(pool.pool.idleWindows.giveUpYoungest(1, 3, 3)).toBe(true);
    expect(pool.held).toBe(2);
    push('y');
    expect(pool.held).toBe(2);
    expect(windows).toHaveLength(2);
    expect(readWindow(windows[1])).toEqual(['pool_empty']);
    push('x');
    expect(windows).toHaveLength(3);
    expect(readWindow(windows[2])).toEqual(['x']);
    expect(readWindow(windows[0])).toEqual(['a', 'b']);
    expect(pool.held).toBe(0);
  });

  it('and are in the way where another one of their channel is read', () => {
    const { pool, source, windows, push } = collectWindows();
    push('a', 'x');
    source.next(part('other', { channel: 2 }));
    const { idleWindows } = pool.pool;
    idleWindows.giveUpYoungest(1, Infinity, 2);
    expect(idleWindows.isStuck(1)).toBe(false);
    readWindow(windows[0]);
    push('b');
    source.next(part('another', { id: 3 }));
    idleWindows.giveUpYoungest(2, Infinity, 1);
    expect(idleWindows.isStuck(2)).toBe(false);
    idleWindows.giveUpYoungest(1, Infinity, 1);
    expect(idleWindows.isStuck(1)).toBe(true);
  });

  it('but for those that were refused: they hold nothing', () => {
    const { pool, windows, push } = collectWindows({ maxWindows: 1 });
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
      const source = hot(' -abx--c-y-', streams);
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
      const source = hot(' -a-b-c-', streams);
      const expected = '   --a-b-c';

      const readers = pooled((window: MessageWindow) => window.pipe(pooled(message => of(message))));
      const result = source.pipe(pool.dispatched(), delay(1), windowByMessageId(), readers, map(textOf));
      expectObservable(result).toBe(expected);
      flush();
      expect(pool.counters.brakeLost).toBe(3);
    });
  });

  it('is an error where the engine is strict, of the operator and of every window that is open', () => {
    const windows: MessageWindow[] = [];
    const pool = new Dispatcher({ strict: true });
    const log: string[] = [];
    const late = new Subject<Message>();
    late
      .pipe(
        windowByMessageId(),
        tap(window => windows.push(window)),
        codes(),
      )
      .subscribe({ error: (code: string) => log.push(code) });
    pool.push(streams.x, message => {
      late.next(message);
    });
    const readLog = readWindow(windows[0]);
    late.next(pool.push(streams.a, () => undefined));
    expect(log).toEqual(['not_allowed']);
    expect(readLog).toEqual(['x', 'not_allowed']);
    expect(late.observed).toBe(false);
    expect(pool.held).toBe(0);
  });

  it('is an error where the engine is strict, also of a window that is read when outside has left', () => {
    const windows: MessageWindow[] = [];
    const pool = new Dispatcher({ strict: true });
    const late = new Subject<Message>();
    const subscription = late.pipe(windowByMessageId()).subscribe(window => windows.push(window));
    pool.push(streams.a, message => {
      late.next(message);
    });
    const log = readWindow(windows[0]);
    subscription.unsubscribe();
    late.next(pool.push(streams.b, () => undefined));
    expect(log).toEqual(['a', 'not_allowed']);
    expect(late.observed).toBe(false);
  });

  it('is none while somebody upstream still holds it: the window holds it on', () => {
    const warnings = warningsOf('RXTOFU_BRAKE_LOST');
    runWithPool(
      ({ pool, hot, expectObservable, expectHeld }) => {
        const source = hot(' -a-b-c----', streams);
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
