import fc from 'fast-check';
import { type Segment, splitAtCredit, splitAtFrame } from '../../lib/engine/segment.js';
import { OpCode } from '../../lib/index.js';
import { frame, type FrameFields } from '../support/frames.js';

/** Frames as a queue lays them down, somewhere in a chunk; `body` is the body of the last, which lies elsewhere. */
function segmentOf(frames: readonly FrameFields[], body = 0): Segment {
  const bytes = frames.map(frame);
  if (body > 0) bytes[bytes.length - 1]?.writeUInt16BE(body, 14);
  const before = Buffer.alloc(100, 1);
  const buffer = Buffer.concat([before, ...bytes, Buffer.alloc(50, 2)]);
  const start = before.length;
  const end = buffer.length - 50;
  const own = body > 0 ? Buffer.alloc(body, 7) : null;
  return { buffer, start, end, body: own, frames: frames.length, passesBehind: 9 };
}

/** Everything that leaves with a segment. */
function bytesIn({ buffer, start, end, body }: Segment): Buffer {
  return Buffer.concat([buffer.subarray(start, end), body ?? Buffer.alloc(0)]);
}

const THREE: FrameFields[] = [
  { id: 1, body: 'one' },
  { id: 2, headers: 'a:b\r\n', body: 'two' },
  { id: 3, body: 'three' },
];

describe('a segment that is split at a frame', () => {
  it.each([1, 2, 3])('falls in what is before frame %d and what is behind it', id => {
    const segment = segmentOf(THREE);
    const split = splitAtFrame(segment, OpCode.Request, 0, id);
    const wire = THREE.map(frame);
    expect(split?.before).toMatchObject({ frames: id - 1, body: null, passesBehind: 0 });
    expect(split?.behind).toMatchObject({ frames: 3 - id, body: null, passesBehind: 9 });
    expect(split?.frameBytes).toBe(wire[id - 1]?.length);
    expect(split && bytesIn(split.before)).toEqual(Buffer.concat(wire.slice(0, id - 1)));
    expect(split && bytesIn(split.behind)).toEqual(Buffer.concat(wire.slice(id)));
  });

  it('counts the body that lies elsewhere with the last frame, and leaves it to whatever is left of it', () => {
    const segment = segmentOf(THREE, 5_000);
    expect(splitAtFrame(segment, OpCode.Request, 0, 3)).toMatchObject({
      frameBytes: 16 + 5 + 5_000,
      before: { frames: 2, body: null },
      behind: { frames: 0 },
    });
    const behind = splitAtFrame(segment, OpCode.Request, 0, 2)?.behind;
    expect(behind).toMatchObject({ frames: 1, body: segment.body });
  });

  it('is the first of several of the same kind', () => {
    const segment = segmentOf([{ id: 1 }, { id: 1, body: 'x' }]);
    expect(splitAtFrame(segment, OpCode.Request, 0, 1)).toMatchObject({
      frameBytes: 16,
      behind: { frames: 1 },
    });
  });

  it('is not split where no frame has that operation and id', () => {
    const segment = segmentOf([...THREE, { opCode: OpCode.Signal, id: 4 }]);
    expect(splitAtFrame(segment, OpCode.Request, 0, 4)).toBeNull();
    expect(splitAtFrame(segment, OpCode.Signal, 0, 3)).toBeNull();
    expect(splitAtFrame(segment, OpCode.Request, 1, 1)).toBeNull();
  });
});

describe('a segment that is split at the credit', () => {
  it.each([
    [0, 0, 0],
    [1, 1, 1],
    [2, 2, 2],
    [3, 3, 3],
    [4, 3, 3],
    [Infinity, 3, 3],
  ])('of %d has %d frames before it, at the price of %d', (credit, frames, cost) => {
    const split = splitAtCredit(segmentOf(THREE), credit);
    const wire = THREE.map(frame);
    expect([split.before.frames, split.behind.frames, split.cost]).toEqual([frames, 3 - frames, cost]);
    expect(bytesIn(split.before)).toEqual(Buffer.concat(wire.slice(0, frames)));
    expect(bytesIn(split.behind)).toEqual(Buffer.concat(wire.slice(frames)));
  });

  it('is the whole segment where all of it is paid for', () => {
    const segment = segmentOf(THREE, 5_000);
    expect(splitAtCredit(segment, 3).before).toBe(segment);
  });

  it('lets byes pass that stand behind what is paid for, and not those behind what is not', () => {
    const bye = { opCode: OpCode.ByeRequest, id: 9 };
    const frames = (credit: number, all: FrameFields[]): number[] => {
      const { before, behind, cost } = splitAtCredit(segmentOf(all), credit);
      return [before.frames, behind.frames, cost];
    };
    expect(frames(2, [{ id: 1 }, { id: 2 }, bye])).toEqual([3, 0, 2]);
    expect(frames(1, [{ id: 1 }, { id: 2 }, bye])).toEqual([1, 2, 1]);
    expect(frames(0, [bye, { opCode: OpCode.ByeResponse, id: 9 }])).toEqual([2, 0, 0]);
  });

  it('pays for Requests, Responses and Signals alike, wherever it is cut', () => {
    const fields = fc.record({
      opCode: fc.constantFrom(OpCode.Request, OpCode.Response, OpCode.Signal, OpCode.ByeRequest),
      id: fc.integer({ min: 1, max: 9 }),
      body: fc.string({ maxLength: 20 }),
    });
    fc.assert(
      fc.property(
        fc.array(fields, { minLength: 1, maxLength: 20 }),
        fc.nat(25),
        fc.boolean(),
        (all, credit, big) => {
          const segment = segmentOf(all, big ? 4_096 : 0);
          const { before, behind, cost } = splitAtCredit(segment, credit);
          const costs = all.map(({ opCode }) => (opCode === OpCode.ByeRequest ? 0 : 1));
          const paid = costs.slice(0, before.frames).reduce<number>((sum, one) => sum + one, 0);
          expect(cost).toBe(paid);
          expect(paid).toBeLessThanOrEqual(credit);
          if (behind.frames > 0) expect([paid, costs[before.frames]]).toEqual([credit, 1]);
          expect(before.frames + behind.frames).toBe(all.length);
          expect(behind.frames === 0 || behind.passesBehind === 9).toBe(true);
          const parts = behind.frames === 0 ? [before] : [before, behind];
          expect(Buffer.concat(parts.map(bytesIn))).toEqual(bytesIn(segment));
        },
      ),
      { numRuns: 300 },
    );
  });
});
