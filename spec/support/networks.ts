import {
  type Address,
  memClient,
  memServer,
  parseAddress,
  tcpClient,
  tcpServer,
  udsClient,
  udsServer,
} from '../../lib/index.js';
import type { Message } from '../../lib/index.js';

/** A transport as a spec needs it: somewhere free to listen, and the way to connect there. */
export interface Network {
  readonly name: 'tcp' | 'uds' | 'mem';
  /** An address that asks for a free place. */
  server(): Address;
  /** The client's address for the place that a WelcomeResponse names. */
  clientFor(welcome: Message): Address;
}

function boundAs<K extends Address['kind']>(welcome: Message, kind: K): Extract<Address, { kind: K }> {
  const bound = parseAddress(welcome);
  if (bound?.kind !== kind) throw new Error(`not bound to ${kind}: ${welcome.dump()}`);
  return bound as Extract<Address, { kind: K }>;
}

/** The three transports: every spec that is about conversations runs over each. */
export const networks: readonly Network[] = [
  {
    name: 'tcp',
    server: () => tcpServer('127.0.0.1', 0),
    clientFor: welcome => tcpClient('127.0.0.1', boundAs(welcome, 'tcp').port),
  },
  { name: 'uds', server: () => udsServer(), clientFor: welcome => udsClient(boundAs(welcome, 'uds').path) },
  { name: 'mem', server: () => memServer(), clientFor: welcome => memClient(boundAs(welcome, 'mem').name) },
];
