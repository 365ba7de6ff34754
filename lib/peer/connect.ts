import { Observable } from 'rxjs';
import type { Address } from '../address/address.js';
import type { ChannelGroup } from '../rx/channel-group.js';
import { Connecting, type ConnectOptions } from './connecting.js';
import type { Peer } from './peer.js';

/**
 * Connects to an address, and emits one Peer when its HelloResponse has come.
 *
 * Cold: subscribing posts the HelloRequest. Completes when either side's bye is through, and when the connection is given up on this side, by `abort()` or by
 * destroying the group; unsubscribing says bye in the background. Errors with a TofuError when the connection can't be made (`invalid_address`, `uds_path_not_found`, `connect_failed`), when it is refused (`not_allowed`, with
 * the server's reason), and when it is lost (`peer_disconnected`, `recv_failed`, `send_failed`). A server that was reached and does not answer the hello is given
 * up with `connect_failed` after `connectTimeout` and `handshakeTimeout` together. Composes with `retry` and `repeat`.
 *
 * @param address a client's; a server's address means the client's for the same place, a wildcard 127.0.0.1
 * @example
 * connect(group, tcpClient('127.0.0.1', 7099)).pipe(
 *   switchMap(peer => peer.request('hello')),
 *   take(1),
 * ).subscribe(reply => console.log(reply.body.text()));
 */
export function connect(
  group: ChannelGroup,
  address: Address,
  options: ConnectOptions = {},
): Observable<Peer> {
  return new Observable(subscriber => {
    const connecting = new Connecting(group, address, options, subscriber);
    subscriber.add(connecting);
    connecting.start();
  });
}
