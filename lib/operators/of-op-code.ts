import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { Message } from '../message/message.js';
import type { OpCode } from '../message/op-code.js';

/**
 * Passes the messages that applications sent with one of these operations. What the engine says is left out, also when it is
 * a Response or a Signal: see `ofStatus` for that.
 *
 * Hot or cold, slots, completion and errors are the source's: a message that is left out was not held by this, and its slot comes back as
 * for any other.
 *
 * @param opCodes the operations to pass; none of them passes nothing
 * @example
 * group.pipe(ofOpCode(OpCode.Request)).subscribe(request => group.post(request.reply('pong')));
 */
export function ofOpCode(...opCodes: OpCode[]): MonoTypeOperatorFunction<Message> {
  return filter(message => message.isFromApplication() && opCodes.includes(message.opCode));
}
