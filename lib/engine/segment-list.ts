import type { OpCode } from '../message/op-code.js';
import { type Segment, splitAtCredit, splitAtFrame } from './segment.js';
import type { SendCredit } from './send-credit.js';

/** Nothing waits for credit. */
const NOT_HELD = -1;

/** What a frame that was taken out of a list leaves behind. */
export interface Removed {
  /** Where its segment stood, or what is left of that. */
  readonly at: number;
  readonly frameBytes: number;
  /** Bytes that have passed with it, for nothing stands before it that could take them along. */
  readonly passed: number;
}

/** Segments that leave together. */
export interface Batch {
  readonly pieces: Buffer[];
  /** Bytes of the pieces. */
  readonly length: number;
  /** Bytes that pass with them, and are not in them. */
  readonly removed: number;
  readonly frames: number;
  readonly count: number;
}

/**
 * The sealed runs of frames of a send queue, oldest first. Where the peer gives credit, those without it wait behind those that have it:
 *
 *     | has credit: leaves with the next write | waits for a grant
 */
export class SegmentList {
  /** What the peer has paid for; null where it does not ask for credit. */
  credit: SendCredit | null = null;
  #segments: Segment[] = [];
  /** How many segments have their credit, while others have not. */
  #ready = NOT_HELD;
  /** Frames have jumped the queue, since it was last empty. */
  #hasJumped = false;

  get length(): number {
    return this.#segments.length;
  }

  /** How many may leave. */
  get ready(): number {
    return this.isHeld ? this.#ready : this.#segments.length;
  }

  /** Whether something waits for credit. */
  get isHeld(): boolean {
    return this.#ready !== NOT_HELD;
  }

  /** Adds the next one. */
  push(segment: Segment): void {
    this.#segments.push(segment);
  }

  /** Those that leave next, in one go: of the first `limit` as many as `maxBytes` are reached with. */
  batch(maxBytes: number, limit: number): Batch {
    const pieces: Buffer[] = [];
    let length = 0;
    let removed = 0;
    let frames = 0;
    let count = 0;
    for (; count < limit && length < maxBytes; count++) {
      const { buffer, start, end, body, passesBehind, frames: more } = this.#segments[count] as Segment;
      pieces.push(buffer.subarray(start, end));
      length += end - start;
      if (body !== null) {
        pieces.push(body);
        length += body.length;
      }
      removed += passesBehind;
      frames += more;
    }
    return { pieces, length, removed, frames, count };
  }

  /** Takes the first `count` out: they have left. */
  shift(count: number): Segment[] {
    const all = this.#segments;
    this.#segments = all.slice(count);
    if (this.isHeld) this.#ready -= count;
    return all.slice(0, count);
  }

  /** Takes all out. */
  takeAll(): Segment[] {
    const all = this.#segments;
    this.#segments = [];
    this.#ready = NOT_HELD;
    return all;
  }

  /** The queue is empty: nothing stands out of order any more. */
  emptied(): void {
    this.#hasJumped = false;
  }

  /** Whether frames in this chunk, the first or the last there is, wait. Those of one chunk stand together, unless some have jumped. */
  holdsSomeOf(chunk: Buffer): boolean {
    if (!this.#hasJumped)
      return this.#segments[0]?.buffer === chunk || this.#segments.at(-1)?.buffer === chunk;
    return this.#segments.some(segment => segment.buffer === chunk);
  }

  // --- credit ---------------------------------------------------------------------------------------------------

  /** From here on frames wait for credit. */
  holdBack(): void {
    this.#ready = this.#segments.length;
  }

  /** Pays for what waits, oldest first, as far as the credit goes. */
  payWaiting(): void {
    const { credit } = this;
    while (this.#ready < this.#segments.length) {
      const { before, behind, cost } = splitAtCredit(
        this.#segments[this.#ready] as Segment,
        credit?.left ?? Infinity,
      );
      if (credit !== null) credit.spent += cost;
      if (before.frames === 0) return;
      this.#ready++;
      if (behind.frames === 0) continue;
      this.#segments.splice(this.#ready - 1, 1, before, behind);
      return;
    }
    this.#ready = NOT_HELD;
  }

  /** Moves those from `from` on before all that waits for credit; their bytes. */
  jump(from: number): number {
    const jumping = this.#segments.splice(from);
    let bytes = 0;
    for (const segment of jumping) {
      // Nobody's mark moves: it is in front of marks that were given before it.
      const length = segment.end - segment.start + (segment.body?.length ?? 0);
      segment.passesBehind -= length;
      bytes += length;
    }
    this.#segments.splice(this.#ready, 0, ...jumping);
    this.#ready += jumping.length;
    this.#hasJumped = true;
    return bytes;
  }

  // --- taking one out -------------------------------------------------------------------------------------------

  /** Takes out the first frame with this operation and id from segment `from` on; null where there is none. */
  remove(from: number, opCode: OpCode, idHigh: number, idLow: number): Removed | null {
    for (let at = from; at < this.#segments.length; at++) {
      const segment = this.#segments[at] as Segment;
      const found = splitAtFrame(segment, opCode, idHigh, idLow);
      if (found === null) continue;
      const { before, behind, frameBytes } = found;
      const hasBehind = behind.frames > 0;
      const removed = frameBytes + (hasBehind ? 0 : behind.passesBehind);
      // They count as passed when what is ahead of them has: so every mark behind them stays what it was.
      const ahead = before.frames > 0 ? before : this.#segments[at - 1];
      if (ahead !== undefined) ahead.passesBehind += removed;
      const left = [...(before.frames > 0 ? [before] : []), ...(hasBehind ? [behind] : [])];
      this.#segments.splice(at, 1, ...left);
      this.#refund(at, left.length - 1);
      return { at, frameBytes, passed: ahead === undefined ? removed : 0 };
    }
    return null;
  }

  /** A frame was taken out of the segment at `at`, which now is `added` more than one. */
  #refund(at: number, added: number): void {
    const { credit } = this;
    if (credit === null) return;
    if (!this.isHeld) {
      credit.spent--;
      return;
    }
    if (at < this.#ready) {
      credit.spent--;
      this.#ready += added;
    }
    this.payWaiting();
  }
}
