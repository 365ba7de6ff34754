import { existsSync } from 'node:fs';
import { MemAddress, memServer, tcpClient, tcpServer, UdsAddress, udsServer } from '../../lib/index.js';
import { findFreeTcpPort } from '../../lib/testing/index.js';
import { systemClock } from '../../lib/transport/clock.js';
import { MemoryTransport } from '../../lib/transport/memory/memory-transport.js';
import { netTransport } from '../../lib/transport/net/net-transport.js';
import { dial, listen } from '../support/link-log.js';
import { joinedOver, listenOver, settle, transports } from '../support/transports.js';

const memory = new MemoryTransport(systemClock);

describe.each(transports)('listening over $name', network => {
  it('says once where it listens', async () => {
    const { log } = await listenOver(network);
    await settle(network);
    expect(log.events).toEqual([`ready ${String(log.bound)}`]);
    expect(log.bound?.side).toBe('server');
  });

  it('finds another free place each time', async () => {
    const first = await listenOver(network);
    const second = await listenOver(network);
    expect(String(second.log.bound)).not.toBe(String(first.log.bound));
  });

  it('fails with listen_failed where somebody listens already, who goes on undisturbed', async () => {
    const first = await listenOver(network);
    const bound = first.log.bound;
    if (bound === null) throw new Error('not bound');
    const second = listen(network.transport, bound);
    expect(await second.settled()).toBe('fail listen_failed');
    second.listening?.close();
    const dialled = dial(network.transport, first.client);
    await dialled.untilEvent('open');
    await first.log.accepted();
    expect(second.events).toEqual(['fail listen_failed']);
  });

  it('says nothing when it is closed at once', async () => {
    const log = listen(network.transport, network.server());
    log.listening?.close();
    await settle(network);
    expect(log.events).toEqual([]);
  });

  it('leaves the links that it accepted alive when it is closed', async () => {
    const { log, client } = await listenOver(network);
    const dialled = dial(network.transport, client);
    const accepted = await log.accepted();
    await dialled.untilEvent('open');
    log.listening?.close();
    dialled.own.write(Buffer.from('ping'));
    await accepted.untilBytes(4);
    accepted.own.write(Buffer.from('pong'));
    await dialled.untilBytes(4);
    expect([...dialled.events, ...accepted.events]).toEqual(['open', 'data', 'data']);
  });

  it('takes no connection once it is closed', async () => {
    const { log, client } = await listenOver(network);
    log.listening?.close();
    const dialled = dial(network.transport, client);
    await dialled.untilClosed();
    expect(log.links).toEqual([]);
  });

  it('gives its place free when it is closed', async () => {
    const { log } = await listenOver(network);
    const bound = log.bound;
    if (bound === null) throw new Error('not bound');
    log.listening?.close();
    const again = listen(network.transport, bound);
    expect(await again.settled()).toBe(`ready ${bound.toString()}`);
  });

  it('may be closed twice', async () => {
    const { log } = await listenOver(network);
    log.listening?.close();
    const bound = log.bound as NonNullable<typeof log.bound>;
    const again = listen(network.transport, bound);
    await again.settled();
    // The second close is of the first listener, and takes nothing from the one that has its place now.
    log.listening?.close();
    const dialled = dial(network.transport, network.clientFor(bound));
    await dialled.untilEvent('open');
    await again.accepted();
  });

  it('survives connections that end at once', async () => {
    const { log, client } = await listenOver(network);
    for (let n = 0; n < 10; n++) dial(network.transport, client).own.reset();
    const last = dial(network.transport, client);
    await last.untilEvent('open');
    await settle(network);
    for (const { own } of log.links) if (own.isWritable) own.write(Buffer.from('!'));
    await last.untilBytes(1);
    expect(log.events.filter(event => event !== 'link')).toEqual([`ready ${String(log.bound)}`]);
  });

  it('hears of a connection once', async () => {
    const { dialled, accepted } = await joinedOver(network);
    dialled.own.write(Buffer.from('x'));
    await accepted.untilBytes(1);
    await settle(network);
    expect(accepted.events).toEqual(['data']);
  });
});

describe('the bound address', () => {
  it('is the host as asked with the port that was taken', async () => {
    for (const host of ['127.0.0.1', '0.0.0.0', '', 'localhost']) {
      const log = listen(netTransport, tcpServer(host, 0));
      expect(await log.settled()).toMatch(/^ready tcp\|[^|]*\|\d+$/);
      const bound = log.bound?.kind === 'tcp' ? log.bound : null;
      expect(bound?.host).toBe(host);
      expect(bound?.port).toBeGreaterThan(0);
    }
  });

  it('is the port that was asked for where one was', async () => {
    const port = await findFreeTcpPort();
    const log = listen(netTransport, tcpServer('127.0.0.1', port));
    expect(await log.settled()).toBe(`ready tcp|127.0.0.1|${String(port)}`);
  });

  it('can be reached on every interface where none was named', async () => {
    const log = listen(netTransport, tcpServer('', 0));
    await log.settled();
    const port = log.bound?.kind === 'tcp' ? log.bound.port : 0;
    const dialled = dial(netTransport, tcpClient('127.0.0.1', port));
    await dialled.untilEvent('open');
    await log.accepted();
  });

  it('is a path of at most 107 bytes with a file there, where the path was empty', async () => {
    const log = listen(netTransport, udsServer());
    await log.settled();
    const path = log.bound instanceof UdsAddress ? log.bound.path : '';
    expect(path).not.toBe('');
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(107);
    expect(existsSync(path)).toBe(true);
  });

  it('is the name as asked, or a new one where it was empty', async () => {
    const named = listen(memory, memServer('a name of its own'));
    expect(await named.settled()).toBe('ready mem|a name of its own');
    const free = listen(memory, memServer());
    await free.settled();
    expect(free.bound instanceof MemAddress ? free.bound.name : '').not.toBe('');
  });
});

describe('listening fails', () => {
  it('with listen_failed on a TCP port that another program has', async () => {
    const port = await findFreeTcpPort();
    const first = listen(netTransport, tcpServer('127.0.0.1', port));
    await first.settled();
    expect(await listen(netTransport, tcpServer('127.0.0.1', port)).settled()).toBe('fail listen_failed');
  });

  it('with listen_failed on a host that is not of this machine', async () => {
    // 192.0.2.0/24 is reserved for documentation: no interface has it.
    const log = listen(netTransport, tcpServer('192.0.2.1', 0));
    expect(await log.settled()).toBe('fail listen_failed');
  });

  it('with invalid_address for a host that does not resolve', async () => {
    const log = listen(netTransport, tcpServer(`${'x'.repeat(64)}.invalid`, 0));
    expect(await log.settled()).toBe('fail invalid_address');
  });

  it('for one name of the process, whichever transport asks', async () => {
    const other = new MemoryTransport(systemClock);
    const log = listen(memory, memServer('process-wide'));
    await log.settled();
    expect(await listen(other, memServer('process-wide')).settled()).toBe('fail listen_failed');
  });

  it('and says nothing about it when it was closed before', async () => {
    const log = listen(netTransport, tcpServer('192.0.2.1', 0));
    log.listening?.close();
    for (const network of transports) await settle(network);
    expect(log.events).toEqual([]);
  });
});
