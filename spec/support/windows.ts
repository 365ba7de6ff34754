import { catchError, concatWith, map, mergeMap, type Observable, of, Subject } from 'rxjs';
import { type MessageWindow, type TofuError, windowByMessageId } from '../../lib/index.js';
import { type Arrival, Dispatcher, last, part, textOf } from './dispatch.js';

/** Two streams: 1 is a b c, 2 is x y. */
export const streams = {
  a: part('a'),
  b: part('b'),
  c: last('c'),
  x: part('x', { id: 2 }),
  y: last('y', { id: 2 }),
};

/** A source of the messages of two streams. */
export interface StreamSource {
  readonly pool: Dispatcher;
  readonly source: Subject<Arrival>;
  /** The source emits these. */
  readonly push: (...names: (keyof typeof streams)[]) => void;
}

/** A source with a pool of its own. */
export function streamSource(): StreamSource {
  const pool = new Dispatcher();
  const source = new Subject<Arrival>();
  const push: StreamSource['push'] = (...names) => {
    for (const name of names) source.next(streams[name]);
  };
  return { pool, source, push };
}

/** What comes of a source: its windows, unread. */
export interface CollectedWindows extends StreamSource {
  readonly windows: MessageWindow[];
  /** Unsubscribes from the windows, not from what is in them. */
  readonly leave: () => void;
}

/** Collects the windows of a source. */
export function collectWindows(options?: Parameters<typeof windowByMessageId>[0]): CollectedWindows {
  const { pool, source, push } = streamSource();
  const windows: MessageWindow[] = [];
  const subscription = source
    .pipe(pool.dispatched(), windowByMessageId(options))
    .subscribe(window => windows.push(window));
  const leave = (): void => {
    subscription.unsubscribe();
  };
  return { pool, source, push, windows, leave };
}

/** What the reader of a window is told from now on, and how it ends. */
export function readWindow(window: MessageWindow | undefined): string[] {
  const log: string[] = [];
  window?.subscribe({
    next: message => log.push(textOf(message)),
    complete: () => log.push('|'),
    error: (error: TofuError) => log.push(error.code),
  });
  return log;
}

/** Reads every window as it opens, and writes down its number, its texts and how it ends. */
export function readWindows(windows: Observable<MessageWindow>): Observable<string> {
  return windows.pipe(
    mergeMap((window, index) => {
      const number = String(index + 1);
      return window.pipe(
        map(message => number + textOf(message)),
        concatWith(of(`${number}|`)),
        catchError((error: TofuError) => of(`${number} ${error.code}`)),
      );
    }),
  );
}

/** What `readWindows` writes down for messages that come one behind the other, from a source that does not end: no slot stays held. */
export function readAll(arrivals: Arrival[], options?: Parameters<typeof windowByMessageId>[0]): string[] {
  const pool = new Dispatcher();
  const source = new Subject<Arrival>();
  const log: string[] = [];
  source.pipe(pool.dispatched(), windowByMessageId(options), readWindows).subscribe(text => log.push(text));
  for (const arrival of arrivals) {
    source.next(arrival);
    expect(pool.held).toBe(0);
  }
  return log;
}
