import { concat, concatAll, defer, map, type OperatorFunction } from 'rxjs';
import { MAX_BODY_BYTES } from '../message/limits.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { checkedNumber, COUNT } from './numeric-option.js';

/**
 * Cuts a stream of bytes and strings into pieces of exactly `size` bytes, all but the last, wherever the source cut it: so that each piece is a
 * body. Strings go as UTF-8, and a character that is cut in two between two strings is put together again. A source without a byte gives no piece.
 *
 * A value is copied while it is delivered. Each piece is a buffer of its own, the subscriber's to keep and to change; it is never a view of what the
 * source may use again. What waits is less than one piece, and what the value at hand gives.
 *
 * Cold as its source; completes with it, behind the last piece. Errors with the source's error, the piece begun is dropped; and with TofuError
 * `invalid_message` for a value that is neither.
 *
 * @param size in bytes, a positive integer; at most 65535 where a piece is to be the body of one message
 * @throws TofuError `not_allowed` for any other `size`
 * @example
 * peer.request(file$.pipe(chunked())).subscribe();
 */
export function chunked(size: number = MAX_BODY_BYTES): OperatorFunction<Uint8Array | string, Uint8Array> {
  checkedNumber('size', size, COUNT);
  return source =>
    defer(() => {
      const cutter = new Cutter(size);
      // Cut first, and flattened behind: what a subscriber sends on while it gets a piece comes behind the pieces that are there.
      const pieces = source.pipe(
        map(value => cutter.cut(value)),
        concatAll(),
      );
      return concat(
        pieces,
        defer(() => cutter.rest()),
      );
    });
}

/** Fills one piece after the other. */
class Cutter {
  readonly #size: number;
  #piece: Uint8Array | null = null;
  #filled = 0;
  /** The first half of a surrogate pair that ended a string. */
  #half = '';

  constructor(size: number) {
    this.#size = size;
  }

  /** The pieces that a value fills. */
  cut(value: Uint8Array | string): Uint8Array[] {
    if (typeof value === 'string') return this.#fill(this.#encode(value));
    if (value instanceof Uint8Array) return [...this.#fill(this.#loneHalf()), ...this.#fill(value)];
    throw new TofuError(
      Status.invalidMessage,
      `chunked was given a value of type ${typeof value}, which is neither a Uint8Array nor a string`,
    );
  }

  /** The last pieces, once nothing more comes: the one that was begun, most of the time. */
  rest(): Uint8Array[] {
    const pieces = this.#fill(this.#loneHalf());
    const begun = this.#piece;
    this.#piece = null;
    return begun === null ? pieces : [...pieces, begun.slice(0, this.#filled)];
  }

  #fill(bytes: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      if (this.#piece === null) {
        this.#piece = new Uint8Array(this.#size);
        this.#filled = 0;
      }
      const taken = Math.min(this.#size - this.#filled, bytes.length - at);
      this.#piece.set(bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled < this.#size) break;
      pieces.push(this.#piece);
      this.#piece = null;
    }
    return pieces;
  }

  #encode(value: string): Uint8Array {
    const text = this.#half + value;
    const endsInHalf = isHighSurrogate(text.charCodeAt(text.length - 1));
    this.#half = endsInHalf ? text.slice(-1) : '';
    return Buffer.from(endsInHalf ? text.slice(0, -1) : text, 'utf8');
  }

  /** A half that stayed alone: U+FFFD, as everywhere. */
  #loneHalf(): Uint8Array {
    const half = this.#half;
    this.#half = '';
    return Buffer.from(half, 'utf8');
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
