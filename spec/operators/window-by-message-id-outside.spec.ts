import { concatMap, mergeMap, NEVER, Observable, take } from 'rxjs';
import { type MessageWindow, pooled, windowByMessageId } from '../../lib/index.js';
import { closed, last, textOf } from '../support/dispatch.js';
import { collectWindows, readWindow, streamSource } from '../support/windows.js';

describe('when outside has left', () => {
  it('windows that nobody reads are given up, whole or not', () => {
    const { pool, source, windows, push, leave } = collectWindows();
    push('a', 'b', 'x', 'y');
    expect(pool.pool.idleWindows.size).toBe(2);
    leave();
    expect(pool.held).toBe(0);
    expect(pool.pool.idleWindows.size).toBe(0);
    expect(source.observed).toBe(false);
    expect(windows.map(readWindow)).toEqual([['communication_failed'], ['communication_failed']]);
  });

  it('a window that is read goes on to its end, and keeps the source', () => {
    const { pool, source, windows, push, leave } = collectWindows();
    push('a', 'x');
    const log = readWindow(windows[0]);
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
    const { source, windows, push, leave } = collectWindows();
    push('a', 'x');
    const readers = windows.map(window => window.subscribe());
    leave();
    readers[0]?.unsubscribe();
    expect(source.observed).toBe(true);
    readers[1]?.unsubscribe();
    expect(source.observed).toBe(false);
  });

  it('a window that is read ends with its channel', () => {
    const { source, windows, push, leave } = collectWindows();
    push('a');
    const log = readWindow(windows[0]);
    leave();
    source.next(closed());
    expect(log).toEqual(['a', 'channel_closed']);
    expect(source.observed).toBe(false);
  });

  it.each(['complete', 'error'] as const)('a window that is read ends with the source: %s', how => {
    const { source, windows, push, leave } = collectWindows();
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
    const { pool, source, push } = streamSource();
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
    const { pool, source, push } = streamSource();
    const windows: MessageWindow[] = [];
    const subscription = source.pipe(pool.dispatched(), windowByMessageId()).subscribe(window => {
      windows.push(window);
      subscription.unsubscribe();
    });
    push('a');
    expect(pool.held).toBe(0);
    expect(source.observed).toBe(false);
    expect(readWindow(windows[0])).toEqual(['communication_failed']);
  });

  it('with the source, from within the announcement: what is unread stays, without its slot', () => {
    const { pool, source, push } = streamSource();
    const windows: MessageWindow[] = [];
    source.pipe(pool.dispatched(), windowByMessageId()).subscribe(window => {
      windows.push(window);
      source.complete();
    });
    push('a');
    expect(pool.held).toBe(0);
    expect(pool.pool.idleWindows.size).toBe(0);
    expect(readWindow(windows[0])).toEqual(['a', 'communication_failed']);
  });

  it('before it came: the source is not subscribed to', () => {
    const { pool, source } = streamSource();
    const result = source.pipe(pool.dispatched(), windowByMessageId());
    new Observable<MessageWindow>(subscriber => {
      subscriber.unsubscribe();
      result.subscribe(subscriber);
    }).subscribe();
    expect(source.observed).toBe(false);
  });

  it('slots don’t depend on who reads: a loaded concatMap that is left gives all of them back', () => {
    const { pool, source, push } = streamSource();
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
