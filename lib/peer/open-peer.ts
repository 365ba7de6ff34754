import type { Address } from '../address/address.js';
import type { ChannelGroup } from '../rx/channel-group.js';
import { connect } from './connect.js';
import type { ConnectOptions } from './connecting.js';
import type { Peer } from './peer.js';

/**
 * Connects, as a Promise of the Peer. It rejects as `connect` errors; what ends the connection later shows on `peer.closed$`.
 *
 * @example
 * await using peer = await openPeer(group, tcpClient('127.0.0.1', 7099)); // bye at the end of the block
 */
export function openPeer(group: ChannelGroup, address: Address, options?: ConnectOptions): Promise<Peer> {
  return new Promise((resolve, reject) => {
    // The Peer is the caller's from here on: nothing unsubscribes, its own bye or the channel's end completes this.
    connect(group, address, options).subscribe({ next: resolve, error: reject });
  });
}
