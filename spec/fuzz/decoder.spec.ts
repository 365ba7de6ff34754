import { Decoded, FrameDecoder } from '../../lib/wire/decoder.js';
import { fuzz, limitOf, titleOf } from '../support/fuzz/budget.js';
import { type Hostile, hostileStreams } from '../support/fuzz/mutations.js';
import { readFrames, type Reading, type WireFrame } from '../support/fuzz/reference-reader.js';

/** What the decoder makes of a stream in pieces. */
function decode(pieces: readonly Buffer[]): Reading {
  const decoder = new FrameDecoder();
  const frames: WireFrame[] = [];
  for (const piece of pieces) {
    decoder.feed(piece);
    for (; decoder.next() === Decoded.frame; decoder.consume()) frames.push(atHand(decoder));
  }
  const last = decoder.next();
  if (last !== Decoded.illegal)
    return { frames, end: decoder.isMidFrame() ? 'inside a frame' : 'between frames' };
  if (decoder.fault() === '') throw new Error('a fault without a word');
  return { frames, end: 'illegal' };
}

function atHand(decoder: FrameDecoder): WireFrame {
  const headersAt = decoder.payloadStart;
  const bodyAt = headersAt + decoder.headersLength;
  return {
    channel: decoder.channelNumber,
    opCode: decoder.proto & 0x0f,
    more: (decoder.proto & 0x20) !== 0,
    id: (BigInt(decoder.idHigh) << 32n) | BigInt(decoder.idLow),
    headers: decoder.payload.subarray(headersAt, bodyAt),
    body: decoder.payload.subarray(bodyAt, bodyAt + decoder.bodyLength),
    end: bodyAt + decoder.bodyLength,
  };
}

function textOf({ channel, opCode, more, id, headers, body }: WireFrame): string {
  const fields = [channel, opCode, more, id, Buffer.from(headers).toString('latin1')];
  return [...fields, Buffer.from(body).toString('latin1')].map(String).join(' ');
}

function expectSame(actual: Reading, expected: Reading): void {
  const [said, wanted] = [actual, expected].map(({ frames, end }) => [...frames.map(textOf), end]);
  // As strict as expect, at a fraction of its cost: of thousands only one that differs is worth its words.
  if (said?.join('\n') !== wanted?.join('\n')) expect(said).toEqual(wanted);
}

describe('the decoder reads what a second reader of the protocol reads', () => {
  it(
    titleOf('decoder'),
    () =>
      fuzz<Hostile>({
        name: 'decoder',
        inputs: hostileStreams,
        framesIn: ({ frames }) => frames,
        check: ({ stream, pieces }) => {
          expectSame(decode(pieces), readFrames(stream));
        },
      }),
    limitOf('decoder'),
  );

  it('through every proto byte, with every kind of status and id', () => {
    for (let proto = 0; proto < 256; proto++) {
      for (const status of [0, 1, 22, 31, 128, 255]) {
        for (const id of [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 64n - 1n]) {
          const head = Buffer.alloc(16);
          head.writeUInt8(proto, 2);
          head.writeUInt8(status, 3);
          head.writeBigUInt64BE(id, 4);
          expectSame(decode([head]), readFrames(head));
        }
      }
    }
  });
});
