import fc from 'fast-check';
import { newGate, type Reader } from '../support/gate-readers.js';

describe('the receive gate, whatever readers do', () => {
  const step = fc.record({
    do: fc.constantFrom('arrive', 'put', 'turn'),
    which: fc.nat({ max: 4 }),
    count: fc.integer({ min: 1, max: 4 }),
  });

  it('keeps its bounds, and everything is read in the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 80 }),
        (slots, cap, steps) => {
          const { clock, pool, gate, reader, put } = newGate(slots, cap);
          const readers = Array.from({ length: 5 }, () => reader(0));
          let arrived = 0;
          const check = (): void => {
            expect(pool.free + pool.used).toBe(slots);
            expect(pool.beyond).toBeLessThanOrEqual(readers.length);
            for (const one of readers) {
              expect(one.slotsHeld).toBe(one.held.length);
              expect(one.slotsHeld).toBeLessThanOrEqual(cap);
              if (one.arrived > 0) expect(one.slotsHeld).toBeGreaterThan(0);
            }
          };
          for (const { do: what, which, count } of steps) {
            const one = readers[which] as Reader;
            if (what === 'arrive') {
              // A reader that waits is not read: what comes meanwhile lies behind.
              const waits = one.arrived > 0;
              one.arrived += count;
              arrived += count;
              if (!waits) one.go();
            } else if (what === 'put') {
              for (let n = 0; n < count && one.held.length > 0; n++) put(one);
            }
            clock.runSoon();
            check();
          }
          for (let n = 0; n < 1_000 && readers.some(one => one.held.length > 0); n++) {
            for (const one of readers) if (one.held.length > 0) put(one);
            clock.runSoon();
            check();
          }
          expect(readers.reduce((sum, one) => sum + one.read, 0)).toBe(arrived);
          expect(gate.waiting).toBe(0);
          expect(pool.stats()).toEqual({ free: slots, used: 0, beyond: 0, max: slots });
        },
      ),
      { numRuns: 200 },
    );
  });
});
