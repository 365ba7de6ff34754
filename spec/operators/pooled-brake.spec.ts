import { delay, map, NEVER, of, Subject } from 'rxjs';
import { type Hold, type Message, OpCode, pooled } from '../../lib/index.js';
import { type Arrival, closed, Dispatcher, last, textOf } from '../support/dispatch.js';
import { runWithPool } from '../support/pool-marbles.js';
import { arrivals } from '../support/pooled-marbles.js';
import { after } from '../support/virtual-time.js';
import { warningsOf } from '../support/warnings.js';

describe('a slot under pooled', () => {
  it('is held from the arrival of its message until its inner Observable has ended', () => {
    runWithPool(({ pool, hot, expectObservable, expectHeld }) => {
      const source = hot('  -a---bc-------|', arrivals);
      const expected = '    ----a---b--c--|';
      expectHeld('          0--1-1-2-1--0--');

      const result = source.pipe(pool.dispatched(), pooled(after(3)), map(textOf));
      expectObservable(result).toBe(expected);
    });
  });

  it('is never taken for longer than the dispatch by an inner Observable that ends within it', () => {
    const pool = new Dispatcher();
    const source = new Subject<Arrival>();
    const held: number[] = [];
    source
      .pipe(
        pool.dispatched(),
        pooled(message => of(textOf(message))),
      )
      .subscribe(() => held.push(pool.held));
    source.next(arrivals.a);
    source.next(arrivals.b);
    expect(held).toEqual([1, 1]);
    expect(pool.held).toBe(0);
  });

  it('counts as held by pooled', () => {
    const pool = new Dispatcher();
    const subscription = of(arrivals.a, arrivals.b)
      .pipe(
        pool.dispatched(),
        pooled(() => NEVER),
      )
      .subscribe();
    expect(pool.pool.heldBy).toEqual({ retain: 0, pooled: 2, window: 0, request: 0 });
    subscription.unsubscribe();
    expect(pool.pool.heldBy).toEqual({ retain: 0, pooled: 0, window: 0, request: 0 });
  });

  it('stays with whoever retains the message in project, also when it had to wait for its turn', () => {
    const pool = new Dispatcher();
    const source = new Subject<Arrival>();
    const gate = new Subject<string>();
    const holds: Hold[] = [];
    source
      .pipe(
        pool.dispatched(),
        pooled(message => {
          holds.push(message.retain());
          return gate;
        }),
      )
      .subscribe();
    source.next(arrivals.a);
    source.next(arrivals.b);
    source.complete();
    gate.complete();
    expect(holds).toHaveLength(2);
    expect(pool.held).toBe(2);
    for (const hold of holds) hold[Symbol.dispose]();
    expect(pool.held).toBe(0);
  });

  it('goes on from one pooled to the next', () => {
    const warnings = warningsOf('RXTOFU_BRAKE_LOST');
    runWithPool(({ pool, hot, expectObservable, expectHeld }) => {
      const source = hot('  -a------|', arrivals);
      const expected = '    -----a--|';
      expectHeld('          0-1--10--');

      const result = source.pipe(pool.dispatched(), pooled(after(2)), pooled(after(2)), map(textOf));
      expectObservable(result).toBe(expected);
    });
    expect(warnings).toEqual([]);
  });

  it('is held behind a delay, while somebody else has it', () => {
    const warnings = warningsOf('RXTOFU_BRAKE_LOST');
    const pool = new Dispatcher({ strict: true });
    const late = new Subject<Message>();
    const gate = new Subject<string>();
    late.pipe(pooled(() => gate)).subscribe();
    let hold: Hold | undefined;
    const message = pool.push(arrivals.a, pushed => {
      hold = pushed.retain();
    });
    late.next(message);
    hold?.[Symbol.dispose]();
    expect(pool.held).toBe(1);
    gate.complete();
    expect(pool.held).toBe(0);
    expect(warnings).toEqual([]);
  });
});

describe('a message whose slot is gone', () => {
  it('is projected all the same, is counted, and is warned of once', () => {
    const warnings = warningsOf('RXTOFU_BRAKE_LOST');
    runWithPool(({ pool, hot, expectObservable, expectHeld, flush }) => {
      const source = hot('  -abc------|', arrivals);
      const expected = '    ----a-b-c-|';
      expectHeld('          0-000000-0-');

      const result = source.pipe(pool.dispatched(), delay(1), pooled(after(2)), map(textOf));
      expectObservable(result).toBe(expected);
      flush();
      expect(pool.counters.brakeLost).toBe(3);
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('Request application last success channel 1 id 1');
  });

  it('is an error where the engine is strict', () => {
    const warnings = warningsOf('RXTOFU_BRAKE_LOST');
    runWithPool(
      ({ pool, hot, expectObservable, expectSubscriptions, flush }) => {
        const source = hot('  -ab---|', arrivals);
        const expected = '    --#';
        const sourceSub = '   ^-!';

        const result = source.pipe(
          pool.dispatched(),
          delay(1),
          pooled(() => NEVER),
        );
        expectObservable(result).toBe(
          expected,
          undefined,
          expect.objectContaining({ code: 'not_allowed', message: expect.stringContaining('dispatch') }),
        );
        expectSubscriptions(source.subscriptions).toBe(sourceSub);
        flush();
        expect(pool.counters.brakeLost).toBe(1);
      },
      { strict: true },
    );
    expect(warnings).toEqual([]);
  });

  it.each([
    { what: 'the end of a channel', arrival: closed() },
    { what: 'a failure', arrival: last('', { opCode: OpCode.HelloResponse, says: 'connect_failed' }) },
    { what: 'what came by updateReceiver()', arrival: last('', { says: 'receiver_update' }) },
  ])('is none of $what, which never braked anybody', ({ arrival }) => {
    const warnings = warningsOf('RXTOFU_BRAKE_LOST');
    runWithPool(
      ({ pool, hot, expectObservable }) => {
        const source = hot('  -a-|', { a: arrival });
        const expected = '    --x|';

        const result = source.pipe(
          pool.dispatched(),
          delay(1),
          pooled(() => of('x')),
        );
        expectObservable(result).toBe(expected);
      },
      { strict: true },
    );
    expect(warnings).toEqual([]);
  });

  it('is none of a clone, a reply or a message of the application, which have no slot to hold', () => {
    const pool = new Dispatcher({ strict: true });
    const kept: Message[] = [pool.pool.get('always') as Message];
    pool.push(arrivals.a, message => kept.push(message.clone(), message.reply()));
    const texts: string[] = [];
    of(...kept)
      .pipe(pooled(message => of(message.dump())))
      .subscribe(text => texts.push(text));
    expect(texts).toHaveLength(3);
    expect(pool.counters.brakeLost).toBe(0);
  });
});
