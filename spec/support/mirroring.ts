import { type MonoTypeOperatorFunction, Observable, Subject, take } from 'rxjs';
import type { Message } from '../../lib/index.js';
import { marbles } from './virtual-time.js';

/** The cases that every filter owes, whatever it passes: it mirrors its source but for what it leaves out. */
export function itMirrorsItsSource(
  operator: () => MonoTypeOperatorFunction<Message>,
  passed: Message,
  leftOut: Message,
): void {
  const values = { p: passed, q: passed, x: leftOut };

  it('passes what fits, and leaves the rest out', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -p-x-(pxq)-x-|', values);
      const subscription = ' ^------------!';
      const expected = '     -p---(pq)----|';
      expectObservable(source.pipe(operator())).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('never ends when its source never does', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Message>('  -');
      const subscription = '         ^';
      const expected = '             -';
      expectObservable(source.pipe(operator())).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('completes with an empty source', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Message>('  |');
      const subscription = '         (^!)';
      const expected = '             |';
      expectObservable(source.pipe(operator())).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('errors with its source', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -p-#', values, 'lost');
      const subscription = ' ^--!';
      const expected = '     -p-#';
      expectObservable(source.pipe(operator())).toBe(expected, values, 'lost');
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('leaves its source when it is left', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('   -p-x-p-|', values);
      const unsubscribed = ' ---!';
      const subscription = ' ^--!';
      const expected = '     -p--';
      expectObservable(source.pipe(operator()), unsubscribed).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('takes no more of a synchronous source once it is left', () => {
    let taken = 0;
    const source = new Observable<Message>(subscriber => {
      while (!subscriber.closed) {
        taken++;
        subscriber.next(taken % 2 === 0 ? passed : leftOut);
      }
    });
    const seen: Message[] = [];
    source.pipe(operator(), take(2)).subscribe(message => seen.push(message));
    expect(seen).toEqual([passed, passed]);
    expect(taken).toBe(4);
  });

  it('is left inside next', () => {
    const source = new Subject<Message>();
    const seen: Message[] = [];
    const subscription = source.pipe(operator()).subscribe(message => {
      seen.push(message);
      subscription.unsubscribe();
    });
    source.next(passed);
    expect(source.observed).toBe(false);
    source.next(passed);
    expect(seen).toEqual([passed]);
  });
}
