import { memClient, tcpClient, tcpServer, udsClient } from '../../lib/index.js';
import { findFreeTcpPort } from '../../lib/testing/index.js';
import { MemoryTransport } from '../../lib/transport/memory/memory-transport.js';
import { systemClock } from '../../lib/transport/clock.js';
import { netTransport } from '../../lib/transport/net/net-transport.js';
import { dial } from '../support/link-log.js';
import { joinedOver, listenOver, settle, transports } from '../support/transports.js';
import { freePath, plainFile, staleSocket } from '../support/socket-files.js';

const memory = new MemoryTransport(systemClock);

/** A host name that no resolver needs to ask anybody about: labels hold at most 63 bytes. */
const UNRESOLVABLE = `${'x'.repeat(64)}.invalid`;

describe.each(transports)('dialling over $name', network => {
  it('opens a link at both ends', async () => {
    const { dialled, accepted } = await joinedOver(network);
    expect(dialled.events).toEqual(['open']);
    expect(accepted.own).not.toBe(dialled.own);
  });

  it('ends at once when the listener refuses', async () => {
    const { log, client } = await listenOver(network);
    log.refuses = true;
    const dialled = dial(network.transport, client);
    await dialled.until(() => dialled.events.some(event => /^(?:end|close)/.test(event)), 'the end');
    expect(log.events.at(-1)).toBe('link');
    // On TCP the reset may overtake the news that the connection stands.
    const seen = dialled.events.join();
    expect([`open,${network.resetSeenAs}`, 'close connect_failed']).toContain(seen);
  });

  it('ends as asked, and never opens, when it is reset at once', async () => {
    const { client } = await listenOver(network);
    const dialled = dial(network.transport, client);
    dialled.own.reset();
    await dialled.untilClosed();
    await settle(network);
    expect(dialled.events).toEqual(['close success']);
  });

  it('fails with connect_failed where a listener was closed', async () => {
    const { log, client } = await listenOver(network);
    log.listening?.close();
    const dialled = dial(network.transport, client);
    await dialled.untilClosed();
    const expected = network.name === 'uds' ? 'close uds_path_not_found' : 'close connect_failed';
    expect(dialled.events).toEqual([expected]);
  });

  it('makes links that do not disturb each other', async () => {
    const { log, client } = await listenOver(network);
    const dialled = Array.from({ length: 20 }, () => dial(network.transport, client));
    await Promise.all(dialled.map(one => one.untilEvent('open')));
    await log.accepted(19);
    dialled.forEach((one, n) => {
      one.own.write(Buffer.alloc(100, n));
    });
    await Promise.all(log.links.map(one => one.untilBytes(100)));
    const received = log.links.map(one => [...new Set(one.bytes())]);
    expect(received.sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual(dialled.map((_, n) => [n]));
  });
});

describe('dialling fails', () => {
  it('with connect_failed where nobody listens on a TCP port', async () => {
    const dialled = dial(netTransport, tcpClient('127.0.0.1', await findFreeTcpPort()));
    await dialled.untilClosed();
    expect(dialled.events).toEqual(['close connect_failed']);
  });

  it('with invalid_address for a host that does not resolve', async () => {
    const dialled = dial(netTransport, tcpClient(UNRESOLVABLE, 7099));
    await dialled.untilClosed();
    expect(dialled.events).toEqual(['close invalid_address']);
  });

  it('with uds_path_not_found for a socket file that does not exist', async () => {
    const dialled = dial(netTransport, udsClient(freePath()));
    await dialled.untilClosed();
    expect(dialled.events).toEqual(['close uds_path_not_found']);
  });

  it('with connect_failed for a stale socket file', async () => {
    const dialled = dial(netTransport, udsClient(await staleSocket()));
    await dialled.untilClosed();
    expect(dialled.events).toEqual(['close connect_failed']);
  });

  it('with connect_failed for a plain file', async () => {
    const dialled = dial(netTransport, udsClient(await plainFile()));
    await dialled.untilClosed();
    expect(dialled.events).toEqual(['close connect_failed']);
  });

  it('with connect_failed for an in-process name that nobody listens under', async () => {
    const dialled = dial(memory, memClient('nobody'));
    await dialled.untilClosed();
    expect(dialled.events).toEqual(['close connect_failed']);
  });
});

describe('a transport', () => {
  it('refuses the addresses of the other', () => {
    const receiver = {
      linkOnOpen: () => undefined,
      linkOnData: () => undefined,
      linkOnDrain: () => undefined,
      linkOnEnd: () => undefined,
      linkOnClose: () => undefined,
    };
    expect(() => netTransport.dial(memClient('name'), receiver)).toThrow('mem|name');
    expect(() => memory.dial(tcpClient('127.0.0.1', 1), receiver)).toThrow('tcp|127.0.0.1|1');
    const listener = {
      listeningOnReady: () => undefined,
      listeningOnFail: () => undefined,
      listeningOnLink: () => null,
    };
    expect(() => memory.listen(tcpServer('127.0.0.1', 1), listener)).toThrow('tcp|127.0.0.1|1');
  });
});
