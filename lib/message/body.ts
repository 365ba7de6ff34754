import { MAX_BODY_BYTES } from './limits.js';
import { Status } from './status.js';
import { TofuError } from './tofu-error.js';

/** The application's data in a message: 0..65535 bytes that the engine never looks into. */
export interface Body {
  /** Bytes in the body, 0..65535. */
  readonly byteLength: number;
  /**
   * Adds bytes, or a string as UTF-8, behind what is there. The bytes are copied.
   *
   * @throws TofuError `invalid_body_len` past 65535 bytes (the body stays as it was); `not_allowed` on a message
   * that was pushed; `invalid_message` on a spent one, or when `data` is neither bytes nor a string.
   */
  append(data: Uint8Array | string): void;
  /** Replaces the whole body by `data`; throws as `append` does. */
  copy(data: Uint8Array | string): void;
  /** Empties the body. */
  clear(): void;
  /** The bytes as a view, valid until the message changes, is posted or put. Copy what must outlive that. */
  bytes(): Uint8Array;
  /** The bytes read as UTF-8. */
  text(): string;
  /**
   * The bytes read as JSON.
   *
   * @throws TofuError `invalid_message` when they are none; the SyntaxError is its `cause`.
   */
  json<T = unknown>(): T;
}

/** What a part of a message asks before it changes: throws when the message may not be changed. */
export interface ChangeGuard {
  assertChangeable(): void;
}

/** Longer bodies are not copied into the frame when they are posted: they must not be lent. */
const MAX_LENT_BYTES = 2 * 1024;

/**
 * A body at rest in one of two shapes: text that was not encoded yet (most messages are one string, and go
 * from there straight into the frame), or bytes in a buffer, which may be the chunk they were read in.
 */
export class MessageBody implements Body {
  byteLength: number;
  readonly #guard: ChangeGuard;
  #text: string | null;
  #buffer: Buffer | null;
  #start: number;
  /** A buffer that was read into belongs to the transport: growing it would write over the next frame. */
  #owned: boolean;

  constructor(guard: ChangeGuard, buffer: Buffer | null, start: number, byteLength: number) {
    this.byteLength = byteLength;
    this.#guard = guard;
    this.#text = null;
    this.#buffer = buffer;
    this.#start = start;
    this.#owned = false;
  }

  append(data: Uint8Array | string): void {
    this.#guard.assertChangeable();
    const added = byteLengthOf(data);
    if (this.byteLength + added > MAX_BODY_BYTES) throw tooLong(this.byteLength + added);
    this.#add(data, added);
  }

  /**
   * As `append` to an empty body, for one that is posted before the lender goes on: few bytes are not copied, and are the lender's again when
   * post() has returned.
   */
  lend(data: Uint8Array | string): void {
    if (
      this.byteLength > 0 ||
      typeof data === 'string' ||
      !Buffer.isBuffer(data) ||
      data.length > MAX_LENT_BYTES
    ) {
      this.append(data);
      return;
    }
    this.#guard.assertChangeable();
    this.#text = null;
    this.#buffer = data;
    this.#start = 0;
    this.#owned = false;
    this.byteLength = data.length;
  }

  copy(data: Uint8Array | string): void {
    this.#guard.assertChangeable();
    const added = byteLengthOf(data);
    if (added > MAX_BODY_BYTES) throw tooLong(added);
    // The data may be a view of this very body: the bytes that the body lets go of live on in it.
    this.#empty();
    this.#add(data, added);
  }

  clear(): void {
    this.#guard.assertChangeable();
    this.#empty();
  }

