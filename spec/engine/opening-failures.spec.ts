import { EngineCore } from '../../lib/engine/engine-core.js';
import { Engine as RxEngine } from '../../lib/rx/engine.js';
import { type ChannelGroup, type Engine, type Message, OpCode, statusName } from '../../lib/index.js';
import { findFreeTcpPort } from '../../lib/testing/index.js';
import { type Link, type LinkReceiver, type Transport } from '../../lib/transport/transport.js';
import { Status } from '../../lib/message/status.js';
import { lineOf } from '../support/conversation.js';
import { engineForSpec, expectAtRest } from '../support/engines.js';
import { linesUntilClosed, memberOf, say, untilClosed } from '../support/pair.js';
import { freePath, plainFile, staleSocket } from '../support/socket-files.js';

/** Posts a HelloRequest with these headers and a body; its channel. */
function postHelloWith(engine: Engine, group: ChannelGroup, headers: [string, string][]): number {
  const hello = engine.get();
  hello.opCode = OpCode.HelloRequest;
  hello.messageId = 99;
  for (const [name, value] of headers) hello.textHeaders.append(name, value);
  hello.body.append('does not come back');
  return group.post(hello).channelNumber;
}

const failures: [what: string, status: string, address: () => string | Promise<string>][] = [
  ['a host that can not be resolved', 'invalid_address', () => 'tcp|name.invalid|7099'],
  [
    'a port that nobody listens on',
    'connect_failed',
    async () => `tcp|127.0.0.1|${String(await findFreeTcpPort())}`,
  ],
  ['an address without a port', 'invalid_address', () => 'tcp|127.0.0.1'],
  ['an empty port', 'invalid_address', () => 'tcp|127.0.0.1|'],
  ['port 0', 'invalid_address', () => 'tcp|127.0.0.1|0'],
  ['a port over 65535', 'invalid_address', () => 'tcp|127.0.0.1|65536'],
  ['a port that is no number', 'invalid_address', () => 'tcp|127.0.0.1|http'],
  ['an unknown kind of address', 'invalid_address', () => 'ftp|127.0.0.1|21'],
  ['an address without a kind', 'invalid_address', () => 'nowhere'],
  ['an empty socket path', 'invalid_address', () => 'uds|'],
  ['a socket path of 108 bytes', 'invalid_address', () => `uds|/tmp/${'p'.repeat(103)}`],
  ['a socket path of 108 bytes in 54 letters', 'invalid_address', () => `uds|${'ö'.repeat(54)}`],
  ['a socket path of 107 bytes without a file', 'uds_path_not_found', () => `uds|/tmp/${'p'.repeat(102)}`],
  ['a missing socket file', 'uds_path_not_found', () => `uds|${freePath()}`],
  ['a socket file in a missing folder', 'uds_path_not_found', () => `uds|${freePath()}/app.sock`],
  ['a stale socket file', 'connect_failed', async () => `uds|${await staleSocket()}`],
  ['a plain file', 'connect_failed', async () => `uds|${await plainFile()}`],
  ['an in-process name that nobody has', 'connect_failed', () => 'mem|nobody'],
  ['an empty in-process name', 'invalid_address', () => 'mem|'],
];

describe('a HelloRequest to', () => {
  it.each(failures)('%s is answered by the engine with %s', async (_, status, makeAddress) => {
    const address = await makeAddress();
    const { engine, group } = memberOf(engineForSpec());
    const channel = postHelloWith(engine, group, [
      ['token', 'does not come back'],
      ['~connect_to', address],
    ]);
    const messages = await untilClosed(group, channel);
    expect(messages.map(lineOf)).toEqual([
      `HelloResponse ${status} ${String(channel)}`,
      `Signal channel_closed ${String(channel)}`,
    ]);
    expect(messages.map(message => message.messageId)).toEqual([99n, 99n]);
    expect(messages.map(message => [...message.textHeaders])).toEqual([[['~connect_to', address]], []]);
  });

  it.each([
    ['no address at all', [['token', 'x']], []],
    ['the address of a listener', [['~listen_on', 'mem|name']], []],
    [
      'two addresses, of which the first counts',
      [
        ['~connect_to', 'nowhere'],
        ['~connect_to', 'mem|nobody'],
      ],
      [['~connect_to', 'nowhere']],
    ],
  ] as [string, [string, string][], [string, string][]][])(
    '%s is answered with invalid_address',
    async (_, headers, answered) => {
      const { engine, group } = memberOf(engineForSpec());
      const channel = postHelloWith(engine, group, headers);
      const [failure] = await untilClosed(group, channel);
      expect(lineOf(failure as Message)).toBe(`HelloResponse invalid_address ${String(channel)}`);
      expect([...(failure as Message).textHeaders]).toEqual(answered);
    },
  );
});

