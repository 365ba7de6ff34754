import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { Message } from '../message/message.js';

/**
 * Passes everything on one channel: the peer's messages, the engine's, what comes back unsent, and channel_closed as the last of it.
 *
 * It goes by the number alone. A number is free behind its channel_closed and may then be another channel's, so end with it:
 * `takeWhile(m => m.status !== Status.channelClosed, true)`. Hot or cold, slots, completion and errors are the source's.
 *
 * @param channelNumber 1..65534, or 0 for what belongs to no channel (pool_empty, updateReceiver)
 * @example
 * const { channelNumber } = group.post(hello);
 * group.pipe(ofChannel(channelNumber), fromPeers()).subscribe(m => console.log(m.body.text()));
 */
export function ofChannel(channelNumber: number): MonoTypeOperatorFunction<Message> {
  return filter(message => message.channelNumber === channelNumber);
}
