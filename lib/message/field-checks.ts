import { describe } from './describe.js';
import { isOpCode, type OpCode } from './op-code.js';
import { Status } from './status.js';
import { TofuError } from './tofu-error.js';

/**
 * A channel number that a user sets.
 *
 * @throws TofuError `invalid_channel_number` outside 0..65535
 */
export function checkedChannelNumber(value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff) return value;
  throw noChannelNumber(value);
}

/**
 * An operation that a user sets.
 *
 * @throws TofuError `invalid_op_code` for anything but 0..9
 */
export function checkedOpCode(value: OpCode): OpCode {
  if (isOpCode(value)) return value;
  throw new TofuError(Status.invalidOpCode, `opCode ${describe(value)} is none of the operations 0..9`);
}

// Made apart, for the check is on the way of every message: what is small is inlined.
function noChannelNumber(value: unknown): TofuError {
  return new TofuError(
    Status.invalidChannelNumber,
    `channelNumber ${describe(value)} is no integer of 0..65535`,
  );
}
