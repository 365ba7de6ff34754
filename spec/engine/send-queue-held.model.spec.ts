import fc from 'fast-check';
import { Written } from '../../lib/transport/transport.js';
import { HeldQueue } from '../support/held-queue.js';

describe('the send queue on credit, whatever is posted, granted, taken out and taken', () => {
  const length = fc.oneof(
    { weight: 4, arbitrary: fc.nat({ max: 60 }) },
    { weight: 2, arbitrary: fc.integer({ min: 3_000, max: 6_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 10_000, max: 65_535 }) },
  );
  const id = fc.integer({ min: 1, max: 6 });
  const step = fc.oneof(
    { weight: 10, arbitrary: fc.record({ regular: id, length }) },
    { weight: 3, arbitrary: fc.record({ ahead: length }) },
    { weight: 1, arbitrary: fc.constant('bye' as const) },
    { weight: 4, arbitrary: fc.record({ grant: fc.integer({ min: 1, max: 8 }) }) },
    { weight: 2, arbitrary: fc.record({ remove: id }) },
    { weight: 2, arbitrary: fc.record({ removeHeld: id }) },
    { weight: 6, arbitrary: fc.record({ link: fc.constantFrom<Written>(...Object.values(Written)) }) },
    { weight: 3, arbitrary: fc.constant('drain' as const) },
  );
  type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

  function act(world: HeldQueue, what: Step): void {
    if (what === 'bye') world.bye();
    else if (what === 'drain') world.queue.drained();
    else if ('regular' in what) world.regular(what.regular, what.length);
    else if ('ahead' in what) world.ahead(what.ahead);
    else if ('grant' in what) world.grant(what.grant);
    else if ('remove' in what) expect(world.remove(what.remove)).toBe(true);
    else if ('removeHeld' in what) expect(world.removeHeld(what.removeHeld)).toBe(true);
    else {
      world.link.answers = [what.link];
      world.handOver();
    }
  }

  it('sends what is paid for, in order, gives the rest back whole, and keeps every mark and every count', () => {
    fc.assert(
      fc.property(fc.nat(6), fc.array(step, { maxLength: 80 }), (credit, steps) => {
        const world = new HeldQueue(credit);
        const { queue, counters } = world;
        for (const what of steps) {
          act(world, what);
          const waiting = [...world.ready, ...world.held];
          const bytes = waiting.reduce((sum, { bytes: { length } }) => sum + length, 0);
          expect([queue.bytes, counters.queuedBytes]).toEqual([bytes, bytes]);
          expect([queue.isHeld, queue.hasReady]).toEqual([world.held.length > 0, world.ready.length > 0]);
          expect(world.credit.left).toBe(world.left);
          for (const { mark } of world.sent) expect(mark > queue.passed).toBe(false);
          for (const { mark } of waiting) expect(mark <= queue.passed).toBe(false);
        }
        const sent = world.sent.map(({ bytes }) => bytes);
        expect(world.link.bytes().equals(Buffer.concat(sent))).toBe(true);
        expect(counters.messagesOut).toBe(sent.length);
        const left = [...world.ready, ...world.held].map(({ bytes }) => bytes);
        const back = world.takenBack();
        expect(back.length).toBe(left.length);
        expect(Buffer.concat(back).equals(Buffer.concat(left))).toBe(true);
        expect([queue.bytes, counters.queuedBytes, queue.isHeld]).toEqual([0, 0, false]);
      }),
      { numRuns: 500 },
    );
  });

  it('sends everything, and has passed all that it accepted, once the peer turns out to ask for no credit', () => {
    fc.assert(
      fc.property(fc.nat(6), fc.array(step, { maxLength: 60 }), (credit, steps) => {
        const world = new HeldQueue(credit);
        for (const what of steps) act(world, what);
        world.setFree();
        world.regular(1, 10);
        world.queue.drained();
        world.link.answers = [];
        expect(world.handOver()).toBe(true);
        expect([world.ready.length, world.held.length]).toEqual([0, 0]);
        expect(world.queue.passed).toBe(world.queue.accepted);
        expect(world.link.bytes().equals(Buffer.concat(world.sent.map(({ bytes }) => bytes)))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('never writes over bytes that wait, or that the link keeps', () => {
    fc.assert(
      fc.property(fc.nat(6), fc.array(step, { maxLength: 80 }), (credit, steps) => {
        const world = new HeldQueue(credit);
        const { link } = world;
        const kept: { piece: Buffer; was: Buffer }[] = [];
        for (const what of steps) {
          const before = { writes: link.writes.length, pieces: link.pieces.length };
          act(world, what);
          if (what === 'drain') kept.length = 0;
          const wrote = link.writes.length - before.writes;
          if (wrote === 0 || typeof what === 'string' || !('link' in what)) continue;
          // Behind the first write all are gone, and with them what the link kept before.
          if (wrote > 1 || what.link === Written.gone) kept.length = 0;
          else {
            const first = link.writes[before.writes];
            first?.forEach((was, n) => kept.push({ piece: link.pieces[before.pieces + n] as Buffer, was }));
          }
          for (const { piece, was } of kept) expect(piece.equals(was)).toBe(true);
        }
        for (const { piece, was } of kept) expect(piece.equals(was)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
