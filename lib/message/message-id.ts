/**
 * The 64-bit message_id, held as two unsigned 32-bit halves: a BigInt a message would cost more than the
 * rest of its dispatch. The bigint that users see is made when they ask.
 */
import { describe } from './describe.js';
import { Status } from './status.js';
import { TofuError } from './tofu-error.js';

const MAX_ID = 0xffff_ffff_ffff_ffffn;
const TWO_32 = 0x1_0000_0000;

/** The bigint of two unsigned 32-bit halves. */
export function idFromHalves(high: number, low: number): bigint {
  return high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
}

/**
 * A message_id as a bigint, checked: 0..2^64-1 as a bigint, or a safe non-negative integer.
 *
 * @throws TofuError `invalid_message_id` for anything else.
 */
export function checkedId(value: bigint | number): bigint {
  if (typeof value === 'bigint' && value >= 0n && value <= MAX_ID) return value;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  throw new TofuError(
    Status.invalidMessageId,
    `messageId ${describe(value)} is no integer of 0..2^64-1 (as a number: up to 2^53-1)`,
  );
}

/** The upper 32 bits of an id, unsigned. */
export function highHalf(id: bigint): number {
  return Number(id >> 32n);
}

/** The lower 32 bits of an id, unsigned. */
export function lowHalf(id: bigint): number {
  return Number(id & 0xffff_ffffn);
}

/** A source of message ids: numbers from 1 upwards, each once. */
export interface IdSequence {
  /** The last number handed out; 0 at the start. Stays below 2^53 for as long as a process can live. */
  last: number;
}

/** The upper half of a number below 2^53. */
export function highOfNumber(value: number): number {
  return Math.floor(value / TWO_32);
}

const SEQUENCE = Symbol.for('rxtofu.sequence');

/**
 * The sequence that numbers messages posted with id 0 (protocol.md section 5). One per process: every copy of
 * rxtofu that is loaded shares it through `globalThis`.
 */
export function processSequence(): IdSequence {
  const shared = globalThis as { [SEQUENCE]?: IdSequence };
  return (shared[SEQUENCE] ??= { last: 0 });
}
