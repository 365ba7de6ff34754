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
  override readonly name = 'TofuError';
  /** The number of the status, such as 19. */
  readonly status: Status;
  /** The name of the status, such as `pool_empty`. */
  readonly code: string;

  constructor(status: Status, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = statusName(status);
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
