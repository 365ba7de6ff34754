import { OpCode } from '../../lib/index.js';
import { lineOf, next, nextLine } from '../support/conversation.js';
import { linesUntilClosed, nextCopy, type Side } from '../support/pair.js';
import {
  askRaw,
  clientOfRaw,
  expectAlive,
  greetRaw,
  HELLO_REQUEST,
  HELLO_RESPONSE,
  listenForRaw,
} from '../support/raw-channels.js';
import { hexOf, RawPeer } from '../support/raw-peer.js';

const SIGNAL = '0001 02 00 0000000000000000 0000 0001';

describe('legal, though unusual, is', () => {
  it("any sender's channel number, changing from frame to frame", async () => {
    const { raw, server } = await greetRaw(await listenForRaw());
    for (const number of ['0000', '0001', 'fffe', 'ffff']) {
      raw.write(`${number} 02 00 0000000000000000 0000 0000`);
      expect(await nextLine(server.engine, server.group)).toBe(`Signal ${String(server.channel)}`);
    }
  });

  it.each([
    ['Request', '40'],
    ['Response', '41'],
    ['Signal', '42'],
    ['Request with more', '60'],
  ])('bit A on a %s', async (what, proto) => {
    const { raw, server } = await greetRaw(await listenForRaw());
    raw.write(`0001 ${proto} 00 0000000000000005 0000 0000`);
    const message = await nextCopy(server.group);
    expect(lineOf(message)).toBe(`${what.split(' ')[0] as string} ${String(server.channel)}`);
    expect([message.messageId, message.more]).toEqual([5n, what.endsWith('more')]);
  });

  it.each([
    ['ByeRequest', '45'],
    ['ByeResponse', '46'],
  ])('bit A on a %s', async (what, proto) => {
    const { raw, server } = await greetRaw(await listenForRaw());
    raw.write(`0001 ${proto} 00 0000000000000005 0000 0000`);
    expect(await nextLine(server.engine, server.group)).toBe(`${what} ${String(server.channel)}`);
  });

  it.each([
    ['Request', '00'],
    ['Signal', '02'],
    ['Request with more', '20'],
    ['Signal with more', '22'],
  ])('id 0 on a %s', async (what, proto) => {
    const { raw, server } = await greetRaw(await listenForRaw());
    raw.write(`0001 ${proto} 00 0000000000000000 0000 0000`);
    const message = await nextCopy(server.group);
    expect(lineOf(message)).toBe(`${what.split(' ')[0] as string} ${String(server.channel)}`);
    expect([message.messageId, message.isFromApplication()]).toEqual([0n, true]);
  });

  it('more on a Response and the greatest id', async () => {
    const { raw, server } = await greetRaw(await listenForRaw());
    raw.write('0001 21 00 ffffffffffffffff 0000 0000');
    const message = await nextCopy(server.group);
    expect([message.opCode, message.more, message.messageId]).toEqual([
      OpCode.Response,
      true,
      2n ** 64n - 1n,
    ]);
  });

  it('a HelloRequest without text headers', async () => {
    const target = await listenForRaw();
    const raw = await RawPeer.connect({ port: target.port });
    raw.write(HELLO_REQUEST);
    const hello = await nextCopy(target.group);
    expect([hello.opCode, hello.textHeaders.byteLength]).toEqual([OpCode.HelloRequest, 0]);
  });

  it('a header line without a colon: a name with an empty value', async () => {
    const { raw, server } = await greetRaw(await listenForRaw());
    const block = hexOf('flag\r\nname: value \r\nempty:\r\n');
    raw.write(`0001 00 00 0000000000000005 ${hex16(block.length / 2)} 0000`, block);
    expect([...(await nextCopy(server.group)).textHeaders]).toEqual([
      ['flag', ''],
      ['name', 'value'],
      ['empty', ''],
    ]);
  });

  it('a header block that is no UTF-8: shown with U+FFFD, and sent on byte for byte', async () => {
    const { raw, server } = await greetRaw(await listenForRaw());
    const block = `${hexOf('k:a')}ff${hexOf('z')}c3${hexOf('\r\nlast:line without an end')}`;
    raw.write(`0001 00 00 0000000000000005 ${hex16(block.length / 2)} 0002`, block, hexOf('ok'));
    const message = await next(server.group);
    expect(message.textHeaders.get('k')).toBe('a\ufffdz\ufffd');
    expect(message.textHeaders.get('last')).toBe('line without an end');
    const before = raw.received.length / 2;
    server.group.post(message);
    const length = 16 + block.length / 2 + 2;
    const sent = (await raw.read(before + length)).slice(2 * before);
    expect(sent.slice(2 * 16)).toBe(block + hexOf('ok'));
  });

  it.each(['server', 'client'] as const)('a ByeResponse that a %s did not ask for', async who => {
    const { raw, side } =
      who === 'client'
        ? await clientOfRaw().then(({ raw, client }) => ({ raw, side: client }))
        : await greetRaw(await listenForRaw()).then(({ raw, server }) => ({ raw, side: server }));
    raw.write('0001 06 00 0000000000000005 0000 0003', hexOf('bye'));
    expect(await linesUntilClosed(side.group, side.channel)).toEqual([
      `ByeResponse ${String(side.channel)} "bye"`,
      `Signal channel_closed ${String(side.channel)}`,
    ]);
    expect(side.engine.stats().framesRejected).toBe(0);
  });

  it('everything regular, and a bye, before the HelloResponse', async () => {
    const { raw, client } = await askRaw();
    raw.write(
      '0001 00 00 0000000000000001 0000 0000',
      '0001 01 00 0000000000000002 0000 0000',
      '0001 02 00 0000000000000000 0000 0000',
      HELLO_RESPONSE,
      '0001 05 00 0000000000000003 0000 0000',
    );
    for (const name of ['Request', 'Response', 'Signal', 'HelloResponse', 'ByeRequest']) {
      expect(await nextLine(client.engine, client.group)).toBe(`${name} ${String(client.channel)}`);
    }
  });

  it('a ByeResponse behind the ByeRequest of the same peer', async () => {
    const { raw, server } = await greetRaw(await listenForRaw());
    raw.write('0001 05 00 0000000000000004 0000 0000', '0001 06 00 0000000000000005 0000 0000');
    expect(await linesUntilClosed(server.group, server.channel)).toEqual([
      `ByeRequest ${String(server.channel)}`,
      `ByeResponse ${String(server.channel)}`,
      `Signal channel_closed ${String(server.channel)}`,
    ]);
  });

  it('any body: what it looks like is not looked at', async () => {
    const { raw, server } = await greetRaw(await listenForRaw());
    raw.write('0001 00 00 0000000000000005 0000 0010', '0001 0f ff 0000000000000000 ffff ffff');
    expect((await nextCopy(server.group)).body.byteLength).toBe(16);
    await expectAlive(raw, server);
  });
});

