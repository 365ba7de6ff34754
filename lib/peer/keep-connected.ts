import { asyncScheduler, type SchedulerLike } from 'rxjs';
import type { Address } from '../address/address.js';
import type { ChannelGroup } from '../rx/channel-group.js';
import { Link, type LinkOptions } from './link.js';

/**
 * Stays connected to an address: connects at once, and again with backoff whenever the connection is lost, can't be made, or was ended
 * by the other side.
 *
 * A refusal (`not_allowed`) and an address that is none (`invalid_address`) end it: another try would find the same.
 *
 * @param scheduler for the waits
 * @example
 * await using link = keepConnected(group, tcpClient('127.0.0.1', 7099));
 * link.state$.subscribe(state => console.log(state));
 * link.request('hello').subscribe(reply => console.log(reply.body.text()));
 */
export function keepConnected(
  group: ChannelGroup,
  address: Address,
  options: LinkOptions = {},
  scheduler: SchedulerLike = asyncScheduler,
): Link {
  return new Link(group, address, options, scheduler);
}
