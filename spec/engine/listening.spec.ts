import { existsSync, readFileSync, statSync } from 'node:fs';
import net from 'node:net';
import {
  type ChannelGroup,
  type Engine,
  memClient,
  memServer,
  type Message,
  OpCode,
  parseAddress,
  tcpClient,
  tcpServer,
  udsClient,
  udsServer,
} from '../../lib/index.js';
import { findFreeTcpPort } from '../../lib/testing/index.js';
import { connectTo, lineOf, listenOn, nextLine, postHello } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { networks } from '../support/networks.js';
import { linesUntilClosed, memberOf, nextCopy, say, untilClosed } from '../support/pair.js';
import { folder, freePath, plainFile, staleSocket } from '../support/socket-files.js';

/** Posts a WelcomeRequest for an address as it stands in its header; its channel. */
function postWelcome(engine: Engine, group: ChannelGroup, address: string): number {
  const welcome = engine.get();
  welcome.opCode = OpCode.WelcomeRequest;
  welcome.messageId = 99;
  welcome.textHeaders.append('token', 'does not come back');
  welcome.textHeaders.append('~listen_on', address);
  welcome.body.append('does not come back');
  return group.post(welcome).channelNumber;
}

async function expectListenFailure(address: string, status: string): Promise<void> {
  const { engine, group } = memberOf(engineForSpec());
  const channel = postWelcome(engine, group, address);
  const messages = await untilClosed(group, channel);
  expect(messages.map(lineOf)).toEqual([
    `WelcomeResponse ${status} ${String(channel)}`,
    `Signal channel_closed ${String(channel)}`,
  ]);
  expect(messages.map(message => message.messageId)).toEqual([99n, 99n]);
  expect([...(messages[0] as Message).textHeaders]).toEqual([['~listen_on', address]]);
}

