import fc from 'fast-check';
import { ReceiveCredit } from '../../lib/engine/receive-credit.js';

/** The rules of design section 6, in what is outstanding and what is held. */
class Model {
  outstanding: number;
  held = 0;
  consumed = 0;
  granted: number;
  /** What was granted before the last grant. */
  endBefore = -1;

  constructor(
    private window: number,
    private readonly max: number,
    private readonly first = window,
  ) {
    this.outstanding = window;
    this.granted = window;
  }

  get half(): number {
    return Math.max(1, Math.floor(this.window / 2));
  }

  /** Half of the window is consumed. */
  get isDue(): boolean {
    return this.outstanding + this.held <= this.window - this.half;
  }

  take(): number {
    if (!this.isDue) return 0;
    if (this.outstanding === 0 && this.held === 0) this.window = Math.min(2 * this.window, this.max);
    else if (this.held > 0) this.window = this.first;
    const missing = this.window - this.outstanding - this.held;
    const given = missing >= this.half ? missing : 0;
    if (given > 0) this.endBefore = this.granted;
    this.outstanding += given;
    this.granted += given;
    return given;
  }

  receive(n: number): number {
    const came = Math.min(n, this.outstanding);
    this.outstanding -= came;
    this.held += came;
    return came;
  }

  consume(n: number): number {
    const gone = Math.min(n, this.held);
    this.held -= gone;
    this.consumed += gone;
    return gone;
  }
}

describe('what a receiver grants, whatever comes and is consumed', () => {
  const window = fc.integer({ min: 1, max: 64 });
  const count = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 600 }));
  const step = fc.oneof(
    fc.record({ receive: count }),
    fc.record({ consume: count }),
    fc.constantFrom('take' as const, 'use up' as const),
  );

  it('is by the rules, balances, and never comes in drops', () => {
    fc.assert(
      fc.property(
        window,
        fc.integer({ min: 0, max: 600 }),
        fc.array(step, { maxLength: 80 }),
        (first, room, steps) => {
          const credit = new ReceiveCredit();
          const model = new Model(first, first + room);
          credit.open(first, first + room);
          for (const what of steps) {
            const before = credit.granted;
            const { received } = credit;
            if (what === 'take') {
              expect(credit.isDue).toBe(model.isDue);
              const given = credit.take();
              expect(given).toBe(model.take());
              if (given > 0) expect(given).toBeGreaterThanOrEqual(model.half);
              expect(given).toBeLessThanOrEqual(first + room);
            } else if (what === 'use up') {
              credit.received += model.receive(Infinity);
              credit.consumed += model.consume(Infinity);
            } else if ('receive' in what) credit.received += model.receive(what.receive);
            else credit.consumed += model.consume(what.consume);
            expect(credit.granted).toBeGreaterThanOrEqual(before);
            expect([credit.granted, credit.consumed, credit.held]).toEqual([
              model.granted,
              model.consumed,
              model.held,
            ]);
            expect(credit.granted).toBe(credit.consumed + credit.held + model.outstanding);
            expect(credit.isExhausted).toBe(model.outstanding === 0);
            const comesToAnEnd = credit.received > received && credit.received === model.endBefore;
            if (credit.isExhausted || comesToAnEnd) expect(credit.isLookDue).toBe(true);
            else if (credit.received < model.endBefore) expect(credit.isLookDue).toBe(false);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('always comes when everything is consumed: nobody waits for ever', () => {
    fc.assert(
      fc.property(window, fc.array(step, { maxLength: 40 }), (first, steps) => {
        const credit = new ReceiveCredit();
        credit.open(first, 4096);
        for (const what of steps) {
          if (what === 'take') credit.take();
          else if (what === 'use up') credit.consumed = credit.received = credit.granted;
          else if ('receive' in what)
            credit.received += Math.min(what.receive, credit.granted - credit.received);
          else credit.consumed += Math.min(what.consume, credit.held);
        }
        credit.received = credit.granted;
        credit.consumed = credit.granted;
        expect(credit.take()).toBeGreaterThanOrEqual(Math.min(2 * first, 4096));
      }),
      { numRuns: 200 },
    );
  });
});
