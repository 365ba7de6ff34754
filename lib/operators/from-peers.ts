import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { Message } from '../message/message.js';

/**
 * Passes the messages of origin application: what peers sent, and what `updateReceiver(message)` put on the stream. With `fromEngine` it
 * makes up the whole of a group.
 *
 * Hot or cold, slots, completion and errors are the source's.
 *
 * @example
 * group.pipe(fromPeers()).subscribe(m => console.log(m.dump()));
 */
export function fromPeers(): MonoTypeOperatorFunction<Message> {
  return filter(message => message.isFromApplication());
}
