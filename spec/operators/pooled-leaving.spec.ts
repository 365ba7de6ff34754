import { finalize, NEVER, of, Subject, take } from 'rxjs';
import { pooled } from '../../lib/index.js';
import { type Arrival, Dispatcher, textOf } from '../support/dispatch.js';
import { runWithPool } from '../support/pool-marbles.js';
import { arrivals, expectPooled } from '../support/pooled-marbles.js';

describe('pooled', () => {
  describe('is left', () => {
    it('by an early unsubscribe: source, running and waiting are let go', () => {
      expectPooled({
        source: '         -abc-------|',
        inners: { abc: '   --x-----|' },
        unsub: '          ------!',
        expected: '       ---x---',
        sourceSub: '      ^-----!',
        innerSubs: { abc: '-^----!' },
        held: '           0---3--0',
      });
    });

    it('by take, when it has what it wants', () => {
      runWithPool(({ pool, hot, cold, expectObservable, expectSubscriptions, expectHeld }) => {
        const source = hot('  -abc-------|', arrivals);
        const inner = cold('   --x-----|');
        const expected = '    ---(x|)';
        const innerSub = '    -^-!';
        const sourceSub = '   ^--!';
        expectHeld('          0---0');

        const result = source.pipe(
          pool.dispatched(),
          pooled(() => inner),
          take(1),
        );
        expectObservable(result).toBe(expected);
        expectSubscriptions(inner.subscriptions).toBe(innerSub);
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
      });
    });

    it.each([
      { where: 'project', leaveIn: 'project' },
      { where: 'a value', leaveIn: 'next' },
      { where: 'the end of an inner Observable', leaveIn: 'finalize' },
    ])('from within $where', ({ leaveIn }) => {
      const pool = new Dispatcher();
      const source = new Subject<Arrival>();
      const gate = new Subject<string>();
      const values: string[] = [];
      let projected = 0;
      const leave = (when: string): void => {
        if (when === leaveIn) subscription.unsubscribe();
      };
      const subscription = source
        .pipe(
          pool.dispatched(),
          pooled((message, index) => {
            projected++;
            if (index === 1) leave('project');
            return index === 0 ? gate.pipe(finalize(() => leave('finalize'))) : of(textOf(message));
          }),
        )
        .subscribe(value => {
          values.push(value);
          leave('next');
        });
      source.next(arrivals.a);
      source.next(arrivals.b);
      source.next(arrivals.c);
      expect(pool.held).toBe(3);
      gate.next('x');
      gate.complete();
      expect(subscription.closed).toBe(true);
      expect(pool.held).toBe(0);
      expect(source.observed).toBe(false);
      expect(gate.observed).toBe(false);
      expect(values).toEqual(['x']);
      expect(projected).toBe(leaveIn === 'project' ? 2 : 1);
    });

    it('and subscribed to again, with a queue of its own each time', () => {
      const pool = new Dispatcher();
      const source = new Subject<Arrival>();
      const result = source.pipe(
        pool.dispatched(),
        pooled(() => NEVER),
      );
      const first = result.subscribe();
      const second = result.subscribe();
      source.next(arrivals.a);
      source.next(arrivals.b);
      // Each subscription dispatches messages of its own here.
      expect(pool.held).toBe(4);
      first.unsubscribe();
      expect(pool.held).toBe(2);
      second.unsubscribe();
      expect(pool.held).toBe(0);
    });
  });
});
