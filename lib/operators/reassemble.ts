import { defer, map, type OperatorFunction, reduce } from 'rxjs';
import type { Message } from '../message/message.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { optionsOf } from '../rx/arguments.js';
import { checkedNumber, POSITIVE } from './numeric-option.js';

/** How much `reassemble` takes. */
export interface ReassembleOptions {
  /** The most bytes that the bodies may come to together; Infinity for no limit. 0 or absent means the default. @default 64 MiB */
  maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Puts the bodies of a stream of messages (a window, the responses to a request) together, and emits them as one Uint8Array when the stream
 * completes. A stream without a message gives an empty one.
 *
 * Each body is copied while its message is delivered, and no slot is held: the sender is braked by whatever pulls the stream, and memory is bounded by `maxBytes`. The
 * bytes that are emitted are the subscriber's own.
 *
 * Cold as its source. Errors with TofuError `invalid_body_len`, and leaves the source, as soon as the bodies pass `maxBytes`; errors with the
 * source's error, and what had come is dropped.
 *
 * @throws TofuError `not_allowed` when `maxBytes` is no positive number
 * @example
 * peer.request('report.pdf').pipe(reassemble()).subscribe(bytes => writeFile('report.pdf', bytes));
 */
export function reassemble(options: ReassembleOptions = {}): OperatorFunction<Message, Uint8Array> {
  const asked = optionsOf(options).maxBytes ?? 0;
  const maxBytes = checkedNumber('option maxBytes', asked === 0 ? DEFAULT_MAX_BYTES : asked, POSITIVE);
  return source =>
    defer(() =>
      source.pipe(
        reduce((gathered, message) => gathered.add(message.body.bytes()), new Gathered(maxBytes)),
        map(gathered => gathered.take()),
      ),
    );
}

/** Bytes in one buffer that grows: a list of parts would cost more than the bytes, where parts are small. */
class Gathered {
  readonly #maxBytes: number;
  #buffer = new Uint8Array(0);
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(bytes: Uint8Array): this {
    const length = this.#length + bytes.length;
    if (length > this.#maxBytes) {
      throw new TofuError(
        Status.invalidBodyLen,
        `reassembled bodies of ${String(length)} bytes and more are over maxBytes (${String(this.#maxBytes)})`,
      );
    }
    if (length > this.#buffer.length) this.#grow(length);
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
    return this;
  }

  /** All of it, in a buffer of its own size. */
  take(): Uint8Array {
    const isExact = this.#length === this.#buffer.length;
    return isExact ? this.#buffer : this.#buffer.slice(0, this.#length);
  }

  #grow(length: number): void {
    const grown = new Uint8Array(Math.min(this.#maxBytes, Math.max(length, 2 * this.#buffer.length)));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
