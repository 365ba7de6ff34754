import { OpCode } from '../message/op-code.js';
import { OP_CODE_BITS } from '../message/proto-byte.js';
import { Decoded, FrameDecoder } from '../wire/decoder.js';
import { frameLengthAt, ID_HIGH_AT, ID_LOW_AT, PROTO_AT, read32 } from '../wire/layout.js';

/** Frames that wait: a run of whole frames in a chunk, the last of which may have its body elsewhere. */
export interface Segment {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  /** The body of the last frame, when it was not copied. */
  readonly body: Buffer | null;
  readonly frames: number;
  /** Bytes that pass together with it, and are not in it: of frames that were taken out right behind it. Negative where it jumped the queue. */
  passesBehind: number;
}

/** The frames of a segment before and behind a cut, either of which may be none. */
export interface Halves {
  readonly before: Segment;
  readonly behind: Segment;
}

/** The parts of a segment before and behind its first frame of this operation and id; null when it has none. */
export function splitAtFrame(
  segment: Segment,
  opCode: OpCode,
  idHigh: number,
  idLow: number,
): (Halves & { frameBytes: number }) | null {
  const { buffer, start, end, body, frames } = segment;
  let index = 0;
  for (let at = start; at < end; index++) {
    const isLast = index === frames - 1;
    const next = isLast ? end : at + frameLengthAt(buffer, at);
    if (
      opCodeAt(buffer, at) === opCode &&
      read32(buffer, at + ID_HIGH_AT) === idHigh &&
      read32(buffer, at + ID_LOW_AT) === idLow
    ) {
      return {
        before: headOf(segment, at, index),
        behind: tailOf(segment, next, index + 1),
        frameBytes: next - at + (isLast ? (body?.length ?? 0) : 0),
      };
    }
    at = next;
  }
  return null;
}

/** What of a segment `credit` pays for, and the rest; what it costs. A bye costs nothing. */
export function splitAtCredit(segment: Segment, credit: number): Halves & { cost: number } {
  const { buffer, start, end, frames } = segment;
  let cost = 0;
  let at = start;
  let index = 0;
  for (; index < frames; index++) {
    if (opCodeAt(buffer, at) <= OpCode.Signal) {
      if (cost === credit) break;
      cost++;
    }
    at = index === frames - 1 ? end : at + frameLengthAt(buffer, at);
  }
  if (index === frames) return { before: segment, behind: tailOf(segment, end, frames), cost };
  return { before: headOf(segment, at, index), behind: tailOf(segment, at, index), cost };
}

/** Hands over the frames of these segments, one by one, in a decoder. */
export function readAgain(segments: readonly Segment[], takeFrame: (decoder: FrameDecoder) => void): void {
  const decoder = new FrameDecoder();
  for (const { buffer, start, end, body } of segments) {
    const run = buffer.subarray(start, end);
    for (const piece of body === null ? [run] : [run, body]) {
      decoder.feed(piece);
      while (decoder.next() === Decoded.frame) {
        takeFrame(decoder);
        decoder.consume();
      }
    }
  }
}

function headOf({ buffer, start }: Segment, end: number, frames: number): Segment {
  return { buffer, start, end, body: null, frames, passesBehind: 0 };
}

function tailOf({ buffer, end, body, frames, passesBehind }: Segment, start: number, from: number): Segment {
  return { buffer, start, end, body, frames: frames - from, passesBehind };
}

function opCodeAt(buffer: Buffer, at: number): OpCode {
  return ((buffer[at + PROTO_AT] as number) & OP_CODE_BITS) as OpCode;
}
