import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { Message } from '../message/message.js';

/**
 * Passes the messages of origin engine: how operations went, failures, what came back unsent, channel_closed, pool_empty. `group.status$` is the same
 * without what went well, and reads nothing out of the inbox.
 *
 * Hot or cold, slots, completion and errors are the source's.
 *
 * @example
 * group.pipe(fromEngine()).subscribe(m => console.log(statusName(m.status)));
 */
export function fromEngine(): MonoTypeOperatorFunction<Message> {
  return filter(message => message.isFromEngine());
}
