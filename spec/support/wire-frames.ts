import { Decoded, type FrameDecoder } from '../../lib/wire/decoder.js';

/** A frame, or a decoder's frame at hand, with its payload as hex. */
export interface Frame {
  channel: number;
  proto: number;
  id: bigint;
  headers: string;
  body: string;
}

/** The bytes of a frame, put together by hand from protocol.md section 1. */
export function frameBytes(frame: Frame): Buffer {
  const headers = Buffer.from(frame.headers, 'hex');
  const body = Buffer.from(frame.body, 'hex');
  const head = Buffer.alloc(16);
  head.writeUInt16BE(frame.channel, 0);
  head.writeUInt8(frame.proto, 2);
  head.writeBigUInt64BE(frame.id, 4);
  head.writeUInt16BE(headers.length, 12);
  head.writeUInt16BE(body.length, 14);
  return Buffer.concat([head, headers, body]);
}

/** The frame that a decoder has at hand. */
export function atHand(decoder: FrameDecoder): Frame {
  const bodyStart = decoder.payloadStart + decoder.headersLength;
  return {
    channel: decoder.channelNumber,
    proto: decoder.proto,
    id: (BigInt(decoder.idHigh) << 32n) | BigInt(decoder.idLow),
    headers: decoder.payload.subarray(decoder.payloadStart, bodyStart).toString('hex'),
    body: decoder.payload.subarray(bodyStart, bodyStart + decoder.bodyLength).toString('hex'),
  };
}

/** Feeds chunks one by one: the frames, and what the decoder said last. */
export function decodeAll(
  decoder: FrameDecoder,
  chunks: Iterable<Buffer>,
): { frames: Frame[]; last: Decoded } {
  const frames: Frame[] = [];
  let last: Decoded = Decoded.needMore;
  for (const chunk of chunks) {
    decoder.feed(chunk);
    while ((last = decoder.next()) === Decoded.frame) {
      frames.push(atHand(decoder));
      decoder.consume();
    }
  }
  return { frames, last };
}

/** Bytes in pieces that begin at these offsets. */
export function cut(bytes: Buffer, ...offsets: number[]): Buffer[] {
  const ends = [...offsets, bytes.length];
  return [0, ...offsets].map((start, index) => Buffer.from(bytes.subarray(start, ends[index])));
}
