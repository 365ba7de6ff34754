import {
  concat,
  defer,
  delay,
  EMPTY,
  finalize,
  from,
  lastValueFrom,
  map,
  NEVER,
  type Observable,
  of,
  range,
  repeat,
  Subject,
  take,
  tap,
  throwError,
  toArray,
} from 'rxjs';
import { type Message, pooled } from '../../lib/index.js';
import { type Arrival, Dispatcher, last, textOf } from '../support/dispatch.js';
import { runWithPool } from '../support/pool-marbles.js';
import { thrownBy } from '../support/virtual-time.js';

const arrivals = { a: last('a'), b: last('b', { id: 2 }), c: last('c', { id: 3 }) };
const failure = new Error('failed');

/** Gives each message the inner Observable that stands under its text. */
function byText(inners: Record<string, Observable<string>>): (message: Message) => Observable<string> {
  return message => inners[textOf(message)] as Observable<string>;
}

describe('pooled', () => {
  describe('merges', () => {
    it('the inner Observable of one message', () => {
      runWithPool(({ pool, hot, cold, expectObservable, expectSubscriptions, expectHeld }) => {
        const source = hot('  --a-------|', arrivals);
        const inner = cold('    --x--y|');
        const expected = '    ----x--y--|';
        const sourceSub = '   ^---------!';
        const innerSub = '    --^-----!';
        expectHeld('          0--1---1-0-');

        expectObservable(
          source.pipe(
            pool.dispatched(),
            pooled(() => inner),
          ),
        ).toBe(expected);
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
        expectSubscriptions(inner.subscriptions).toBe(innerSub);
      });
    });

    it('those of many, one behind the other', () => {
      runWithPool(({ pool, hot, cold, expectObservable, expectSubscriptions, expectHeld }) => {
        const source = hot('  -abc-----------|', arrivals);
        const x = cold('       ---x-|');
        const y = cold('            ----y|');
        const z = cold('                 -z-|');
        const expected = '    ----x-----y-z--|';
        const sourceSub = '   ^--------------!';
        const xSub = '        -^----!';
        const ySub = '        ------^----!';
        const zSub = '        -----------^--!';
        expectHeld('          0---3--2----1--0');

        const project = byText({ a: x, b: y, c: z });
        expectObservable(source.pipe(pool.dispatched(), pooled(project))).toBe(expected);
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
        expectSubscriptions(x.subscriptions).toBe(xSub);
        expectSubscriptions(y.subscriptions).toBe(ySub);
        expectSubscriptions(z.subscriptions).toBe(zSub);
      });
    });

    it('as many at once as concurrency says, begun in the order of arrival', () => {
      runWithPool(({ pool, hot, cold, expectObservable, expectSubscriptions, expectHeld }) => {
        const source = hot('  -abc------|', arrivals);
        const x = cold('       ----x|');
        const y = cold('        -y|');
        const z = cold('          ---z|');
        const expected = '    ---y-x-z--|';
        const xSub = '        -^----!';
        const ySub = '        --^-!';
        const zSub = '        ----^---!';
        expectHeld('          0--3-2-1-0');

        const project = byText({ a: x, b: y, c: z });
        expectObservable(source.pipe(pool.dispatched(), pooled(project, 2))).toBe(expected);
        expectSubscriptions(x.subscriptions).toBe(xSub);
        expectSubscriptions(y.subscriptions).toBe(ySub);
        expectSubscriptions(z.subscriptions).toBe(zSub);
      });
    });

    it('all at once where concurrency is Infinity', () => {
      runWithPool(({ pool, hot, cold, expectObservable, expectSubscriptions, expectHeld }) => {
        const source = hot('  -(abc)----|', arrivals);
        const inner = cold('   ---x|');
        const expected = '    ----(xxx)-|';
        const innerSub = '    -^---!';
        expectHeld('          0-3---0----');

        expectObservable(
          source.pipe(
            pool.dispatched(),
            pooled(() => inner, Infinity),
          ),
        ).toBe(expected);
        expectSubscriptions(inner.subscriptions).toBe([innerSub, innerSub, innerSub]);
      });
    });

    it('what a Promise, an iterable or an async iterable gives, and passes the index', async () => {
      const pool = new Dispatcher();
      const inners = [
        () => Promise.resolve('promised'),
        () => ['an', 'array'],
        async function* generate() {
          yield 'generated';
        },
      ];
      const result = from([last('0'), last('1'), last('2')]).pipe(
        pool.dispatched(),
        pooled((message, index) => {
          expect(textOf(message)).toBe(String(index));
          return inners[index]?.() ?? [];
        }),
        toArray(),
      );
      expect(await lastValueFrom(result)).toEqual(['promised', 'an', 'array', 'generated']);
      expect(pool.held).toBe(0);
    });

    it('those of values that are no messages', () => {
      runWithPool(({ hot, cold, expectObservable }) => {
        const source = hot('  -1-2|');
        const inner = cold('   ---x|');
        const expected = '    ----x---x|';

        expectObservable(source.pipe(pooled(() => inner))).toBe(expected);
      });
    });
  });

  describe('ends', () => {
    it('never where its source never does', () => {
      runWithPool(({ pool, hot, expectObservable, expectSubscriptions }) => {
        const source = hot<Arrival>('-');
        const expected = '           -';
        const sourceSub = '          ^';

        expectObservable(
          source.pipe(
            pool.dispatched(),
            pooled(() => EMPTY),
          ),
        ).toBe(expected);
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
      });
    });

    it('with a source that is empty', () => {
      runWithPool(({ pool, cold, expectObservable, expectSubscriptions }) => {
        const source = cold<Arrival>('--|');
        const expected = '            --|';
        const sourceSub = '           ^-!';

        expectObservable(
          source.pipe(
            pool.dispatched(),
            pooled(() => EMPTY),
          ),
        ).toBe(expected);
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
      });
    });

    it('behind the last inner Observable where the source has ended before', () => {
      runWithPool(({ pool, hot, cold, expectObservable, expectSubscriptions, expectHeld }) => {
        const source = hot('  -ab|', arrivals);
        const inner = cold('   ---x|');
        const expected = '    ----x---x|';
        const innerSubs = ['  -^---!', '-----^---!'];
        const sourceSub = '   ^--!';
        expectHeld('          0--2--1---0');

        expectObservable(
          source.pipe(
            pool.dispatched(),
            pooled(() => inner),
          ),
        ).toBe(expected);
        expectSubscriptions(inner.subscriptions).toBe(innerSubs);
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
      });
    });

    it('without a value where inner Observables have none', () => {
      runWithPool(({ pool, hot, expectObservable, expectHeld }) => {
        const source = hot('  -a-b--|', arrivals);
        const expected = '    ------|';
        expectHeld('          0-0-0-0');

        expectObservable(
          source.pipe(
            pool.dispatched(),
            pooled(() => EMPTY),
          ),
        ).toBe(expected);
      });
    });

    it('not at all while an inner Observable goes on, which keeps its slot and those behind it', () => {
      runWithPool(({ pool, hot, cold, expectObservable, expectSubscriptions, expectHeld }) => {
        const source = hot('  -ab|', arrivals);
        const inner = cold('   -x---');
        const unsub = '       ----------!';
        const expected = '    --x--------';
        const innerSub = '    -^--------!';
        expectHeld('          0--2----2--0');

        expectObservable(
          source.pipe(
            pool.dispatched(),
            pooled(() => inner),
          ),
          unsub,
        ).toBe(expected);
        expectSubscriptions(inner.subscriptions).toBe(innerSub);
      });
    });

    it('at once with an error of its source', () => {
      runWithPool(({ pool, hot, cold, expectObservable, expectSubscriptions, expectHeld }) => {
        const source = hot('  -ab--#', arrivals, failure);
        const inner = cold('   --x------|');
        const expected = '    ---x-#';
        const innerSub = '    -^---!';
        const sourceSub = '   ^----!';
        expectHeld('          0---2-0');

        const result = source.pipe(
          pool.dispatched(),
          pooled(() => inner),
        );
        expectObservable(result).toBe(expected, undefined, failure);
        expectSubscriptions(inner.subscriptions).toBe(innerSub);
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
      });
    });

    it('at once with an error of an inner Observable', () => {
      runWithPool(({ pool, hot, cold, expectObservable, expectSubscriptions, expectHeld }) => {
        const source = hot('  -abc-------|', arrivals);
        const x = cold('       -------x|');
        const y = cold('        --#', undefined, failure);
        const expected = '    ----#';
        const xSub = '        -^--!';
        const ySub = '        --^-!';
        const sourceSub = '   ^---!';
        expectHeld('          0--3-0');

        const project = byText({ a: x, b: y });
        const result = source.pipe(pool.dispatched(), pooled(project, 2));
        expectObservable(result).toBe(expected, undefined, failure);
        expectSubscriptions(x.subscriptions).toBe(xSub);
        expectSubscriptions(y.subscriptions).toBe(ySub);
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
      });
    });

    it('with what project throws as a message comes', () => {
      runWithPool(({ pool, hot, expectObservable, expectSubscriptions, expectHeld }) => {
        const source = hot('  -a-b|', arrivals);
        const expected = '    -#';
        const sourceSub = '   ^!';
        expectHeld('          0-0');

        const throwing = (): Observable<string> => {
          throw failure;
        };
        const result = source.pipe(pool.dispatched(), pooled(throwing));
        expectObservable(result).toBe(expected, undefined, failure);
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
      });
    });

    it('with what project throws for a message that has waited', () => {
      runWithPool(({ pool, hot, cold, expectObservable, expectSubscriptions, expectHeld }) => {
        const source = hot('  -abc----|', arrivals);
        const inner = cold('   ---x|');
        const expected = '    ----x#';
        const sourceSub = '   ^----!';
        expectHeld('          0---3-0');

        const project = (_: Message, index: number): Observable<string> => {
          if (index === 1) throw failure;
          return inner;
        };
        const result = source.pipe(pool.dispatched(), pooled(project));
        expectObservable(result).toBe(expected, undefined, failure);
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
      });
    });

    it('with a TypeError where project gives nothing to subscribe to', () => {
      const pool = new Dispatcher();
      const errors: unknown[] = [];
      of(last('a'))
        .pipe(
          pool.dispatched(),
          pooled(() => undefined as unknown as Observable<string>),
        )
        .subscribe({ error: error => errors.push(error) });
      expect(errors).toMatchObject([{ name: 'TypeError' }]);
      expect(pool.held).toBe(0);
    });
  });

  describe('is left', () => {
    it('by an early unsubscribe: source, running and waiting are let go', () => {
      runWithPool(({ pool, hot, cold, expectObservable, expectSubscriptions, expectHeld }) => {
        const source = hot('  -abc-------|', arrivals);
        const inner = cold('   --x-----|');
        const unsub = '       ------!';
        const expected = '    ---x---';
        const innerSub = '    -^----!';
        const sourceSub = '   ^-----!';
        expectHeld('          0---3--0');

        const result = source.pipe(
          pool.dispatched(),
          pooled(() => inner),
        );
        expectObservable(result, unsub).toBe(expected);
        expectSubscriptions(inner.subscriptions).toBe(innerSub);
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
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

  describe('stands what is synchronous:', () => {
    it('a source that emits while it is subscribed to', () => {
      runWithPool(({ pool, cold, expectObservable, expectHeld }) => {
        const source = from([arrivals.a, arrivals.b, arrivals.c]);
        const inner = cold('  --x|');
        const expected = '    --x--x--x|';
        expectHeld('          -3--2--1--0');

        expectObservable(
          source.pipe(
            pool.dispatched(),
            pooled(() => inner),
          ),
        ).toBe(expected);
      });
    });

    it('a source that never stops by itself', () => {
      const pool = new Dispatcher();
      const values: string[] = [];
      of(last('a'))
        .pipe(
          repeat(),
          pool.dispatched(),
          pooled(message => of(textOf(message))),
          take(3),
        )
        .subscribe(value => values.push(value));
      expect(values).toEqual(['a', 'a', 'a']);
      expect(pool.arrived).toBe(3);
      expect(pool.held).toBe(0);
    });

    it('a source that never stops by itself, left before anything has come of it', () => {
      const pool = new Dispatcher();
      const stop = new Subject<string>();
      const result: string[] = [];
      of(last('a'))
        .pipe(
          repeat(),
          pool.dispatched(),
          tap(() => {
            if (pool.arrived === 5) stop.next('enough');
          }),
          pooled(() => stop),
          take(1),
        )
        .subscribe(value => result.push(value));
      expect(result).toEqual(['enough']);
      expect(pool.arrived).toBe(5);
      expect(pool.held).toBe(0);
    });

    it('an inner Observable that never stops by itself', () => {
      const pool = new Dispatcher();
      const values: string[] = [];
      let made = 0;
      of(last('a'))
        .pipe(
          pool.dispatched(),
          pooled(message =>
            of(textOf(message)).pipe(
              repeat(),
              tap(() => {
                if (++made > 10) throw new Error('goes on when nobody listens');
              }),
            ),
          ),
          take(3),
        )
        .subscribe(value => values.push(value));
      expect(values).toEqual(['a', 'a', 'a']);
      expect(made).toBe(3);
      expect(pool.held).toBe(0);
    });

    it('100,000 inner Observables that end at once, as their messages come', () => {
      const pool = new Dispatcher();
      let count = 0;
      range(0, 100_000)
        .pipe(
          map(() => last('a')),
          pool.dispatched(),
          pooled(() => of('x')),
        )
        .subscribe(() => count++);
      expect(count).toBe(100_000);
      expect(pool.held).toBe(0);
    });

    it('100,000 that end at once behind one that did not', () => {
      const pool = new Dispatcher();
      const gate = new Subject<string>();
      let count = 0;
      range(0, 100_001)
        .pipe(
          map(() => last('a')),
          pool.dispatched(),
          pooled((_, index) => (index === 0 ? gate : EMPTY)),
        )
        .subscribe({ complete: () => count++ });
      expect(pool.held).toBe(100_001);
      gate.complete();
      expect(pool.held).toBe(0);
      expect(count).toBe(1);
    });

    it('a source that emits within a value', () => {
      const pool = new Dispatcher();
      const source = new Subject<Arrival>();
      const values: string[] = [];
      source
        .pipe(
          pool.dispatched(),
          pooled(message => of(`${textOf(message)}1`, `${textOf(message)}2`)),
        )
        .subscribe(value => {
          values.push(value);
          if (value === 'a1') source.next(arrivals.b);
        });
      source.next(arrivals.a);
      expect(values).toEqual(['a1', 'a2', 'b1', 'b2']);
      expect(pool.held).toBe(0);
    });

    it('a source that ends within a value', () => {
      const pool = new Dispatcher();
      const source = new Subject<Arrival>();
      const log: string[] = [];
      source
        .pipe(
          pool.dispatched(),
          pooled(() => of('x', 'y')),
        )
        .subscribe({
          next: value => {
            log.push(value);
            if (value === 'x') source.complete();
          },
          complete: () => log.push('end'),
        });
      source.next(arrivals.a);
      expect(log).toEqual(['x', 'y', 'end']);
      expect(pool.held).toBe(0);
    });

    it('an inner Observable that fails while it is subscribed to', () => {
      const pool = new Dispatcher();
      const log: unknown[] = [];
      concat(of(arrivals.a, arrivals.b), NEVER)
        .pipe(
          pool.dispatched(),
          pooled(() => throwError(() => failure)),
        )
        .subscribe({ error: error => log.push(error) });
      expect(log).toEqual([failure]);
      expect(pool.arrived).toBe(1);
      expect(pool.held).toBe(0);
    });
  });

  it.each([0, -1, 0.5, NaN])('refuses concurrency %p', concurrency => {
    expect(thrownBy(() => pooled(() => EMPTY, concurrency))).toBe('not_allowed');
  });

  it('projects nothing before it is subscribed to', () => {
    let subscribed = 0;
    const source = defer(() => {
      subscribed++;
      return EMPTY;
    });
    const result = source.pipe(
      delay(0),
      pooled(() => EMPTY),
    );
    expect(subscribed).toBe(0);
    result.subscribe();
    expect(subscribed).toBe(1);
  });
});
