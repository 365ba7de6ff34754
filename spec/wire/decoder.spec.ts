import { Decoded, FrameDecoder } from '../../lib/wire/decoder.js';
import { atHand, cut, decodeAll, frameBytes, type Frame } from '../support/wire-frames.js';

/** Every operation that goes on the wire, as literal hex, with what it says. */
const FRAMES: [string, string, Frame][] = [
  [
    'Request',
    '12340000000000000000000000000000',
    { channel: 0x1234, proto: 0, id: 0n, headers: '', body: '' },
  ],
  [
    'Request with more',
    '00012000000000000000000700000001ff',
    { channel: 1, proto: 0x20, id: 7n, headers: '', body: 'ff' },
  ],
  [
    'Response',
    'fffe01000102030405060708000500026162636465cafe',
    { channel: 65_534, proto: 1, id: 0x0102_0304_0506_0708n, headers: '6162636465', body: 'cafe' },
  ],
  [
    'Signal',
    '00000200000000000000000000020000613a',
    { channel: 0, proto: 2, id: 0n, headers: '613a', body: '' },
  ],
  [
    'Signal out of band',
    'ffff420000000000ffffffff00000000',
    { channel: 65_535, proto: 0x42, id: 0xffff_ffffn, headers: '', body: '' },
  ],
  [
    'HelloRequest',
    '00010300000000010000000000010001613a',
    { channel: 1, proto: 3, id: 0x1_0000_0000n, headers: '61', body: '3a' },
  ],
  [
    'HelloResponse',
    '00010400800000000000000000000000',
    { channel: 1, proto: 4, id: 2n ** 63n, headers: '', body: '' },
  ],
  [
    'ByeRequest',
    '00010500002000000000000100000000',
    { channel: 1, proto: 5, id: 2n ** 53n + 1n, headers: '', body: '' },
  ],
  [
    'ByeResponse',
    '00010600ffffffffffffffff00000000',
    { channel: 1, proto: 6, id: 2n ** 64n - 1n, headers: '', body: '' },
  ],
];

const ALL_FRAMES = FRAMES.map(([, , frame]) => frame);
const ALL_BYTES = Buffer.concat(FRAMES.map(([, hex]) => Buffer.from(hex, 'hex')));

/** Requests of 16 bytes, numbered from 1. */
function requests(count: number): Frame[] {
  return Array.from({ length: count }, (_, index) => ({
    channel: 1,
    proto: 0,
    id: BigInt(index + 1),
    headers: '',
    body: '',
  }));
}

function bytesOf(frames: Frame[]): Buffer {
  return Buffer.concat(frames.map(frameBytes));
}

describe('a whole frame', () => {
  it.each(FRAMES)('of a %s, %s, is read', (_, hex, frame) => {
    const { frames, last } = decodeAll(new FrameDecoder(), [Buffer.from(hex, 'hex')]);
    expect(frames).toEqual([frame]);
    expect(last).toBe(Decoded.needMore);
  });

  it('at the limits, 65535 bytes of headers and of body, is read whole and cut', () => {
    const frame = { channel: 1, proto: 0, id: 1n, headers: '6b'.repeat(65_535), body: 'fe'.repeat(65_535) };
    const bytes = frameBytes(frame);
    expect(bytes.length).toBe(131_086);
    expect(decodeAll(new FrameDecoder(), [bytes]).frames).toEqual([frame]);
    expect(decodeAll(new FrameDecoder(), cut(bytes, 7, 1_000, 65_551, 65_552, 131_085)).frames).toEqual([
      frame,
    ]);
  });
});

