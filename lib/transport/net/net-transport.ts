import net from 'node:net';
import type { Address } from '../../address/address.js';
import type { TcpAddress } from '../../address/tcp-address.js';
import type { UdsAddress } from '../../address/uds-address.js';
import type { Link, LinkReceiver, Listening, ListenReceiver, Transport } from '../transport.js';
import { connectionFault, dialFault } from './net-errors.js';
import { NetLink } from './net-link.js';
import { readInto } from './read-buffer.js';
import { NetListening } from './net-listening.js';

/** TCP and Unix sockets of this machine. */
export const netTransport: Transport = {
  dial(address: Address, receiver: LinkReceiver): Link {
    const { kind } = assertNetAddress(address);
    // allowHalfOpen: a peer that ends its writing side may still be read from us, and the engine says when a channel ends.
    const reading = { allowHalfOpen: true, onread: readInto(receiver) };
    const socket = net.connect(
      address.kind === 'tcp'
        ? { host: address.host, port: address.port, noDelay: true, ...reading }
        : { path: (address as UdsAddress).path, ...reading },
    );
    const link = new NetLink(socket, kind === 'tcp');
    let stands = false;
    socket.once('connect', () => {
      stands = true;
      receiver.linkOnOpen();
    });
    link.report(receiver, error => (stands ? connectionFault(error) : dialFault(error, kind)));
    return link;
  },

  listen(address: Address, receiver: ListenReceiver): Listening {
    return new NetListening(assertNetAddress(address), receiver);
  },
};

function assertNetAddress(address: Address): TcpAddress | UdsAddress {
  if (address.kind === 'mem') throw new Error(`${address.toString()} is no address of the network`);
  return address;
}
