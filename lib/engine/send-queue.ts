import type { EngineMessage } from '../message/engine-message.js';
import type { OpCode } from '../message/op-code.js';
import { OP_CODE_BITS } from '../message/proto-byte.js';
import type { Link } from '../transport/transport.js';
import { Written } from '../transport/transport.js';
import { Decoded, FrameDecoder } from '../wire/decoder.js';
import { frameLength, headLength, writeFrame, writeHead } from '../wire/encoder.js';
import { frameLengthAt, ID_HIGH_AT, ID_LOW_AT, PROTO_AT, read32 } from '../wire/layout.js';
import type { ChunkPool } from './chunk-pool.js';
import type { Counters } from './counters.js';

/** Bodies from this size on are written as they lie: below it, copying them into the chunk is cheaper than a piece of their own. */
const UNCOPIED_BODY_BYTES = 4 * 1024;

/** How much is handed to the link in one go. */
const BATCH_BYTES = 64 * 1024;

/** Frames that wait: a run of whole frames in a chunk, the last of which may have its body elsewhere. */
interface Segment {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  /** The body of the last frame, when it was not copied. */
  readonly body: Buffer | null;
  readonly frames: number;
  /** Bytes of frames that were taken out right behind it. */
  removedBehind: number;
}

/**
 * The frames of a channel that were accepted and not yet handed to its socket, in order.
 *
 * Frames are encoded when they are accepted: small ones one behind the other in a chunk, so that many leave in one write;
 * big bodies stay where they are. A message counts as sent when its bytes are handed over. What is left when the channel ends
 * is decoded again, so a message that comes back is whole whether or not it had been coalesced.
 */
export class SendQueue {
  /** Bytes of whole frames that wait. */
  bytes: number;
  /** Bytes pushed since the beginning: what `passed` will be when all that is here now has left. */
  accepted: number;
  /** Bytes of them that have left the queue, handed over or taken out. */
  passed: number;
  /** The link said `full`, and has not drained yet. */
  blocked: boolean;
  readonly #chunks: ChunkPool;
  readonly #counters: Counters;
  /** What waits, oldest first, before the open run. */
  #segments: Segment[];
  /** The open run: frames from `#from` to `#to` of `#chunk`. */
  #chunk: Buffer | null;
  #from: number;
  #to: number;
  #frames: number;
  /** A link keeps a part of the chunk: the rest may be filled, what was handed over may not be filled again. */
  #chunkIsKept: boolean;

  constructor(chunks: ChunkPool, counters: Counters) {
    this.bytes = 0;
    this.accepted = 0;
    this.passed = 0;
    this.blocked = false;
    this.#chunks = chunks;
    this.#counters = counters;
    this.#segments = [];
    this.#chunk = null;
    this.#from = 0;
    this.#to = 0;
    this.#frames = 0;
    this.#chunkIsKept = false;
  }

  /** Adds a message behind the others. From here on the queue has its bytes. */
  push(message: EngineMessage): void {
    const length = frameLength(message);
    if (message.bodyByteLength() >= UNCOPIED_BODY_BYTES) {
      const at = this.#room(headLength(message));
      this.#to = writeHead(message, this.#chunk as Buffer, at);
      this.#frames++;
      this.#seal(message.bodyBuffer());
      this.#pushed(length);
      return;
    }
    const at = this.#room(length);
    this.#to = writeFrame(message, this.#chunk as Buffer, at);
    this.#frames++;
    this.#pushed(length);
  }

  /** Hands over what the link takes. True when nothing is left. */
  handOver(link: Link): boolean {
    if (this.blocked) return false;
    if (this.#segments.length === 0) this.#handOverRun(link);
    else this.#handOverSegments(link);
    if (this.bytes > 0) return false;
    this.#letGoOfChunk();
    return true;
  }

  /**
   * Empties the queue frame by frame, oldest first, for those that can't be sent any more.
   *
   * @param takeFrame reads the frame at hand in the decoder
   */
  takeBack(takeFrame: (decoder: FrameDecoder) => void): void {
    this.#seal(null);
    const segments = this.#segments;
    this.#segments = [];
    this.#count(-this.bytes);
    const decoder = new FrameDecoder();
    for (const { buffer, start, end, body } of segments) {
      for (const piece of body === null
        ? [buffer.subarray(start, end)]
        : [buffer.subarray(start, end), body]) {
        decoder.feed(piece);
        while (decoder.next() === Decoded.frame) {
          takeFrame(decoder);
          decoder.consume();
        }
      }
    }
  }

  /**
   * Takes out the oldest frame with this operation and id. Rare, and so paid by whoever asks: what waits is read once through, and
   * what stays is packed anew.
   */
  remove(opCode: OpCode, idHigh: number, idLow: number): boolean {
    if (this.bytes === 0) return false;
    this.#seal(null);
    for (const [at, segment] of this.#segments.entries()) {
      const found = splitAtFrame(segment, opCode, idHigh, idLow);
      if (found === null) continue;
      const { before, behind, frameBytes } = found;
      const hasBehind = behind.frames > 0;
      const removed = frameBytes + (hasBehind ? 0 : behind.removedBehind);
      // They count as passed when what is ahead of them has: so every mark behind them stays what it was.
      const ahead = before.frames > 0 ? before : this.#segments[at - 1];
      if (ahead === undefined) this.passed += removed;
      else ahead.removedBehind += removed;
      this.#segments.splice(at, 1, ...(before.frames > 0 ? [before] : []), ...(hasBehind ? [behind] : []));
      this.#count(-frameBytes);
      return true;
    }
    return false;
  }

  /** Where `length` more bytes go in the chunk; a full chunk is sealed, and a new one begun. */
  #room(length: number): number {
    if (this.#chunk === null || this.#to + length > this.#chunk.length) {
      this.#seal(null);
      this.#chunk = this.#chunks.take(length);
      this.#from = 0;
      this.#to = 0;
      this.#chunkIsKept = false;
    }
    return this.#to;
  }