describe.each([
  ['64 slots', {}],
  ['one slot', { initialPoolMsgs: 1, maxPoolMsgs: 1 }],
] as const)('with %s, what was read before', (_, options) => {
  /** The lines of a channel up to channel_closed, without what the pool has to say. */
  async function linesOf(side: Side): Promise<string[]> {
    const lines = await linesUntilClosed(side.group, side.channel);
    return lines.filter(line => line !== 'Signal pool_empty 0');
  }

  const three = [SIGNAL, hexOf('1'), SIGNAL, hexOf('2'), SIGNAL, hexOf('3')];

  it('an illegal frame is delivered first', async () => {
    const { raw, server } = await greetRaw(await listenForRaw(options));
    raw.write(...three, '0001 0f 00 0000000000000005 0000 0000', SIGNAL, hexOf('4'));
    const n = String(server.channel);
    expect(await linesOf(server)).toEqual([
      `Signal ${n} "1"`,
      `Signal ${n} "2"`,
      `Signal ${n} "3"`,
      `Signal recv_failed ${n}`,
      `Signal channel_closed ${n}`,
    ]);
  });

  it('a FIN is delivered first', async () => {
    const { raw, server } = await greetRaw(await listenForRaw(options));
    raw.write(...three);
    raw.fin();
    const n = String(server.channel);
    expect(await linesOf(server)).toEqual([
      `Signal ${n} "1"`,
      `Signal ${n} "2"`,
      `Signal ${n} "3"`,
      `Signal channel_closed ${n}`,
    ]);
  });

  it('a reset is delivered first', async () => {
    const { raw, server } = await greetRaw(await listenForRaw(options));
    raw.write(...three);
    // All three are one chunk: the first of them here means that node handed over all.
    using first = await next(server.group);
    raw.reset();
    const n = String(server.channel);
    expect(lineOf(first)).toBe(`Signal ${n} "1"`);
    first[Symbol.dispose]();
    expect(await linesOf(server)).toEqual([
      `Signal ${n} "2"`,
      `Signal ${n} "3"`,
      `Signal channel_closed ${n}`,
    ]);
  });

  it.each([
    ['header', '0001 02 00 0000'],
    ['body', '0001 02 00 0000000000000000 0000 0002 61'],
  ])('half a %s at the end is delivered, and the half is dropped', async (_half, hex) => {
    const { raw, server } = await greetRaw(await listenForRaw(options));
    raw.write(...three, hex);
    raw.fin();
    const n = String(server.channel);
    expect(await linesOf(server)).toEqual([
      `Signal ${n} "1"`,
      `Signal ${n} "2"`,
      `Signal ${n} "3"`,
      `Signal channel_closed ${n}`,
    ]);
    expect(server.engine.stats().framesRejected).toBe(0);
  });
});

describe('half a hello and a FIN', () => {
  it('are no channel, and nothing that the group hears of', async () => {
    const target = await listenForRaw();
    const raw = await RawPeer.connect({ port: target.port });
    raw.write('0001 03 00 00000000');
    raw.fin();
    await raw.end();
    const good = await greetRaw(target);
    await expectAlive(good.raw, good.server);
    expect(target.engine.stats()).toMatchObject({ framesRejected: 0, connectionsRefused: 0 });
    expect(await target.group.waitReceive(0)).toBeNull();
  });
});

function hex16(value: number): string {
  return value.toString(16).padStart(4, '0');
}
