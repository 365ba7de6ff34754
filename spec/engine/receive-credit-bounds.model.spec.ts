import fc from 'fast-check';
import { ReceiveCredit } from '../../lib/engine/receive-credit.js';

/** A peer, and a receiver's books beside those of the credit. */
class World {
  readonly credit = new ReceiveCredit();
  received = 0;
  consumed = 0;
  granted: number;
  /** Where the peer's credit ended before the last grant. */
  endBefore = 0;

  constructor(
    readonly first: number,
    readonly max: number,
  ) {
    this.granted = first;
    this.credit.open(first, max);
  }

  get held(): number {
    return this.received - this.consumed;
  }

  get outstanding(): number {
    return this.granted - this.received;
  }

  receive(n: number): void {
    const came = Math.max(0, Math.min(n, this.outstanding));
    this.received += came;
    this.credit.received += came;
  }

  consume(n: number): void {
    const gone = Math.min(n, this.held);
    this.consumed += gone;
    this.credit.consumed += gone;
  }

  /** A message that costs nothing has a slot, and is no part of what is granted. */
  free(): void {
    this.credit.addFree();
    this.credit.consumed++;
    for (const figure of ['received', 'consumed', 'granted', 'endBefore'] as const) this[figure]++;
  }

  /** A grant of `n`, which is 0 where there was none. */
  took(n: number): number {
    if (n > 0) this.endBefore = this.granted;
    this.granted += n;
    return n;
  }
}

describe('credit, whatever a peer does with it', () => {
  const first = fc.integer({ min: 1, max: 64 });
  const room = fc.integer({ min: 0, max: 600 });
  const count = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 600 }));
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ receive: count }) },
    { weight: 3, arbitrary: fc.record({ consume: count }) },
    { weight: 4, arbitrary: fc.constantFrom('stop' as const, 'consume all' as const) },
    { weight: 4, arbitrary: fc.constant('take' as const) },
    { weight: 1, arbitrary: fc.constant('free' as const) },
    { weight: 1, arbitrary: fc.record({ answers: fc.integer({ min: 0, max: 10 }) }) },
  );
  type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

  function act(world: World, what: Step): void {
    const { credit } = world;
    if (what === 'free') world.free();
    else if (what === 'stop') world.receive(Math.max(0, world.endBefore - world.received));
    else if (what === 'consume all') world.consume(Infinity);
    else if (what === 'take') {
      const isBraked = world.held > 0;
      if (world.took(credit.take()) > 0) {
        const limit = isBraked ? world.first : world.max;
        expect(world.granted - world.consumed).toBeLessThanOrEqual(limit);
      }
    } else if ('answers' in what) {
      const isOwed = world.outstanding <= 0 && world.held > 0;
      expect(world.took(credit.takeForAnswers(what.answers))).toBe(isOwed ? world.first + what.answers : 0);
    } else if ('receive' in what) world.receive(what.receive);
    else world.consume(what.consume);
  }

  it('balances, passes maxWindow with no grant, and the first window with none while something is held', () => {
    fc.assert(
      fc.property(first, room, fc.array(step, { maxLength: 120 }), (window, more, steps) => {
        const world = new World(window, window + more);
        const { credit } = world;
        for (const what of steps) {
          act(world, what);
          expect([credit.granted, credit.received, credit.held]).toEqual([
            world.granted,
            world.received,
            world.held,
          ]);
          expect(credit.isExhausted).toBe(world.outstanding <= 0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('grows to maxWindow for a peer that stops where its credit ended, time after time, and no further', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 64 }), room, (window, more) => {
        const world = new World(window, window + more);
        world.receive(window);
        world.consume(Infinity);
        for (let n = 0; n < 200; n++) {
          act(world, 'take');
          if (world.received === world.endBefore) world.receive(Math.ceil(world.outstanding / 2));
          else act(world, 'stop');
          act(world, 'consume all');
          expect(world.granted - world.consumed).toBeLessThanOrEqual(world.max);
        }
        act(world, 'take');
        expect(world.granted - world.consumed).toBeGreaterThan(world.max / 2);
      }),
      { numRuns: 40 },
    );
  });
});