describe('what is posted behind a HelloRequest that fails', () => {
  it.each(['tcp|name.invalid|7099', 'uds|/nothing/here', 'mem|nobody', 'nowhere'])(
    'comes back whole, in order, with peer_disconnected, behind the HelloResponse (%s)',
    async address => {
      const { engine, group } = memberOf(engineForSpec());
      const side = { engine, group, channel: postHelloWith(engine, group, [['~connect_to', address]]) };
      const body = new Uint8Array(65_535).map((_, n) => (31 * n + 7) % 256);
      say(side, OpCode.Request, { id: 1, more: true, payload: { headers: { part: '1' }, body: 'one' } });
      say(side, OpCode.Request, { id: 1, payload: body });
      say(side, OpCode.Signal, {
        id: 2,
        payload: {
          headers: [
            ['twice', 'a'],
            ['twice', 'b'],
          ],
        },
      });
      say(side, OpCode.Response, { id: 2n ** 64n - 1n });
      say(side, OpCode.ByeRequest, { id: 4 });

      const [failure, ...messages] = await untilClosed(group, side.channel);
      expect(failure?.opCode).toBe(OpCode.HelloResponse);
      const returned = messages.slice(0, -1);
      expect(returned.map(message => [message.isFromEngine(), statusName(message.status)])).toEqual(
        Array.from({ length: 5 }, () => [true, 'peer_disconnected']),
      );
      expect(returned.map(({ opCode, messageId, more }) => [opCode, messageId, more])).toEqual([
        [OpCode.Request, 1n, true],
        [OpCode.Request, 1n, false],
        [OpCode.Signal, 2n, false],
        [OpCode.Response, 2n ** 64n - 1n, false],
        [OpCode.ByeRequest, 4n, false],
      ]);
      expect(returned.map(message => [...message.textHeaders])).toEqual([
        [['part', '1']],
        [],
        [
          ['twice', 'a'],
          ['twice', 'b'],
        ],
        [],
        [],
      ]);
      expect(returned[0]?.body.text()).toBe('one');
      expect(Buffer.compare(returned[1]?.body.bytes() ?? body.subarray(1), body)).toBe(0);
    },
  );
});

/** A network on which nobody ever answers. */
class SilentNetwork implements Transport {
  readonly reset: Link[] = [];

  dial(_: unknown, receiver: LinkReceiver): Link {
    const link = {
      reset: () => {
        this.reset.push(link);
        setImmediate(() => {
          receiver.linkOnClose(Status.success);
        });
      },
    } as Link;
    return link;
  }

  listen(): never {
    throw new Error('nobody listens here');
  }
}

describe('connectTimeout', () => {
  it('ends a connection that is not made in time with connect_failed', async () => {
    const network = new SilentNetwork();
    const engine = new RxEngine(new EngineCore({ connectTimeout: 10 }, { transportFor: () => network }));
    const group = engine.createGroup();
    const side = {
      engine,
      group,
      channel: postHelloWith(engine, group, [['~connect_to', 'tcp|127.0.0.1|1']]),
    };
    say(side, OpCode.Request, { payload: 'behind' });
    expect(await linesUntilClosed(group, side.channel)).toEqual([
      `HelloResponse connect_failed ${String(side.channel)}`,
      `Request peer_disconnected ${String(side.channel)} "behind"`,
      `Signal channel_closed ${String(side.channel)}`,
    ]);
    expect(network.reset.length).toBe(1);
    await engine.destroy();
    expectAtRest(engine);
  });

  it('does not end a connection that was given up before', async () => {
    const network = new SilentNetwork();
    const engine = new RxEngine(new EngineCore({ connectTimeout: 10 }, { transportFor: () => network }));
    const group = engine.createGroup();
    const side = {
      engine,
      group,
      channel: postHelloWith(engine, group, [['~connect_to', 'tcp|127.0.0.1|1']]),
    };
    say(side, OpCode.ByeSignal);
    expect(await linesUntilClosed(group, side.channel)).toEqual([
      `Signal channel_closed ${String(side.channel)}`,
    ]);
    await engine.destroy();
    expectAtRest(engine);
  });
});