  bytes(): Uint8Array {
    if (this.byteLength === 0) return new Uint8Array(0);
    const buffer = this.buffer();
    return new Uint8Array(buffer.buffer, buffer.byteOffset + this.#start, this.byteLength);
  }

  text(): string {
    if (this.#text !== null) {
      if (this.#text.length === this.byteLength) return this.#text;
      // Half a surrogate pair is U+FFFD once it is encoded: it reads so before that, too.
      this.buffer();
    }
    return this.#buffer === null
      ? ''
      : this.#buffer.toString('utf8', this.#start, this.#start + this.byteLength);
  }

  json<T = unknown>(): T {
    try {
      return JSON.parse(this.text()) as T;
    } catch (cause) {
      throw new TofuError(Status.invalidMessage, `body of ${String(this.byteLength)} bytes is no JSON`, {
        cause,
      });
    }
  }

  /** The buffer that holds the bytes, from `start()` on. Only for a body that is not empty. */
  buffer(): Buffer {
    if (this.#buffer === null) {
      this.#buffer = Buffer.from(this.#text ?? '', 'utf8');
      this.#start = 0;
      this.#text = null;
      this.#owned = true;
    }
    return this.#buffer;
  }

  /** Where the body begins in `buffer()`. */
  start(): number {
    return this.#start;
  }

  /** Writes the body at `at` of `target`, which has room for all of it. */
  writeTo(target: Buffer, at: number): void {
    if (this.#text !== null) target.write(this.#text, at, this.byteLength, 'utf8');
    else if (this.#buffer?.length === this.byteLength) target.set(this.#buffer, at);
    else this.#buffer?.copy(target, at, this.#start, this.#start + this.byteLength);
  }

  /** Lets go of a chunk that this body would pin: its bytes move to a buffer of their own size. */
  compact(): void {
    if (this.#buffer === null || this.#owned || this.#buffer.length === this.byteLength) return;
    this.#buffer = Buffer.from(this.#buffer.subarray(this.#start, this.#start + this.byteLength));
    this.#start = 0;
    this.#owned = true;
  }

  /** Becomes a copy of `other`, which keeps nothing of it. */
  takeCopyOf(other: MessageBody): void {
    this.#empty();
    if (other.#text !== null) this.#add(other.#text, other.byteLength);
    else if (other.byteLength > 0) this.#add(other.bytes(), other.byteLength);
  }

  #empty(): void {
    this.byteLength = 0;
    this.#text = null;
    this.#buffer = null;
    this.#start = 0;
    this.#owned = false;
  }

  #add(data: Uint8Array | string, added: number): void {
    if (added === 0) return;
    if (this.byteLength > 0) this.#addBehind(data, added);
    else if (typeof data === 'string') {
      this.#empty();
      this.#text = data;
    } else {
      this.#text = null;
      this.#buffer = Buffer.allocUnsafe(added);
      this.#buffer.set(data);
      this.#start = 0;
      this.#owned = true;
    }
    this.byteLength += added;
  }

  #addBehind(data: Uint8Array | string, added: number): void {
    const at = this.#reserve(added);
    const buffer = this.buffer();
    if (typeof data === 'string') buffer.write(data, at, added, 'utf8');
    else buffer.set(data, at);
  }

  /** Makes room for `added` bytes behind those that are there, which the caller fills at once; answers where they begin. */
  #reserve(added: number): number {
    const length = this.byteLength;
    const buffer = this.buffer();
    const end = this.#start + length;
    if (this.#owned && end + added <= buffer.length) return end;
    const capacity = Math.min(MAX_BODY_BYTES, Math.max(length + added, 2 * length));
    const grown = Buffer.allocUnsafe(capacity);
    buffer.copy(grown, 0, this.#start, end);
    this.#buffer = grown;
    this.#start = 0;
    this.#owned = true;
    return length;
  }
}

function byteLengthOf(data: Uint8Array | string): number {
  if (typeof data === 'string') return Buffer.byteLength(data, 'utf8');
  if (data instanceof Uint8Array) return data.byteLength;
  throw noData(data);
}

// Made apart from the calls that throw them: those are on the way of every message, and what is small is inlined.

function tooLong(total: number): TofuError {
  return new TofuError(
    Status.invalidBodyLen,
    `body of ${String(total)} bytes is over the limit of ${String(MAX_BODY_BYTES)}`,
  );
}

function noData(data: unknown): TofuError {
  return new TofuError(
    Status.invalidMessage,
    `body data of type ${typeof data} is neither a Uint8Array nor a string`,
  );
}
