import fc from 'fast-check';
import { Deadline, Deadlines } from '../../lib/engine/deadlines.js';
import { ManualClock } from '../support/manual-clock.js';

/** Deadlines on a clock that stands still, and what came due, as `name@moment`. */
function onManualClock(): {
  clock: ManualClock;
  deadlines: Deadlines;
  log: string[];
  deadline: (name: string) => Deadline;
} {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const log: string[] = [];
  const deadline = (name: string): Deadline =>
    new Deadline(deadlines, () => {
      log.push(`${name}@${String(clock.now())}`);
    });
  return { clock, deadlines, log, deadline };
}

describe('a deadline', () => {
  it('comes due once, at its moment and not before', () => {
    const { clock, log, deadline } = onManualClock();
    deadline('a').set(10);
    clock.advance(9.5);
    expect(log).toEqual([]);
    clock.advance(100);
    expect(log).toEqual(['a@10']);
  });

  it('moves later when it is set again', () => {
    const { clock, log, deadline } = onManualClock();
    const a = deadline('a');
    a.set(10);
    clock.advance(8);
    a.set(10);
    clock.advance(20);
    expect(log).toEqual(['a@18']);
  });

  it('moves earlier when it is set again', () => {
    const { clock, log, deadline } = onManualClock();
    const a = deadline('a');
    a.set(100);
    a.set(5);
    clock.advance(200);
    expect(log).toEqual(['a@5']);
  });

  it('does not come due when it was cleared, and may be set again', () => {
    const { clock, log, deadline } = onManualClock();
    const a = deadline('a');
    a.set(10);
    a.clear();
    expect(a.isSet()).toBe(false);
    clock.advance(20);
    expect(log).toEqual([]);
    a.set(10);
    expect(a.isSet()).toBe(true);
    clock.advance(20);
    expect(log).toEqual(['a@30']);
  });

  it('comes due at the new moment when it is cleared and set before the old one', () => {
    const { clock, log, deadline } = onManualClock();
    const a = deadline('a');
    a.set(10);
    a.clear();
    a.set(3);
    clock.advance(20);
    expect(log).toEqual(['a@3']);
  });

  it('never comes due when it is set to Infinity', () => {
    const { clock, log, deadline } = onManualClock();
    const a = deadline('a');
    a.set(10);
    a.set(Infinity);
    expect(a.isSet()).toBe(false);
    clock.advance(1_000_000);
    expect(log).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it('is not set any more when it comes due', () => {
    const { clock, deadlines } = onManualClock();
    const seen: boolean[] = [];
    const a: Deadline = new Deadline(deadlines, () => seen.push(a.isSet()));
    a.set(1);
    clock.advance(1);
    expect(seen).toEqual([false]);
  });

  it('may set itself again when it comes due', () => {
    const { clock, deadlines } = onManualClock();
    const moments: number[] = [];
    const tick: Deadline = new Deadline(deadlines, () => {
      moments.push(clock.now());
      if (moments.length < 3) tick.set(10);
    });
    tick.set(10);
    clock.advance(1_000);
    expect(moments).toEqual([10, 20, 30]);
    expect(deadlines.size).toBe(0);
  });

  it('is forgotten when it is disposed', () => {
    const { clock, deadlines, log, deadline } = onManualClock();
    const a = deadline('a');
    a.set(10);
    a.dispose();
    a.dispose();
    expect(deadlines.size).toBe(0);
    clock.advance(20);
    expect(log).toEqual([]);
  });
});

describe('the deadlines of an engine', () => {
  it('come due in the order of their moments, whatever the order they were set in', () => {
    const { clock, log, deadline } = onManualClock();
    for (const ms of [50, 10, 40, 20, 30]) deadline(`after${String(ms)}`).set(ms);
    clock.advance(100);
    expect(log).toEqual(['after10@10', 'after20@20', 'after30@30', 'after40@40', 'after50@50']);
  });

  it('share one timer', () => {
    const { clock, deadline } = onManualClock();
    for (let ms = 1_000; ms > 0; ms -= 10) deadline(String(ms)).set(ms);
    expect(clock.waiting).toBe(1);
    clock.advance(505);
    expect(clock.waiting).toBe(1);
    clock.advance(1_000);
    expect(clock.waiting).toBe(0);
  });

  it('start no timer for being moved later', () => {
    const { clock, deadline } = onManualClock();
    const a = deadline('a');
    a.set(1_000);
    for (let n = 0; n < 500; n++) {
      clock.advance(1);
      a.set(1_000);
    }
    expect(clock.started).toBe(1);
  });

  it('leave no timer behind when the last one is disposed', () => {
    const { clock, deadline } = onManualClock();
    const a = deadline('a');
    const b = deadline('b');
    a.set(10);
    b.set(20);
    a.dispose();
    b.dispose();
    expect(clock.waiting).toBe(0);
  });

  it('may dispose each other when they come due', () => {
    const { clock, deadlines, log, deadline } = onManualClock();
    const others = [deadline('b'), deadline('c'), deadline('d')];
    new Deadline(deadlines, () => {
      log.push('a');
      for (const other of others.slice(0, 2)) other.dispose();
    }).set(10);
    for (const other of others) other.set(10);
    clock.advance(10);
    expect(log).toEqual(['a', 'd@10']);
  });

  it('are all forgotten at close, and may be disposed after it', () => {
    const { clock, deadlines, log, deadline } = onManualClock();
    const all = [deadline('a'), deadline('b')];
    for (const one of all) one.set(10);
    deadlines.close();
    expect(clock.waiting).toBe(0);
    for (const one of all) one.dispose();
    clock.advance(20);
    expect(log).toEqual([]);
  });

  it('wait for the rest of the time when the timer comes early', () => {
    const { clock, log, deadline } = onManualClock();
    // A timer of the system may fire a fraction of a millisecond before performance.now() says so.
    const exact = clock.after.bind(clock);
    clock.after = (ms, f) => exact(ms - 0.4, f);
    deadline('a').set(10);
    clock.after = exact;
    clock.advance(9.7);
    expect(log).toEqual([]);
    clock.advance(1);
    expect(log).toEqual(['a@10']);
  });
});

describe('deadlines, whatever is done with them', () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant('set' as const),
      which: fc.nat({ max: 7 }),
      ms: fc.integer({ min: 0, max: 50 }),
    }),
    fc.record({
      do: fc.constantFrom('clear' as const, 'dispose' as const),
      which: fc.nat({ max: 7 }),
      ms: fc.constant(0),
    }),
    fc.record({
      do: fc.constant('pass' as const),
      which: fc.constant(0),
      ms: fc.integer({ min: 1, max: 30 }),
    }),
  );

  it('come due exactly when a list of moments says', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), steps => {
        const { clock, deadlines, log, deadline } = onManualClock();
        const all = Array.from({ length: 8 }, (_, n) => deadline(String(n)));
        const moments = new Map<number, number>();
        const expected: string[] = [];
        for (const { do: what, which, ms } of steps) {
          if (what === 'set') {
            all[which]?.set(ms);
            moments.set(which, clock.now() + ms);
          } else if (what === 'pass') {
            clock.advance(ms);
            for (const [due, at] of moments) {
              if (at > clock.now()) continue;
              expected.push(`${String(due)}@${String(at)}`);
              moments.delete(due);
            }
          } else {
            all[which]?.[what]();
            moments.delete(which);
          }
          expect([...log].sort()).toEqual([...expected].sort());
          expect(all.map(one => one.isSet())).toEqual(all.map((_, n) => moments.has(n)));
        }
        clock.advance(100);
        expect(deadlines.size).toBe(0);
        expect(clock.waiting).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
