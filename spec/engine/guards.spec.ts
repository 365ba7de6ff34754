import { OpCode, Status } from '../../lib/index.js';
import { lineOf, nextLine } from '../support/conversation.js';
import { eventually } from '../support/eventually.js';
import { fillQueue, type Side, untilClosed } from '../support/pair.js';
import {
  askRaw,
  clientOfRaw,
  expectAlive,
  greetRaw,
  HELLO_ID,
  HELLO_REQUEST,
  HELLO_RESPONSE,
  listenForRaw,
} from '../support/raw-channels.js';
import { hexOf, RawPeer } from '../support/raw-peer.js';

/** What no peer may send at any time: the rule that it breaks, and the frame. */
const ALWAYS_ILLEGAL: [rule: string, frame: string][] = [
  ['opCode 10', '0001 0a 00 0000000000000005 0000 0000'],
  ['opCode 11', '0001 0b 00 0000000000000005 0000 0000'],
  ['opCode 12', '0001 0c 00 0000000000000005 0000 0000'],
  ['opCode 13', '0001 0d 00 0000000000000005 0000 0000'],
  ['opCode 14', '0001 0e 00 0000000000000005 0000 0000'],
  ['opCode 15', '0001 0f 00 0000000000000005 0000 0000'],
  ['a ByeSignal', '0001 07 00 0000000000000005 0000 0000'],
  ['a WelcomeRequest', '0001 08 00 0000000000000005 0000 0000'],
  ['a WelcomeResponse', '0001 09 00 0000000000000005 0000 0000'],
  ['origin engine', '0001 10 00 0000000000000005 0000 0000'],
  ['origin engine on a Signal', '0001 12 00 0000000000000005 0000 0000'],
  ['status 1', '0001 00 01 0000000000000005 0000 0000'],
  ['status 22, channel_closed', '0001 02 16 0000000000000005 0000 0000'],
  ['status 255', '0001 00 ff 0000000000000005 0000 0000'],
  ['internal bit B', '0001 80 00 0000000000000005 0000 0000'],
  ['more on a ByeRequest', '0001 25 00 0000000000000005 0000 0000'],
  ['more on a ByeResponse', '0001 26 00 0000000000000005 0000 0000'],
  ['a Response with id 0', '0001 01 00 0000000000000000 0000 0000'],
  ['a ByeRequest with id 0', '0001 05 00 0000000000000000 0000 0000'],
  ['a ByeResponse with id 0', '0001 06 00 0000000000000000 0000 0000'],
];

const FOR_SERVERS: [rule: string, frame: string][] = [
  ...ALWAYS_ILLEGAL,
  ['a second HelloRequest', '0001 03 00 0000000000000005 0000 0000'],
  ['its HelloRequest again', HELLO_REQUEST],
  ['more on a HelloRequest', '0001 23 00 0000000000000005 0000 0000'],
  ['a HelloRequest with id 0', '0001 03 00 0000000000000000 0000 0000'],
  ['a HelloResponse', '0001 04 00 0000000000000005 0000 0000'],
  ["a HelloResponse with the hello's id", HELLO_RESPONSE],
];

const FOR_CLIENTS: [rule: string, frame: string][] = [
  ...ALWAYS_ILLEGAL,
  ['a HelloRequest', '0001 03 00 0000000000000005 0000 0000'],
  ['a second HelloResponse', HELLO_RESPONSE],
  ['a second HelloResponse with another id', '0001 04 00 0000000000000005 0000 0000'],
];

const INSTEAD_OF_HELLO_RESPONSE: [rule: string, frame: string][] = [
  ...ALWAYS_ILLEGAL,
  ['a HelloRequest', HELLO_REQUEST],
  ["a HelloResponse with another id than its HelloRequest's", '0001 04 00 0000000000000064 0000 0000'],
  ['a HelloResponse whose id differs in the upper half', '0001 04 00 0000000100000063 0000 0000'],
  ['a HelloResponse with id 0', '0001 04 00 0000000000000000 0000 0000'],
  ['more on the HelloResponse', '0001 24 00 0000000000000063 0000 0000'],
];

