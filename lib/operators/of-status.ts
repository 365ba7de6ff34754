import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { Message } from '../message/message.js';
import type { Status } from '../message/status.js';

/**
 * Passes what the engine says with one of these statuses: failures, what came back unsent, channel_closed, pool_empty. What applications sent is
 * left out, whatever its status; a WelcomeResponse that went well is the engine's, with `Status.success`.
 *
 * Hot or cold, slots, completion and errors are the source's.
 *
 * @param statuses the statuses to pass; none of them passes nothing
 * @example
 * group.status$.pipe(ofStatus(Status.channelClosed)).subscribe(closed => forget(closed.channelNumber));
 */
export function ofStatus(...statuses: Status[]): MonoTypeOperatorFunction<Message> {
  return filter(message => message.isFromEngine() && statuses.includes(message.status));
}
