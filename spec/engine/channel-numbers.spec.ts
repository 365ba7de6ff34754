import fc from 'fast-check';
import { ChannelNumbers } from '../../lib/engine/channel-numbers.js';

/** Protocol.md section 5: numbers are 1..65534, and the 1024 closed last are not handed out again. */
const HIGHEST = 65_534;
const RESTING = 1_024;

function assignAll(numbers: ChannelNumbers, count: number): number[] {
  return Array.from({ length: count }, () => numbers.assign());
}

describe('channel numbers', () => {
  it('are 1..65534, each once while all are open', () => {
    const numbers = new ChannelNumbers();
    const assigned = assignAll(numbers, HIGHEST);
    expect(new Set(assigned).size).toBe(HIGHEST);
    expect(Math.min(...assigned.slice(0, 1_000))).toBeGreaterThanOrEqual(1);
    expect(assigned.every(number => number >= 1 && number <= HIGHEST)).toBe(true);
  });

  it('are 0 when every one is open', () => {
    const numbers = new ChannelNumbers();
    assignAll(numbers, HIGHEST);
    expect(assignAll(numbers, 3)).toEqual([0, 0, 0]);
  });

  it('are 0 while the closed ones rest, and the one that rested longest when another closes', () => {
    const numbers = new ChannelNumbers();
    assignAll(numbers, HIGHEST);
    for (let number = 1; number <= RESTING; number++) numbers.release(number);
    expect(numbers.assign()).toBe(0);
    numbers.release(5_000);
    expect(assignAll(numbers, 2)).toEqual([1, 0]);
  });

  it('do not come back before 1024 others have closed', () => {
    const numbers = new ChannelNumbers();
    const first = numbers.assign();
    numbers.release(first);
    // More than a whole round of numbers, with 1023 closed after the first and none of them open.
    for (let n = 0; n < RESTING - 1; n++) numbers.release(numbers.assign());
    const open = assignAll(numbers, HIGHEST - RESTING);
    expect(open).not.toContain(first);
    expect(numbers.assign()).toBe(0);
  });

  it('are not freed twice by releasing twice', () => {
    const numbers = new ChannelNumbers();
    assignAll(numbers, HIGHEST);
    numbers.release(7);
    numbers.release(7);
    for (let number = 1_001; number <= 1_001 + RESTING; number++) numbers.release(number);
    const again = assignAll(numbers, 3);
    expect(new Set(again)).toEqual(new Set([7, 1_001, 0]));
  });

  it('are unaffected by releasing one that was never assigned', () => {
    const numbers = new ChannelNumbers();
    numbers.release(0);
    numbers.release(1);
    expect(new Set(assignAll(numbers, HIGHEST)).size).toBe(HIGHEST);
  });
});

describe('channel numbers, whatever is opened and closed', () => {
  type Step = { open: number } | { close: number; count: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ open: fc.integer({ min: 1, max: 4_000 }) }),
    fc.record({ close: fc.nat(), count: fc.integer({ min: 1, max: 3_000 }) }),
  );

  it('are unique while open, in range, never of the 1024 closed last, and 0 only when none is left', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: HIGHEST }),
        fc.array(step, { maxLength: 60 }),
        (before, steps) => {
          const numbers = new ChannelNumbers();
          const open = new Set<number>();
          /** The 1024 closed last, oldest first. */
          const resting = new Set<number>();
          const faults: string[] = [];
          const openOne = (): void => {
            const number = numbers.assign();
            if (number === 0) {
              const left = HIGHEST - open.size - resting.size;
              if (left > 0) faults.push(`0 though ${String(left)} are left`);
              return;
            }
            if (number < 1 || number > HIGHEST) faults.push(`${String(number)} is out of range`);
            if (open.has(number)) faults.push(`${String(number)} is open already`);
            if (resting.has(number)) faults.push(`${String(number)} rests`);
            open.add(number);
          };
          for (let n = 0; n < before; n++) openOne();
          for (const what of steps) {
            if ('open' in what) {
              for (let n = 0; n < what.open; n++) openOne();
              continue;
            }
            const all = [...open];
            for (let n = 0; n < Math.min(what.count, all.length); n++) {
              const number = all[(what.close + n) % all.length] as number;
              numbers.release(number);
              open.delete(number);
              resting.add(number);
              const [oldest] = resting;
              if (resting.size > RESTING && oldest !== undefined) resting.delete(oldest);
            }
          }
          expect(faults).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });
});