describe('a WelcomeRequest for', () => {
  it.each([
    ['an unparsable address', 'nowhere'],
    ['an address without a port', 'tcp|127.0.0.1'],
    ['a port over 65535', 'tcp|127.0.0.1|65536'],
    ['a host that can not be resolved', 'tcp|name.invalid|0'],
    ['a socket path of 108 bytes', `uds|/tmp/${'p'.repeat(103)}`],
  ])('%s is answered with invalid_address', async (_, address) => {
    await expectListenFailure(address, 'invalid_address');
  });

  it('no address at all is answered with invalid_address, and without an address', async () => {
    const { engine, group } = memberOf(engineForSpec());
    const welcome = engine.get();
    welcome.opCode = OpCode.WelcomeRequest;
    welcome.textHeaders.append('~connect_to', 'mem|name');
    const { channelNumber } = group.post(welcome);
    const [failure] = await untilClosed(group, channelNumber);
    expect(lineOf(failure as Message)).toBe(`WelcomeResponse invalid_address ${String(channelNumber)}`);
    expect([...(failure as Message).textHeaders]).toEqual([]);
  });

  it('a port that another program has is answered with listen_failed', async () => {
    const other = net.createServer();
    await new Promise<void>(resolve => other.listen({ host: '127.0.0.1', port: 0 }, resolve));
    const { port } = other.address() as net.AddressInfo;
    await expectListenFailure(`tcp|127.0.0.1|${String(port)}`, 'listen_failed');
    await new Promise(resolve => other.close(resolve));
  });

  it('an address of another machine is answered with listen_failed', async () => {
    await expectListenFailure('tcp|192.0.2.1|0', 'listen_failed');
  });

  it('a plain file is answered with listen_failed, and the file is left as it was', async () => {
    const path = await plainFile('precious');
    await expectListenFailure(`uds|${path}`, 'listen_failed');
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it('a folder is answered with listen_failed, and the folder is left', async () => {
    const path = await folder();
    await expectListenFailure(`uds|${path}`, 'listen_failed');
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it('a path in a missing folder is answered with listen_failed, and none is made', async () => {
    const path = freePath();
    await expectListenFailure(`uds|${path}/app.sock`, 'listen_failed');
    expect(existsSync(path)).toBe(false);
  });

  it.each(networks)(
    'a place where an engine listens over $name is answered with listen_failed',
    async network => {
      const server = memberOf(engineForSpec());
      const client = memberOf(engineForSpec());
      const listener = await listenOn(server.engine, server.group, network);
      await expectListenFailure(listener.client.toString(), 'listen_failed');
      await connectTo(client, server, listener.client);
    },
  );
});

describe('a listener', () => {
  it('replaces a stale socket file', async () => {
    const path = await staleSocket();
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const channel = postWelcome(server.engine, server.group, `uds|${path}`);
    expect(await nextLine(server.engine, server.group)).toBe(`WelcomeResponse success ${String(channel)}`);
    await connectTo(client, server, udsClient(path));
  });

  it.each(['ByeSignal', 'destroy'])('removes its socket file when it ends by %s', async how => {
    const path = freePath();
    const server = memberOf(engineForSpec());
    const channel = postWelcome(server.engine, server.group, `uds|${path}`);
    expect(await nextLine(server.engine, server.group)).toBe(`WelcomeResponse success ${String(channel)}`);
    expect(statSync(path).isSocket()).toBe(true);
    if (how === 'destroy') {
      await server.group.destroy();
    } else {
      say({ ...server, channel }, OpCode.ByeSignal);
      await linesUntilClosed(server.group, channel);
    }
    expect(existsSync(path)).toBe(false);
  });

  it('on port 0 names the port that it took', async () => {
    const { engine, group } = memberOf(engineForSpec());
    postWelcome(engine, group, 'tcp|127.0.0.1|0');
    const bound = (await nextCopy(group)).textHeaders.get('~listen_on');
    expect(bound).toMatch(/^tcp\|127\.0\.0\.1\|[1-9]\d*$/);
  });

  it('on an empty path names the socket file that it took', async () => {
    const { engine, group } = memberOf(engineForSpec());
    postWelcome(engine, group, 'uds|');
    const bound = parseAddress(await nextCopy(group));
    if (bound?.kind !== 'uds') throw new Error('no socket path was named');
    expect(statSync(bound.path).isSocket()).toBe(true);
  });

  it('on an empty in-process name names the one that it took', async () => {
    const { engine, group } = memberOf(engineForSpec());
    postWelcome(engine, group, 'mem|');
    postWelcome(engine, group, 'mem|');
    const names = [await nextCopy(group), await nextCopy(group)].map(welcome =>
      welcome.textHeaders.get('~listen_on'),
    );
    expect(names[0]).toMatch(/^mem\|.+/);
    expect(new Set(names).size).toBe(2);
  });

  it.each(['', '0.0.0.0'])(
    'on all interfaces (host %p) names the host as asked and the port as bound',
    async host => {
      const server = memberOf(engineForSpec());
      const client = memberOf(engineForSpec());
      const port = await findFreeTcpPort();
      const welcome = server.engine.get();
      tcpServer(host, port).format(welcome);
      server.group.post(welcome);
      const bound = (await nextCopy(server.group)).textHeaders.get('~listen_on');
      expect(bound).toBe(`tcp|${host}|${String(port)}`);
      await connectTo(client, server, tcpClient('127.0.0.1', port));
    },
  );

  it('is one of two on a group, each at its own address', async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const path = freePath();
    for (const address of [memServer('listening-spec'), udsServer(path)]) {
      const welcome = server.engine.get();
      address.format(welcome);
      const { channelNumber } = server.group.post(welcome);
      const answer = await nextCopy(server.group);
      expect(answer.channelNumber).toBe(channelNumber);
      expect(answer.textHeaders.get('~listen_on')).toBe(address.toString());
    }
    await connectTo(client, server, memClient('listening-spec'));
    await connectTo(client, server, udsClient(path));
  });
});

describe.each(networks)('a listener over $name', network => {
  it('that ends by ByeSignal while it opens never listens', async () => {
    const server = memberOf(engineForSpec());
    const first = await listenOn(server.engine, server.group, network);
    say({ ...server, channel: first.channel }, OpCode.ByeSignal);
    await linesUntilClosed(server.group, first.channel);

    // The address is free again: the second listener takes it, and gives it up while it opens.
    const channel = postWelcome(server.engine, server.group, first.client.toString());
    say({ ...server, channel }, OpCode.ByeSignal);
    expect(await linesUntilClosed(server.group, channel)).toEqual([
      `Signal channel_closed ${String(channel)}`,
    ]);

    const third = postWelcome(server.engine, server.group, first.client.toString());
    expect(await nextLine(server.engine, server.group)).toBe(`WelcomeResponse success ${String(third)}`);
  });

  it('frees its address, and leaves the connections that it accepted alive', async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const channel = await connectTo(client, server, listener.client);
    say({ ...server, channel: listener.channel }, OpCode.ByeSignal);
    expect(await linesUntilClosed(server.group, listener.channel)).toEqual([
      `Signal channel_closed ${String(listener.channel)}`,
    ]);

    say({ ...client, channel: channel.client }, OpCode.Request, { payload: 'still here' });
    expect(await nextLine(server.engine, server.group)).toBe(
      `Request ${String(channel.server)} "still here"`,
    );

    const gone = postHello(client.engine, client.group, listener.client);
    expect((await linesUntilClosed(client.group, gone)).length).toBe(2);
    const again = postWelcome(server.engine, server.group, listener.client.toString());
    expect(await nextLine(server.engine, server.group)).toBe(`WelcomeResponse success ${String(again)}`);
    await connectTo(client, server, listener.client);
  });
});
