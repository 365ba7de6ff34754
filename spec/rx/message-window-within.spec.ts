import { catchError, concatMap, from, of, take, toArray } from 'rxjs';
import { Status, TofuError } from '../../lib/index.js';
import { type MessageWindow } from '../../lib/rx/message-window.js';
import { last, part, textOf } from '../support/dispatch.js';
import { LoneWindows } from '../support/lone-windows.js';

let windows: LoneWindows;

beforeEach(() => {
  windows = new LoneWindows();
});

const gaveUp = new TofuError(Status.poolEmpty, 'given up');

describe('MessageWindow', () => {
  describe('within its own delivery', () => {
    it('keeps the order when more comes', () => {
      const window = windows.open(part('a'));
      windows.push(window, part('b'));
      const log: string[] = [];
      window.subscribe({
        next: message => {
          log.push(textOf(message));
          if (textOf(message) === 'a') windows.push(window, part('c'));
          if (textOf(message) === 'c') {
            windows.push(window, last('d'));
            window.complete();
          }
        },
        complete: () => log.push('|'),
      });
      expect(log).toEqual(['a', 'b', 'c', 'd', '|']);
      expect(windows.pool.held).toBe(0);
    });

    it('stops when its reader leaves', () => {
      const window = windows.open(part('a'));
      windows.push(window, part('b'));
      const log: string[] = [];
      // The subscription is known only when subscribe() returns: take() leaves from within.
      window.pipe(take(1)).subscribe(message => {
        log.push(textOf(message));
        windows.push(window, part('c'));
      });
      expect(log).toEqual(['a']);
      expect(windows.pool.held).toBe(0);
    });

    it('delivers what came before the error that comes meanwhile', () => {
      const window = windows.open(part('a'));
      windows.push(window, part('b'));
      const log: string[] = [];
      window.subscribe({
        next: message => {
          log.push(textOf(message));
          window.fail(new TofuError(Status.channelClosed, 'closed'));
        },
        error: (error: TofuError) => log.push(error.code),
      });
      expect(log).toEqual(['a', 'b', 'channel_closed']);
    });
  });

  describe('read within the delivery of another', () => {
    it('follows it in the same turn', () => {
      const [first, second] = [windows.open(part('a')), windows.open(part('x'))];
      windows.push(first, part('b'));
      const log: string[] = [];
      first.subscribe(message => {
        log.push(textOf(message));
        if (textOf(message) === 'a') second.subscribe(other => log.push(textOf(other)));
      });
      expect(log).toEqual(['a', 'b', 'x']);
      expect(windows.pool.held).toBe(0);
    });

    it('gives back what it has when its reader leaves before that', () => {
      const [first, second] = [windows.open(part('a')), windows.open(part('x'))];
      const log: string[] = [];
      first.subscribe(() => {
        second.subscribe(other => log.push(textOf(other))).unsubscribe();
      });
      expect(log).toEqual([]);
      expect(windows.pool.held).toBe(0);
    });

    it.each([
      { how: 'whole', reader: (window: MessageWindow) => window.pipe(toArray()) },
      { how: 'in part', reader: (window: MessageWindow) => window.pipe(take(1)) },
      {
        how: 'to an error',
        reader: (window: MessageWindow) => {
          window.giveUp(gaveUp);
          return window.pipe(catchError(() => of('given up')));
        },
      },
    ])('is no deeper stack, when concatMap reads 20,000 of them $how', ({ reader }) => {
      const others = Array.from({ length: 20_000 }, () => {
        const window = windows.open(last('a'));
        window.complete();
        return window;
      });
      // The one that is being read when the others are through.
      const current = windows.open(part('a'));
      let count = 0;
      let ended = false;
      from([current, ...others])
        .pipe(concatMap(window => (window === current ? window : reader(window))))
        .subscribe({ next: () => count++, complete: () => (ended = true) });
      expect(count).toBe(1);
      current.complete();
      expect(count).toBe(20_001);
      expect(ended).toBe(true);
      expect(windows.pool.held).toBe(0);
    });
  });
});