  /** Closes the open run, and goes on behind it in the same chunk. */
  #seal(body: Buffer | null): void {
    if (this.#chunk === null || this.#frames === 0) return;
    this.#segments.push({
      buffer: this.#chunk,
      start: this.#from,
      end: this.#to,
      body,
      frames: this.#frames,
      removedBehind: 0,
    });
    this.#from = this.#to;
    this.#frames = 0;
  }

  /** Nothing waits: an idle connection keeps no chunk, one whose link is behind keeps what is left of it. */
  #letGoOfChunk(): void {
    if (this.#chunk === null) return;
    if (!this.#chunkIsKept) this.#chunks.giveBack(this.#chunk);
    else if (this.blocked) return;
    this.#chunk = null;
  }

  #handOverRun(link: Link): void {
    if (this.#chunk === null || this.#frames === 0) return;
    const length = this.#to - this.#from;
    const frames = this.#frames;
    if (!this.#handed(link.write(this.#chunk.subarray(this.#from, this.#to)), frames, length, 0)) return;
    this.#frames = 0;
    this.#from = this.#to;
  }

  #handOverSegments(link: Link): void {
    this.#seal(null);
    while (this.#segments.length > 0 && !this.blocked) this.#handOverBatch(link);
  }

  #handOverBatch(link: Link): void {
    const pieces: Buffer[] = [];
    let length = 0;
    let removed = 0;
    let frames = 0;
    let count = 0;
    for (const segment of this.#segments) {
      if (length >= BATCH_BYTES) break;
      pieces.push(segment.buffer.subarray(segment.start, segment.end));
      length += segment.end - segment.start;
      if (segment.body !== null) {
        pieces.push(segment.body);
        length += segment.body.length;
      }
      removed += segment.removedBehind;
      frames += segment.frames;
      count++;
    }
    if (this.#handed(link.writeAll(pieces), frames, length, removed))
      this.#segments = this.#segments.slice(count);
  }

  /** Counts what was handed over; false when the link refused it, and it stays. */
  #handed(written: Written, frames: number, length: number, removed: number): boolean {
    if (written === Written.full || written === Written.refused) this.blocked = true;
    if (written === Written.refused) return false;
    if (written !== Written.gone) this.#chunkIsKept = true;
    this.passed += length + removed;
    this.#count(-length);
    this.#counters.messagesOut += frames;
    this.#counters.bytesOut += length;
    return true;
  }

  #pushed(length: number): void {
    this.accepted += length;
    this.#count(length);
  }

  #count(length: number): void {
    this.bytes += length;
    this.#counters.queuedBytes += length;
  }
}

/** The parts of a segment before and behind its first frame of this operation and id, either of which may be empty; null when it has none. */
function splitAtFrame(
  segment: Segment,
  opCode: OpCode,
  idHigh: number,
  idLow: number,
): { before: Segment; behind: Segment; frameBytes: number } | null {
  const { buffer, start, end, body, frames, removedBehind } = segment;
  let index = 0;
  for (let at = start; at < end; index++) {
    const isLast = index === frames - 1;
    const next = isLast ? end : at + frameLengthAt(buffer, at);
    if (
      ((buffer[at + PROTO_AT] as number) & OP_CODE_BITS) === opCode &&
      read32(buffer, at + ID_HIGH_AT) === idHigh &&
      read32(buffer, at + ID_LOW_AT) === idLow
    ) {
      return {
        before: { buffer, start, end: at, body: null, frames: index, removedBehind: 0 },
        behind: { buffer, start: next, end, body, frames: frames - index - 1, removedBehind },
        frameBytes: next - at + (isLast ? (body?.length ?? 0) : 0),
      };
    }
    at = next;
  }
  return null;
}
