import fc from 'fast-check';
import { Written } from '../../lib/transport/transport.js';
import { frameOf, newQueue, request, takenBack } from '../support/queued-frames.js';

describe('the send queue, whatever is posted and taken', () => {
  const length = fc.oneof(
    fc.nat({ max: 200 }),
    fc.nat({ max: 8_000 }),
    fc.integer({ min: 16_000, max: 65_535 }),
  );
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ push: length }) },
    { weight: 2, arbitrary: fc.constantFrom<Written>(...Object.values(Written)) },
    { weight: 1, arbitrary: fc.constant('drain' as const) },
  );

  it('sends or gives back every message once, whole and in order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const { queue, counters, link } = newQueue();
        const frames: Buffer[] = [];
        for (const what of steps) {
          if (typeof what === 'object') {
            const id = (frames.length % 250) + 1;
            queue.push(request(id, what.push));
            frames.push(frameOf(id, what.push));
          } else if (what === 'drain') {
            queue.drained();
          } else {
            link.answers = [what];
            queue.handOver(link);
          }
          const all = frames.reduce((sum, frame) => sum + frame.length, 0);
          expect(queue.bytes).toBe(all - counters.bytesOut);
          expect(counters.queuedBytes).toBe(queue.bytes);
        }
        const back: string[] = takenBack(queue);
        // What the link keeps must still be what was written, to the last byte.
        expect(Buffer.concat(link.pieces).length).toBe(counters.bytesOut);
        const sent = frames.slice(0, frames.length - back.length);
        expect(counters.messagesOut).toBe(sent.length);
        expect(link.bytes().equals(Buffer.concat(sent))).toBe(true);
        const expected = frames.slice(sent.length);
        expect(back).toEqual(
          expected.map(frame => `${String(frame.readUInt8(11))} x ${String(frame.length - 16)}`),
        );
        expect(queue.bytes + counters.queuedBytes).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('never writes over bytes that the link keeps', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const { queue, link } = newQueue();
        let id = 0;
        const kept: { piece: Buffer; was: Buffer }[] = [];
        for (const what of steps) {
          if (typeof what === 'object') {
            queue.push(request((id++ % 250) + 1, what.push));
          } else if (what === 'drain') {
            queue.drained();
            kept.length = 0;
          } else {
            const before = { writes: link.writes.length, pieces: link.pieces.length };
            link.answers = [what];
            queue.handOver(link);
            const wrote = link.writes.length - before.writes;
            // Behind the first write all are gone, and with them what the link kept before.
            if (wrote > 1 || (wrote === 1 && what === Written.gone)) kept.length = 0;
            if (wrote > 1 || what === Written.gone || what === Written.refused) continue;
            const first = link.writes[before.writes];
            first?.forEach((was, n) => kept.push({ piece: link.pieces[before.pieces + n] as Buffer, was }));
          }
        }
        for (const { piece, was } of kept) expect(piece.equals(was)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
