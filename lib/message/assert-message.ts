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
  if (value === null || value === undefined) {
    throw new TofuError(Status.nullMessage, `${call} was given ${String(value)} instead of a message`);
  }
  if (!EngineMessage.is(value)) {
    throw new TofuError(Status.invalidMessage, `${call} was given ${describe(value)}, which is no Message`);
  }
}