describe('frames in a row', () => {
  it('are read from one chunk', () => {
    expect(decodeAll(new FrameDecoder(), [ALL_BYTES]).frames).toEqual(ALL_FRAMES);
  });

  it.each(Array.from({ length: ALL_BYTES.length - 1 }, (_, index) => index + 1))(
    'are the same when the chunk is split at byte %i',
    offset => {
      expect(decodeAll(new FrameDecoder(), cut(ALL_BYTES, offset)).frames).toEqual(ALL_FRAMES);
    },
  );

  it('are the same one byte at a time', () => {
    const bytes = Array.from(ALL_BYTES, byte => Buffer.of(byte));
    expect(decodeAll(new FrameDecoder(), bytes).frames).toEqual(ALL_FRAMES);
  });

  it('are the same with empty chunks between', () => {
    const chunks = Array.from(ALL_BYTES, byte => [Buffer.alloc(0), Buffer.of(byte), Buffer.alloc(0)]).flat();
    expect(decodeAll(new FrameDecoder(), chunks).frames).toEqual(ALL_FRAMES);
  });

  it('are read by the thousand from one chunk', () => {
    const frames = requests(5_000);
    expect(decodeAll(new FrameDecoder(), [bytesOf(frames)]).frames).toEqual(frames);
  });

  it('keep their bytes for as long as somebody refers to them', () => {
    const frames = ALL_FRAMES.concat(ALL_FRAMES).map((frame, index) => ({
      ...frame,
      body: `0${index % 10}`.repeat(9),
    }));
    const decoder = new FrameDecoder();
    const kept: Buffer[] = [];
    for (const chunk of cut(bytesOf(frames), 20, 100, 101, 230, 300, 444)) {
      decoder.feed(chunk);
      for (; decoder.next() === Decoded.frame; decoder.consume()) {
        const bodyStart = decoder.payloadStart + decoder.headersLength;
        kept.push(decoder.payload.subarray(bodyStart, bodyStart + decoder.bodyLength));
      }
    }
    expect(kept.map(body => body.toString('hex'))).toEqual(frames.map(frame => frame.body));
  });
});

describe('a truncated frame', () => {
  it.each([1, 15, 16, 17, 22])('is not shown when only %i of its 23 bytes came', count => {
    const frame = { channel: 1, proto: 0, id: 1n, headers: '613a620d0a', body: 'cafe' };
    const decoder = new FrameDecoder();
    expect(decoder.isMidFrame()).toBe(false);
    expect(decodeAll(decoder, cut(frameBytes(frame), count).slice(0, 1))).toEqual({
      frames: [],
      last: Decoded.needMore,
    });
    expect(decoder.isMidFrame()).toBe(true);
    expect(decodeAll(decoder, cut(frameBytes(frame), count).slice(1)).frames).toEqual([frame]);
    expect(decoder.isMidFrame()).toBe(false);
  });

  it('behind a whole one leaves that one to be read', () => {
    const decoder = new FrameDecoder();
    const { frames } = decodeAll(decoder, [ALL_BYTES.subarray(0, 16 + 5)]);
    expect(frames).toEqual(ALL_FRAMES.slice(0, 1));
    expect(decoder.isMidFrame()).toBe(true);
  });
});

describe('stopping in the middle of a chunk', () => {
  it('shows the same frame again until it is consumed', () => {
    const decoder = new FrameDecoder();
    decoder.feed(ALL_BYTES);
    const seen: Frame[] = [];
    for (let asked = 0; asked < 3 * FRAMES.length; asked++) {
      expect(decoder.next()).toBe(Decoded.frame);
      seen.push(atHand(decoder));
      if (asked % 3 === 2) decoder.consume();
    }
    expect(seen).toEqual(ALL_FRAMES.flatMap(frame => [frame, frame, frame]));
    expect(decoder.next()).toBe(Decoded.needMore);
  });

  it('shows the same gathered frame again until it is consumed', () => {
    const frame = { channel: 1, proto: 0, id: 1n, headers: '', body: 'cafe' };
    const decoder = new FrameDecoder();
    const [first, rest] = cut(frameBytes(frame), 17) as [Buffer, Buffer];
    decoder.feed(first);
    expect(decoder.next()).toBe(Decoded.needMore);
    decoder.feed(rest);
    expect([decoder.next(), decoder.next()]).toEqual([Decoded.frame, Decoded.frame]);
    expect(atHand(decoder)).toEqual(frame);
  });

  it('goes on behind it later, across chunks', () => {
    const frames = requests(40);
    const decoder = new FrameDecoder();
    const seen: bigint[] = [];
    for (const chunk of cut(bytesOf(frames), 100, 333)) {
      decoder.feed(chunk);
      for (let turn = 0; turn < 20 && decoder.next() === Decoded.frame; turn++) {
        // A turn takes two frames at most, and leaves the rest for the next.
        for (let taken = 0; taken < 2 && decoder.next() === Decoded.frame; taken++) {
          seen.push(atHand(decoder).id);
          decoder.consume();
        }
      }
    }
    expect(seen).toEqual(frames.map(frame => frame.id));
  });
});

describe('a closed decoder', () => {
  it('shows nothing more, of what it was fed and of what comes', () => {
    const decoder = new FrameDecoder();
    decoder.feed(ALL_BYTES);
    decoder.next();
    decoder.close();
    expect(decoder.next()).toBe(Decoded.illegal);
    expect(decodeAll(decoder, [ALL_BYTES])).toEqual({ frames: [], last: Decoded.illegal });
    expect(decoder.isMidFrame()).toBe(false);
  });
});
