import { describe } from './describe.js';
import { EngineMessage } from './engine-message.js';
import { Status } from './status.js';
import { TofuError } from './tofu-error.js';

/**
 * What a user hands in is a message.
 *
 * @param call names who was given `value`
 * @throws TofuError `null_message` for null and undefined, `invalid_message` for what is no message
 */
export function assertMessage(value: unknown, call: string): asserts value is EngineMessage {
  if (!EngineMessage.is(value)) throw noMessage(value, call);
}

function noMessage(value: unknown, call: string): TofuError {
  return value === null || value === undefined
    ? new TofuError(Status.nullMessage, `${call} was given ${String(value)} instead of a message`)
    : new TofuError(Status.invalidMessage, `${call} was given ${describe(value)}, which is no Message`);
}
