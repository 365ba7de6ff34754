import {
  type Address,
  type MemAddress,
  memClient,
  memServer,
  type TcpAddress,
  tcpClient,
  tcpServer,
  type UdsAddress,
  udsClient,
  udsServer,
} from '../../lib/index.js';
import { systemClock } from '../../lib/transport/clock.js';
import { MemoryTransport } from '../../lib/transport/memory/memory-transport.js';
import { netTransport } from '../../lib/transport/net/net-transport.js';
import type { Transport } from '../../lib/transport/transport.js';
import { dial, type LinkLog, listen, type ListenLog } from './link-log.js';

/** A network below the engine: where to listen, and how to get there. */
export interface TransportUnderTest {
  readonly name: 'tcp' | 'uds' | 'mem';
  readonly transport: Transport;
  /** An address that asks for a free place. */
  server(): Address;
  /** The way to a place that is bound. */
  clientFor(bound: Address): Address;
  /** How an end learns that the other reset: a Unix socket has no RST, a peer that left is at its end. */
  readonly resetSeenAs: string;
}

const memory = new MemoryTransport(systemClock);

export const transports: readonly TransportUnderTest[] = [
  {
    name: 'tcp',
    transport: netTransport,
    server: () => tcpServer('127.0.0.1', 0),
    clientFor: bound => tcpClient('127.0.0.1', (bound as TcpAddress).port),
    resetSeenAs: 'close peer_disconnected',
  },
  {
    name: 'uds',
    transport: netTransport,
    server: () => udsServer(),
    clientFor: bound => udsClient((bound as UdsAddress).path),
    resetSeenAs: 'end',
  },
  {
    name: 'mem',
    transport: memory,
    server: () => memServer(),
    clientFor: bound => memClient((bound as MemAddress).name),
    resetSeenAs: 'close peer_disconnected',
  },
];

/** A listener that listens. */
export async function listenOver(network: TransportUnderTest): Promise<{ log: ListenLog; client: Address }> {
  const log = listen(network.transport, network.server());
  await log.settled();
  if (log.bound === null) throw new Error(`no listener: ${log.events.join()}`);
  return { log, client: network.clientFor(log.bound) };
}

/** Both ends of a connection that stands. */
export async function joinedOver(
  network: TransportUnderTest,
): Promise<{ dialled: LinkLog; accepted: LinkLog }> {
  const { log, client } = await listenOver(network);
  const dialled = dial(network.transport, client);
  await dialled.untilEvent('open');
  return { dialled, accepted: await log.accepted() };
}

/**
 * Waits until whatever is under way on other connections would have arrived: a byte goes there and back on a connection of its
 * own, some times.
 */
export async function settle(network: TransportUnderTest): Promise<void> {
  const { dialled, accepted } = await joinedOver(network);
  for (let n = 1; n <= 5; n++) {
    dialled.own.write(Buffer.from('?'));
    await accepted.untilBytes(n);
    accepted.own.write(Buffer.from('!'));
    await dialled.untilBytes(n);
  }
}
