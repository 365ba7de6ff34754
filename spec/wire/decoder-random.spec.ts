import fc from 'fast-check';
import { Decoded, FrameDecoder } from '../../lib/wire/decoder.js';
import { atHand, cut, decodeAll, frameBytes, type Frame } from '../support/wire-frames.js';

function hexOf(maxLength: number): fc.Arbitrary<string> {
  return fc.uint8Array({ maxLength }).map(part => Buffer.from(part).toString('hex'));
}

const legalFrame: fc.Arbitrary<Frame> = fc.record({
  channel: fc.integer({ min: 0, max: 65_535 }),
  proto: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 0x20, 0x21, 0x22, 0x40, 0x62, 0x43),
  id: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  headers: hexOf(60),
  body: hexOf(200),
});

const legalFrames = fc.array(legalFrame, { minLength: 1, maxLength: 20 });

function streamOf(frames: Frame[]): Buffer {
  return Buffer.concat(frames.map(frameBytes));
}

/** A stream in random pieces, some of them empty. */
function pieces(stream: Buffer): fc.Arbitrary<Buffer[]> {
  return fc
    .array(fc.integer({ min: 0, max: stream.length }), { maxLength: 40 })
    .map(offsets => cut(stream, ...offsets.sort((a, b) => a - b)));
}

const framesInPieces = legalFrames.chain(frames => fc.tuple(fc.constant(frames), pieces(streamOf(frames))));

/** Bytes that mean nothing, and legal streams in which some bytes were changed. */
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 500 }).map(bytes => Buffer.from(bytes)),
  fc
    .tuple(legalFrames, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
    .map(([frames, changes]) => {
      const stream = streamOf(frames);
      for (const [place, byte] of changes) stream[place % stream.length] = byte;
      return stream;
    }),
);

describe('random bytes', () => {
  it('never hang a decoder, never make it throw, and end it at the first fault', () => {
    fc.assert(
      fc.property(noise.chain(pieces), chunks => {
        const decoder = new FrameDecoder();
        const mostFrames = Buffer.concat(chunks).length / 16;
        let frames = 0;
        let isBroken = false;
        for (const chunk of chunks) {
          decoder.feed(chunk);
          let found = decoder.next();
          for (; found === Decoded.frame && frames <= mostFrames; found = decoder.next()) {
            frames++;
            decoder.consume();
          }
          expect(found).not.toBe(Decoded.frame);
          if (isBroken) expect(found).toBe(Decoded.illegal);
          isBroken = found === Decoded.illegal;
        }
        if (isBroken) expect(decoder.fault()).toMatch(/\w/);
      }),
      { numRuns: 500 },
    );
  });
});

describe('random legal frames', () => {
  it('are the same wherever the stream is cut', () => {
    fc.assert(
      fc.property(framesInPieces, ([frames, chunks]) => {
        expect(decodeAll(new FrameDecoder(), chunks).frames).toEqual(frames);
      }),
      { numRuns: 300 },
    );
  });

  it('are the same however often the reader asks before it consumes', () => {
    const asks = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(framesInPieces, asks, ([frames, chunks], timesAsked) => {
        const decoder = new FrameDecoder();
        const seen: Frame[] = [];
        for (const chunk of chunks) {
          decoder.feed(chunk);
          while (decoder.next() === Decoded.frame && seen.length < frames.length) {
            const times = timesAsked[seen.length % timesAsked.length] ?? 1;
            for (let asked = 1; asked < times; asked++) expect(decoder.next()).toBe(Decoded.frame);
            seen.push(atHand(decoder));
            decoder.consume();
          }
        }
        expect(seen).toEqual(frames);
      }),
      { numRuns: 200 },
    );
  });
});
