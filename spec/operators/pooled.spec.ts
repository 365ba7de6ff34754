import { defer, delay, EMPTY, from, lastValueFrom, type Observable, of, toArray } from 'rxjs';
import { type Message, pooled } from '../../lib/index.js';
import { type Arrival, Dispatcher, last, textOf } from '../support/dispatch.js';
import { runWithPool } from '../support/pool-marbles.js';
import { arrivals, expectPooled, failure } from '../support/pooled-marbles.js';
import { thrownBy } from '../support/virtual-time.js';

/** Gives every message an inner Observable that is over at once. */
const toNothing = (): Observable<never> => EMPTY;

describe('pooled', () => {
  describe('merges', () => {
    it('the inner Observable of one message', () => {
      expectPooled({
        source: '         --a-------|',
        inners: { a: '      --x--y|' },
        expected: '       ----x--y--|',
        sourceSub: '      ^---------!',
        innerSubs: { a: ' --^-----!' },
        held: '           0--1---1-0-',
      });
    });

    it('those of many, one behind the other', () => {
      expectPooled({
        source: '         -abc-----------|',
        inners: {
          a: '             ---x-|',
          b: '                  ----y|',
          c: '                       -z-|',
        },
        expected: '       ----x-----y-z--|',
        sourceSub: '      ^--------------!',
        innerSubs: {
          a: '            -^----!',
          b: '            ------^----!',
          c: '            -----------^--!',
        },
        held: '           0---3--2----1--0',
      });
    });

    it('as many at once as concurrency says, begun in the order of arrival', () => {
      expectPooled({
        source: '         -abc------|',
        inners: {
          a: '             ----x|',
          b: '              -y|',
          c: '                ---z|',
        },
        concurrency: 2,
        expected: '       ---y-x-z--|',
        innerSubs: {
          a: '            -^----!',
          b: '            --^-!',
          c: '            ----^---!',
        },
        held: '           0--3-2-1-0',
      });
    });

    it('all at once where concurrency is Infinity', () => {
      expectPooled({
        source: '         -(abc)----|',
        inners: { abc: '   ---x|' },
        concurrency: Infinity,
        expected: '       ----(xxx)-|',
        innerSubs: { abc: ['-^---!', '-^---!', '-^---!'] },
        held: '           0-3---0----',
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

        expectObservable(source.pipe(pool.dispatched(), pooled(toNothing))).toBe(expected);
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
      });
    });

    it('with a source that is empty', () => {
      runWithPool(({ pool, cold, expectObservable, expectSubscriptions }) => {
        const source = cold<Arrival>('--|');
        const expected = '            --|';
        const sourceSub = '           ^-!';

        expectObservable(source.pipe(pool.dispatched(), pooled(toNothing))).toBe(expected);
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
      });
    });

    it('behind the last inner Observable where the source has ended before', () => {
      expectPooled({
        source: '         -ab|',
        inners: { ab: '    ---x|' },
        expected: '       ----x---x|',
        sourceSub: '      ^--!',
        innerSubs: { ab: ['-^---!', '-----^---!'] },
        held: '           0--2--1---0',
      });
    });

    it('without a value where inner Observables have none', () => {
      runWithPool(({ pool, hot, expectObservable, expectHeld }) => {
        const source = hot('  -a-b--|', arrivals);
        const expected = '    ------|';
        expectHeld('          0-0-0-0');

        expectObservable(source.pipe(pool.dispatched(), pooled(toNothing))).toBe(expected);
      });
    });

    it('not at all while an inner Observable goes on, which keeps its slot and those behind it', () => {
      expectPooled({
        source: '         -ab|',
        inners: { ab: '    -x---' },
        unsub: '          ----------!',
        expected: '       --x--------',
        innerSubs: { ab: '-^--------!' },
        held: '           0--2----2--0',
      });
    });

    it('at once with an error of its source', () => {
      expectPooled({
        source: '         -ab--#',
        inners: { ab: '    --x------|' },
        expected: '       ---x-#',
        sourceSub: '      ^----!',
        innerSubs: { ab: '-^---!' },
        held: '           0---2-0',
      });
    });

    it('at once with an error of an inner Observable', () => {
      expectPooled({
        source: '         -abc-------|',
        inners: {
          a: '             -------x|',
          b: '              --#',
        },
        concurrency: 2,
        expected: '       ----#',
        sourceSub: '      ^---!',
        innerSubs: {
          a: '            -^--!',
          b: '            --^-!',
        },
        held: '           0--3-0',
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
