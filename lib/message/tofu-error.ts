import { type Status, statusName } from './status.js';

const BRAND = Symbol.for('rxtofu.TofuError');

/**
 * Every error that rxtofu throws or sends down a stream. `status` is the number of protocol.md section 3,
 * `code` its name: match on those, never on the text.
 *
 * `instanceof TofuError` also holds for errors of another copy of rxtofu in the process (the ESM and the
 * CommonJS build, say).
 *
 * @example
 * try {
 *   group.post(message);
 * } catch (error) {
 *   if (error instanceof TofuError && error.code === 'pool_empty') await group.writable(channelNumber);
 *   else throw error;
 * }
 */
export class TofuError extends Error {
  /** `TofuError`, in every copy of rxtofu. */
  override readonly name = 'TofuError';
  /** The number of the status, such as 19. */
  readonly status: Status;
  /** The name of the status, such as `pool_empty`. */
  readonly code: string;

  /** A handler of requests may throw one of its own: its message crosses to the requester. */
  constructor(status: Status, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = statusName(status);
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Holds for the errors of every copy of rxtofu in the process; for a class that extends this one as for any class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== TofuError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
