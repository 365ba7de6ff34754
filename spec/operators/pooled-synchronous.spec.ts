import { concat, EMPTY, from, map, NEVER, of, range, repeat, Subject, take, tap, throwError } from 'rxjs';
import { pooled } from '../../lib/index.js';
import { type Arrival, Dispatcher, last, textOf } from '../support/dispatch.js';
import { runWithPool } from '../support/pool-marbles.js';
import { arrivals, failure } from '../support/pooled-marbles.js';

describe('pooled', () => {
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
});
