import type { EngineMessage } from '../message/engine-message.js';
import type { Link } from '../transport/transport.js';
import { Written } from '../transport/transport.js';
import { Decoded, FrameDecoder } from '../wire/decoder.js';
import { frameLength, headLength, writeFrame, writeHead } from '../wire/encoder.js';
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
      this.#count(length);
      return;
    }
    const at = this.#room(length);
    this.#to = writeFrame(message, this.#chunk as Buffer, at);
    this.#frames++;
    this.#count(length);
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
    if (!this.#handed(link.write(this.#chunk.subarray(this.#from, this.#to)), frames, length)) return;
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
      frames += segment.frames;
      count++;
    }
    if (this.#handed(link.writeAll(pieces), frames, length)) this.#segments = this.#segments.slice(count);
  }

  /** Counts what was handed over; false when the link refused it, and it stays. */
  #handed(written: Written, frames: number, length: number): boolean {
    if (written === Written.full || written === Written.refused) this.blocked = true;
    if (written === Written.refused) return false;
    if (written !== Written.gone) this.#chunkIsKept = true;
    this.#count(-length);
    this.#counters.messagesOut += frames;
    this.#counters.bytesOut += length;
    return true;
  }

  #count(length: number): void {
    this.bytes += length;
    this.#counters.queuedBytes += length;
  }
}
