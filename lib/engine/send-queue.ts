import type { EngineMessage } from '../message/engine-message.js';
import type { OpCode } from '../message/op-code.js';
import type { Link } from '../transport/transport.js';
import { Written } from '../transport/transport.js';
import type { FrameDecoder } from '../wire/decoder.js';
import { frameLength, headLength, writeFrame, writeHead } from '../wire/encoder.js';
import type { ChunkPool } from './chunk-pool.js';
import type { Counters } from './counters.js';
import { readAgain } from './segment.js';
import { SegmentList } from './segment-list.js';
import type { SendCredit } from './send-credit.js';

/** Bodies from this size on are written as they lie: below it, copying them into the chunk is cheaper than a piece of their own. */
const UNCOPIED_BODY_BYTES = 4 * 1024;

/** How much is handed to the link in one go. */
const BATCH_BYTES = 64 * 1024;

/**
 * The frames of a channel that were accepted and not yet handed to its socket, in order.
 *
 * Frames are encoded when they are accepted: small ones one behind the other in a chunk, so that many leave in one write;
 * big bodies stay where they are. A message counts as sent when its bytes are handed over. What is left when the channel ends
 * is decoded again, so a message that comes back is whole whether or not it had been coalesced.
 *
 * Where the peer gives credit, frames without it stand in the same queue and are held back until a grant pays for them:
 *
 *     | has credit: leaves with the next write | waits for a grant | open run
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
  readonly #segments: SegmentList;
  /** The open run: frames from `#from` to `#to` of `#chunk`. */
  #chunk: Buffer | null;
  #from: number;
  #to: number;
  #frames: number;
  /** The link keeps something of what it was given: the rest of the chunk may be filled, what was handed over may not be filled again. */
  #linkKeeps: boolean;
  /** Chunks that were handed over to their end, to a link that has said `full`: they are free when it has drained. */
  #lent: Buffer[];

  constructor(chunks: ChunkPool, counters: Counters) {
    this.bytes = 0;
    this.accepted = 0;
    this.passed = 0;
    this.blocked = false;
    this.#chunks = chunks;
    this.#counters = counters;
    this.#segments = new SegmentList();
    this.#chunk = null;
    this.#from = 0;
    this.#to = 0;
    this.#frames = 0;
    this.#linkKeeps = false;
    this.#lent = [];
  }

  /** What the peer has paid for; null where it does not ask for credit. */
  get credit(): SendCredit | null {
    return this.#segments.credit;
  }

  set credit(credit: SendCredit | null) {
    this.#segments.credit = credit;
  }

  /** Whether something waits for credit. */
  get isHeld(): boolean {
    return this.#segments.isHeld;
  }

  /** Whether something may leave. */
  get hasReady(): boolean {
    return this.isHeld ? this.#segments.ready > 0 : this.bytes > 0;
  }

  /** Adds a message behind the others, as `push` does, at the price of one credit; without any it waits for a grant. True for the first that does. */
  pushForCredit(message: EngineMessage): boolean {
    const segments = this.#segments;
    const { credit } = segments;
    const isFirstHeld = credit !== null && !segments.isHeld && !credit.pay();
    if (isFirstHeld) {
      this.#seal(null);
      segments.holdBack();
    }
    this.push(message);
    return isFirstHeld;
  }

  /** Adds a message that needs no credit and may go before all that waits for it. */
  pushAhead(message: EngineMessage): void {
    if (!this.isHeld) {
      this.push(message);
      return;
    }
    this.#seal(null);
    const before = this.#segments.length;
    this.push(message);
    this.#seal(null);
    this.accepted -= this.#segments.jump(before);
  }

  /** More credit has come, or none is asked for any more: what it pays for may leave. */
  creditChanged(): void {
    if (!this.isHeld) return;
    this.#seal(null);
    this.#segments.payWaiting();
  }

  /** Adds a message behind the others. From here on the queue has its bytes. */
  push(message: EngineMessage): void {
    const length = frameLength(message);
    if (message.bodyByteLength() >= UNCOPIED_BODY_BYTES) this.#pushUncopied(message);
    else {
      const at = this.#room(length);
      this.#to = writeFrame(message, this.#chunk as Buffer, at);
      this.#frames++;
    }
    this.accepted += length;
    this.#count(length);
  }

  /** A long body goes out from where it lies. */
  #pushUncopied(message: EngineMessage): void {
    const at = this.#room(headLength(message));
    this.#to = writeHead(message, this.#chunk as Buffer, at);
    this.#frames++;
    this.#seal(message.bodyBuffer());
  }

  /** Hands over what the link takes. True when nothing is left. */
  handOver(link: Link): boolean {
    if (this.blocked) return false;
    if (this.isHeld) this.#handOverReady(link);
    else if (this.#segments.length === 0) this.#handOverRun(link);
    else {
      this.#seal(null);
      this.#handOverReady(link);
    }
    if (this.bytes > 0) return false;
    this.#segments.emptied();
    this.#letGoOfChunk();
    return true;
  }

  /** The link has written all that it kept, and takes bytes again. */
  drained(): void {
    this.blocked = false;
    this.#linkKeeps = false;
    const lent = this.#lent;
    this.#lent = [];
    for (const chunk of lent) this.#chunks.giveBack(chunk);
  }

  /**
   * Empties the queue frame by frame, oldest first, for those that can't be sent any more.
   *
   * @param takeFrame reads the frame at hand in the decoder
   */
  takeBack(takeFrame: (decoder: FrameDecoder) => void): void {
    this.#seal(null);
    const segments = this.#segments.takeAll();
    this.#count(-this.bytes);
    readAgain(segments, takeFrame);
  }

  /**
   * Takes out the oldest frame with this operation and id. Rare, and so paid by whoever asks: what waits is read once through, and
   * what stays is packed anew.
   */
  remove(opCode: OpCode, idHigh: number, idLow: number): boolean {
    if (this.bytes === 0) return false;
    this.#seal(null);
    return this.#removeFrom(0, opCode, idHigh, idLow) >= 0;
  }

  /** Takes out every frame with this operation and id that waits for credit; how many there were. */
  removeHeld(opCode: OpCode, idHigh: number, idLow: number): number {
    if (!this.isHeld) return 0;
    this.#seal(null);
    let removed = 0;
    for (let at = this.#segments.ready; (at = this.#removeFrom(at, opCode, idHigh, idLow)) >= 0;) removed++;
    return removed;
  }

  /** Where the segment stood that it was taken out of; -1 where there was none from `from` on. */
  #removeFrom(from: number, opCode: OpCode, idHigh: number, idLow: number): number {
    const removed = this.#segments.remove(from, opCode, idHigh, idLow);
    if (removed === null) return -1;
    this.passed += removed.passed;
    this.#count(-removed.frameBytes);
    return removed.at;
  }

  /** Where `length` more bytes go in the chunk; a full chunk is sealed, and a new one begun. */
  #room(length: number): number {
    if (this.#chunk === null || this.#to + length > this.#chunk.length) this.#beginChunk(length);
    return this.#to;
  }

  #beginChunk(length: number): void {
    this.#seal(null);
    // One of which frames still wait is let go with the last of them.
    if (this.#chunk !== null && !this.#segments.holdsSomeOf(this.#chunk)) this.#letGo(this.#chunk);
    this.#chunk = this.#chunks.take(length);
    this.#from = 0;
    this.#to = 0;
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
      passesBehind: 0,
    });
    this.#from = this.#to;
    this.#frames = 0;
  }

  /** Nothing waits: an idle connection keeps no chunk, one whose link is behind keeps what is left of it. */
  #letGoOfChunk(): void {
    if (this.#chunk === null || (this.#linkKeeps && this.blocked)) return;
    this.#letGo(this.#chunk);
    this.#chunk = null;
  }

  /** Nothing in this chunk waits any more, and nothing more comes into it. A link that keeps it and does not say until when has it for good. */
  #letGo(chunk: Buffer): void {
    if (!this.#linkKeeps) this.#chunks.giveBack(chunk);
    else if (this.blocked) this.#lent.push(chunk);
  }

  #handOverRun(link: Link): void {
    if (this.#chunk === null || this.#frames === 0) return;
    const length = this.#to - this.#from;
    const frames = this.#frames;
    if (!this.#handed(link.write(this.#chunk.subarray(this.#from, this.#to)), frames, length, 0)) return;
    this.#frames = 0;
    this.#from = this.#to;
  }

  #handOverReady(link: Link): void {
    while (this.#segments.ready > 0 && !this.blocked) this.#handOverBatch(link, this.#segments.ready);
  }

  /** Hands over the first of them, at most `limit`. */
  #handOverBatch(link: Link, limit: number): void {
    const { pieces, length, removed, frames, count } = this.#segments.batch(BATCH_BYTES, limit);
    if (!this.#handed(link.writeAll(pieces), frames, length, removed)) return;
    for (const chunk of new Set(this.#segments.shift(count).map(segment => segment.buffer))) {
      if (chunk !== this.#chunk && !this.#segments.holdsSomeOf(chunk)) this.#letGo(chunk);
    }
  }

  /** Counts what was handed over; false when the link refused it, and it stays. */
  #handed(written: Written, frames: number, length: number, removed: number): boolean {
    if (written === Written.full || written === Written.refused) this.blocked = true;
    if (written === Written.refused) return false;
    this.#linkKeeps = written !== Written.gone;
    this.passed += length + removed;
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