const BEHIND_BYE_REQUEST: [rule: string, frame: string][] = [
  ['a Request', '0001 00 00 0000000000000005 0000 0000'],
  ['a Response', '0001 01 00 0000000000000005 0000 0000'],
  ['a Signal', '0001 02 00 0000000000000005 0000 0000'],
  [
    'a Signal with rx-credit, where no credit was agreed',
    `0001 02 00 0000000000000000 000d 0000 ${hexOf('rx-credit:5\r\n')}`,
  ],
  ['a HelloRequest', '0001 03 00 0000000000000005 0000 0000'],
  ['a HelloResponse', '0001 04 00 0000000000000005 0000 0000'],
  ['a second ByeRequest', '0001 05 00 0000000000000005 0000 0000'],
];

const NO_HELLO_REQUEST: [rule: string, frame: string][] = [
  ...ALWAYS_ILLEGAL,
  ['a Request', '0001 00 00 0000000000000005 0000 0000'],
  ['a Response', '0001 01 00 0000000000000005 0000 0000'],
  ['a Signal', '0001 02 00 0000000000000005 0000 0000'],
  ['a HelloResponse', '0001 04 00 0000000000000005 0000 0000'],
  ['a ByeRequest', '0001 05 00 0000000000000005 0000 0000'],
  ['a ByeResponse', '0001 06 00 0000000000000005 0000 0000'],
  ['a HelloRequest with id 0', '0001 03 00 0000000000000000 0000 0000'],
  ['more on a HelloRequest', '0001 23 00 0000000000000005 0000 0000'],
  ['text of another protocol', hexOf('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
];

/** recv_failed with the id that opened the channel and nothing else, then channel_closed. */
async function expectFault(side: Side, rejectedBefore = 0): Promise<void> {
  const messages = await untilClosed(side.group, side.channel);
  expect(messages.map(lineOf)).toEqual([
    `Signal recv_failed ${String(side.channel)}`,
    `Signal channel_closed ${String(side.channel)}`,
  ]);
  expect(messages.map(message => message.messageId)).toEqual([HELLO_ID, HELLO_ID]);
  expect(messages.map(message => message.textHeaders.byteLength + message.body.byteLength)).toEqual([0, 0]);
  expect(side.engine.stats().framesRejected).toBe(rejectedBefore + 1);
}

describe('a server', () => {
  it.each(FOR_SERVERS)('closes a channel on %s, and no other', async (_, frame) => {
    const target = await listenForRaw();
    const good = await greetRaw(target);
    const bad = await greetRaw(target);
    bad.raw.write(frame);
    await expectFault(bad.server);
    expect(await bad.raw.end()).toBe('ECONNRESET');
    await expectAlive(good.raw, good.server);
  });

  it.each(BEHIND_BYE_REQUEST)(
    'closes a channel on %s behind a ByeRequest, and no other',
    async (_, frame) => {
      const target = await listenForRaw();
      const good = await greetRaw(target);
      const bad = await greetRaw(target);
      bad.raw.write('0001 05 00 0000000000000004 0000 0000', frame);
      expect(await nextLine(target.engine, target.group)).toBe(`ByeRequest ${String(bad.server.channel)}`);
      await expectFault(bad.server);
      await expectAlive(good.raw, good.server);
    },
  );

  it.each(NO_HELLO_REQUEST)('resets a connection that begins with %s, and says nothing', async (_, frame) => {
    const target = await listenForRaw();
    const good = await greetRaw(target);
    const bad = await RawPeer.connect({ port: target.port });
    bad.write(frame);
    expect(await bad.end()).toBe('ECONNRESET');
    expect(target.engine.stats()).toMatchObject({ framesRejected: 1, connectionsRefused: 0 });
    expect(target.engine.stats().channels).toEqual({ connecting: 0, ready: 1, closing: 0, listening: 1 });
    await expectAlive(good.raw, good.server);
    expect(await target.group.waitReceive(0)).toBeNull();
  });

  it('goes on listening after connections that end or break without a word', async () => {
    const target = await listenForRaw();
    for (let n = 0; n < 20; n++) {
      const peer = await RawPeer.connect({ port: target.port });
      if (n % 2 === 0) peer.reset();
      else peer.fin();
    }
    const good = await greetRaw(target);
    await expectAlive(good.raw, good.server);
    expect(target.engine.stats()).toMatchObject({ framesRejected: 0, connectionsRefused: 0, messagesIn: 2 });
    expect(await target.group.waitReceive(0)).toBeNull();
  });

  it('that is destroyed resets the connections that wait for their hello', async () => {
    const target = await listenForRaw();
    const raw = await RawPeer.connect({ port: target.port });
    raw.write('0001');
    await eventually('the connection is accepted', () => target.engine.stats().bytesIn === 2);
    await target.group.destroy();
    expect(await raw.end()).toBe('ECONNRESET');
  });

  it('goes on listening after many connections that said no hello', async () => {
    const target = await listenForRaw();
    const peers = await Promise.all(Array.from({ length: 50 }, () => RawPeer.connect({ port: target.port })));
    for (const [n, peer] of peers.entries()) peer.write((NO_HELLO_REQUEST[n % 20] as [string, string])[1]);
    expect(await Promise.all(peers.map(peer => peer.end()))).toEqual(peers.map(() => 'ECONNRESET'));
    expect(target.engine.stats().framesRejected).toBe(50);
    const good = await greetRaw(target);
    await expectAlive(good.raw, good.server);
  });
});

describe('a client', () => {
  it.each(FOR_CLIENTS)('closes its channel on %s', async (_, frame) => {
    const { raw, client } = await clientOfRaw();
    raw.write(frame);
    await expectFault(client);
    expect(await raw.end()).toBe('ECONNRESET');
  });

  it.each(INSTEAD_OF_HELLO_RESPONSE)(
    'closes its channel on %s as the answer to its hello',
    async (_, frame) => {
      const { raw, client } = await askRaw();
      raw.write(frame);
      await expectFault(client);
    },
  );

  it.each(BEHIND_BYE_REQUEST)('closes its channel on %s behind a ByeRequest', async (_, frame) => {
    const { raw, client } = await clientOfRaw();
    raw.write('0001 05 00 0000000000000004 0000 0000', frame);
    expect(await nextLine(client.engine, client.group)).toBe(`ByeRequest ${String(client.channel)}`);
    await expectFault(client);
  });

  it('gets its unsent messages back with recv_failed, behind the Signal that says so', async () => {
    const { raw, client } = await clientOfRaw();
    raw.pause();
    const posted = fillQueue(client);
    raw.write('0001 0f 00 0000000000000005 0000 0000');
    const [fault, ...rest] = await untilClosed(client.group, client.channel);
    expect([fault?.opCode, fault?.messageId, fault?.body.byteLength]).toEqual([OpCode.Signal, HELLO_ID, 0]);
    expect(fault?.status).toBe(Status.recvFailed);
    const returned = rest.slice(0, -1);
    expect(returned.length).toBeGreaterThan(0);
    expect(returned.map(message => message.messageId)).toEqual(posted.slice(-returned.length));
    for (const { opCode, status } of returned)
      expect([opCode, status]).toEqual([OpCode.Request, Status.recvFailed]);
  });

  it('closes its channel on a HelloResponse behind a ByeRequest that came before it', async () => {
    const { raw, client } = await askRaw();
    raw.write('0001 05 00 0000000000000004 0000 0000', HELLO_RESPONSE);
    expect(await nextLine(client.engine, client.group)).toBe(`ByeRequest ${String(client.channel)}`);
    await expectFault(client);
  });
});
