import { map, of, repeat, Subject, take } from 'rxjs';
import { type MessageWindow, OpCode, windowByMessageId } from '../../lib/index.js';
import { type Arrival, closed, Dispatcher, last, part, textOf } from '../support/dispatch.js';
import { runWithPool } from '../support/pool-marbles.js';
import { readAll, readWindows } from '../support/windows.js';

const failure = new Error('failed');
const { Request, Response, Signal } = OpCode;

describe('windowByMessageId', () => {
  describe('opens a window', () => {
    it('for a message alone, which is its first and its last', () => {
      runWithPool(({ pool, hot, expectObservable, expectSubscriptions }) => {
        const source = hot(' --a---', { a: last('a') });
        const expected = '   --(xy)';
        const sourceSub = '  ^     ';

        const result = source.pipe(pool.dispatched(), windowByMessageId(), readWindows);
        expectObservable(result).toBe(expected, { x: '1a', y: '1|' });
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
      });
    });

    it('that completes with the last message of its id', () => {
      runWithPool(({ pool, hot, expectObservable }) => {
        const source = hot(' -a-b-c----', { a: part('a'), b: part('b'), c: last('c') });
        const expected = '   -a-b-(cz)-';

        const result = source.pipe(pool.dispatched(), windowByMessageId(), readWindows);
        expectObservable(result).toBe(expected, { a: '1a', b: '1b', c: '1c', z: '1|' });
      });
    });

    it('that says what its messages share', () => {
      const pool = new Dispatcher();
      const windows: MessageWindow[] = [];
      of(last('a', { channel: 9, id: 2n ** 64n - 1n, opCode: Signal }))
        .pipe(pool.dispatched(), windowByMessageId())
        .subscribe(window => windows.push(window));
      expect(windows).toMatchObject([{ channelNumber: 9, messageId: 2n ** 64n - 1n, opCode: Signal }]);
      expect(textOf((windows[0] as MessageWindow).first)).toBe('a');
    });

    it('for each id, read as its messages come', () => {
      const [a, b] = [{ id: 1 }, { id: 2 }];
      expect(readAll([part('a', a), part('x', b), part('b', a), last('y', b), last('c', a)])).toEqual([
        '1a',
        '2x',
        '1b',
        '2y',
        '2|',
        '1c',
        '1|',
      ]);
    });

    it.each([
      { what: 'channel', one: { channel: 1 }, other: { channel: 2 } },
      { what: 'id', one: { id: 0 }, other: { id: 2 ** 32 } },
      { what: 'id beyond 2^53', one: { id: 2n ** 53n }, other: { id: 2n ** 53n + 1n } },
      { what: 'role: Request, Response', one: { opCode: Request }, other: { opCode: Response } },
      { what: 'role: Request, Signal', one: { opCode: Request }, other: { opCode: Signal } },
      { what: 'role: Response, Signal', one: { opCode: Response }, other: { opCode: Signal } },
    ])('of its own for each $what', ({ one, other }) => {
      expect(readAll([part('a', one), part('x', other), last('b', one), last('y', other)])).toEqual([
        '1a',
        '2x',
        '1b',
        '1|',
        '2y',
        '2|',
      ]);
    });

    it('anew for an id that is used again right behind its last message', () => {
      expect(readAll([part('a'), last('b'), part('c'), last('d'), last('e')])).toEqual([
        '1a',
        '1b',
        '1|',
        '2c',
        '2d',
        '2|',
        '3e',
        '3|',
      ]);
    });

    it('anew for an id that is used again while nobody has read the one before', () => {
      const pool = new Dispatcher();
      const source = new Subject<Arrival>();
      const windows: MessageWindow[] = [];
      source.pipe(pool.dispatched(), windowByMessageId()).subscribe(window => windows.push(window));
      for (const arrival of [part('a'), last('b'), part('c'), last('d')]) source.next(arrival);
      const log: string[] = [];
      readWindows(of(...windows)).subscribe(text => log.push(text));
      expect(log).toEqual(['1a', '1b', '1|', '2c', '2d', '2|']);
      expect(pool.held).toBe(0);
    });

    it('for nothing but Requests, Responses and Signals of peers', () => {
      expect(
        readAll([
          last('', { opCode: OpCode.HelloRequest }),
          last('', { opCode: OpCode.HelloResponse }),
          last('', { opCode: OpCode.ByeRequest }),
          last('', { opCode: OpCode.ByeResponse }),
          last('', { opCode: OpCode.HelloResponse, says: 'connect_failed' }),
          last('pushed by ourselves', { says: 'receiver_update' }),
          closed(),
        ]),
      ).toEqual([]);
    });

    it('that what we push to ourselves under its id is no part of', () => {
      expect(readAll([part('a'), last('x', { says: 'receiver_update' }), last('b')])).toEqual([
        '1a',
        '1b',
        '1|',
      ]);
    });
  });

  describe('ends', () => {
    it('never where its source never does', () => {
      runWithPool(({ pool, hot, expectObservable, expectSubscriptions }) => {
        const source = hot<Arrival>('-');
        expectObservable(source.pipe(pool.dispatched(), windowByMessageId())).toBe('-');
        expectSubscriptions(source.subscriptions).toBe('^');
      });
    });

    it('with a source that is empty', () => {
      runWithPool(({ pool, cold, expectObservable, expectSubscriptions }) => {
        const source = cold<Arrival>('--|');
        expectObservable(source.pipe(pool.dispatched(), windowByMessageId())).toBe('--|');
        expectSubscriptions(source.subscriptions).toBe('^-!');
      });
    });

    it('with a source that completes, and its open windows with communication_failed', () => {
      runWithPool(({ pool, hot, expectObservable, expectSubscriptions }) => {
        const source = hot(' -a-b-|   ', { a: part('a'), b: part('x', { id: 2 }) });
        const expected = '   -a-b-(xy|)';
        const sourceSub = '  ^----!';

        const result = source.pipe(pool.dispatched(), windowByMessageId(), readWindows);
        expectObservable(result).toBe(expected, {
          a: '1a',
          b: '2x',
          x: '1 communication_failed',
          y: '2 communication_failed',
        });
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
      });
    });

    it('with an error of its source, and its open windows with the same', () => {
      const pool = new Dispatcher();
      const source = new Subject<Arrival>();
      const errors: unknown[] = [];
      const note = { error: (error: unknown) => errors.push(error) };
      source.pipe(pool.dispatched(), windowByMessageId()).subscribe({
        ...note,
        next: window => window.subscribe(note),
      });
      source.next(part('a'));
      source.next(part('x', { id: 2 }));
      source.next(last('y', { id: 2 }));
      source.error(failure);
      expect(errors).toEqual([failure, failure]);
      expect(pool.held).toBe(0);
    });

    it('none but the windows of a channel that closes, with channel_closed', () => {
      runWithPool(({ pool, hot, expectObservable }) => {
        const source = hot(' -abc-d----e---', {
          a: part('a', { channel: 1 }),
          b: part('b', { channel: 1, opCode: Response }),
          c: part('c', { channel: 2 }),
          d: closed(1),
          e: last('e', { channel: 2 }),
        });
        const expected = '   -abc-(xy)-(ez)';

        const result = source.pipe(pool.dispatched(), windowByMessageId(), readWindows);
        expectObservable(result).toBe(expected, {
          a: '1a',
          b: '2b',
          c: '3c',
          x: '1 channel_closed',
          y: '2 channel_closed',
          e: '3e',
          z: '3|',
        });
      });
    });

    it('with nothing left of a channel that has closed: its number and ids begin anew', () => {
      expect(readAll([part('a'), closed(), part('b'), last('c')])).toEqual([
        '1a',
        '1 channel_closed',
        '2b',
        '2c',
        '2|',
      ]);
    });
  });

  describe('is left', () => {
    it('by an early unsubscribe', () => {
      runWithPool(({ pool, hot, expectObservable, expectSubscriptions, expectHeld }) => {
        const source = hot(' -a-b-c-', { a: part('a'), b: part('b'), c: last('c') });
        const unsub = '      ----!';
        const sourceSub = '  ^---!';
        const expected = '   -x---';
        expectHeld('         0-12-0-');

        const windows = source.pipe(pool.dispatched(), windowByMessageId());
        const numbers = windows.pipe(map((_, index) => String(index)));
        expectObservable(numbers, unsub).toBe(expected, { x: '0' });
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
      });
    });

    it('by a consumer that throws', () => {
      runWithPool(({ pool, hot, expectObservable, expectSubscriptions, expectHeld }) => {
        const source = hot(' -a-b-', { a: part('a'), b: part('b') });
        const sourceSub = '  ^!';
        const expected = '   -#';
        expectHeld('         0-0-0');

        const throwing = map((): string => {
          throw failure;
        });
        const result = source.pipe(pool.dispatched(), windowByMessageId(), throwing);
        expectObservable(result).toBe(expected, undefined, failure);
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
      });
    });

    it('from within, before it returns from a source that never stops by itself', () => {
      const pool = new Dispatcher();
      const log: string[] = [];
      of(last('a'))
        .pipe(repeat(), pool.dispatched(), windowByMessageId(), take(3), readWindows)
        .subscribe(text => log.push(text));
      expect(log).toEqual(['1a', '1|', '2a', '2|', '3a', '3|']);
      expect(pool.arrived).toBe(3);
      expect(pool.held).toBe(0);
    });

    it('and subscribed to again, with windows of its own each time', () => {
      const pool = new Dispatcher();
      const source = new Subject<Arrival>();
      const result = source.pipe(pool.dispatched(), windowByMessageId());
      const log: string[] = [];
      result.pipe(readWindows).subscribe(text => log.push(`first ${text}`));
      source.next(part('a'));
      result.pipe(readWindows).subscribe(text => log.push(`second ${text}`));
      source.next(last('b'));
      expect(log).toEqual(['first 1a', 'first 1b', 'first 1|', 'second 1b', 'second 1|']);
    });
  });
});
