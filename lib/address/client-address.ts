import type { Address } from './address.js';
import { MemAddress } from './mem-address.js';
import { TcpAddress } from './tcp-address.js';
import { UdsAddress } from './uds-address.js';

/** Hosts that mean all interfaces, and that nobody can connect to as they stand. */
const WILDCARDS = new Set(['', '0.0.0.0', '::']);

/**
 * The address by which a client reaches the place that `address` names: a server's becomes a client's, a wildcard host 127.0.0.1.
 *
 * @throws TofuError `invalid_address` for a server's address that asks for a free place: nobody knows yet where that is
 */
export function clientAddress(address: Address): Address {
  if (address.side === 'client') return address;
  switch (address.kind) {
    case 'tcp':
      return new TcpAddress('client', WILDCARDS.has(address.host) ? '127.0.0.1' : address.host, address.port);
    case 'uds':
      return new UdsAddress('client', address.path);
    case 'mem':
      return new MemAddress('client', address.name);
  }
}
