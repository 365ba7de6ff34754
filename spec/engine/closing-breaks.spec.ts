import { OpCode, Status } from '../../lib/index.js';
import { connectTo, lineOf, listenOn, next, nextLine, postHello } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { type Network, networks } from '../support/networks.js';
import {
  fillQueue,
  linesUntilClosed,
  memberOf,
  nextCopy,
  pairOver,
  returnedIds,
  say,
  untilClosed,
} from '../support/pair.js';
import { clientOfRaw, greetRaw, listenForRaw } from '../support/raw-channels.js';
import { hexOf } from '../support/raw-peer.js';

const tcp = networks[0] as Network;

describe.each(networks)('over $name', network => {
  it('a ByeSignal gives the send queue back with channel_closed, and then ends the channel', async () => {
    const { client, server } = await pairOver(network);
    const posted = fillQueue(client);
    say(client, OpCode.ByeSignal);
    const returned = await returnedIds(client, 'channel_closed');
    expect(returned.length).toBeGreaterThan(0);
    expect(returned).toEqual(posted.slice(-returned.length));
    expect((await linesUntilClosed(server.group, server.channel)).at(-1)).toBe(
      `Signal channel_closed ${String(server.channel)}`,
    );
  });

  it('a ByeSignal is used up: only channel_closed follows', async () => {
    const { client } = await pairOver(network);
    say(client, OpCode.ByeSignal, { id: 77 });
    expect(await linesUntilClosed(client.group, client.channel)).toEqual([
      `Signal channel_closed ${String(client.channel)}`,
    ]);
  });

  it('a ByeSignal drops what was read and not delivered; what is in the inbox stays', async () => {
    const { client, server } = await pairOver(network, {
      client: { initialPoolMsgs: 2, maxPoolMsgs: 2 },
    });
    for (const payload of ['one', 'two', 'three', 'four']) say(server, OpCode.Signal, { payload });
    await eventually('the client is paused', () => client.engine.stats().pausedChannels === 1);
    say(client, OpCode.ByeSignal);
    const lines = await linesUntilClosed(client.group, client.channel);
    expect(lines).toEqual([
      `Signal ${String(client.channel)} "one"`,
      `Signal ${String(client.channel)} "two"`,
      'Signal pool_empty 0',
      `Signal channel_closed ${String(client.channel)}`,
    ]);
  });

  it('what is unsent when the peer breaks comes back with peer_disconnected', async () => {
    const { client, server } = await pairOver(network);
    const posted = fillQueue(client);
    void server.group.destroy();
    const returned = await returnedIds(client, 'peer_disconnected');
    expect(returned.length).toBeGreaterThan(0);
    expect(returned).toEqual(posted.slice(-returned.length));
  });

  it('what is posted in the turn in which the peer breaks comes back', async () => {
    const { client, server } = await pairOver(network);
    void server.group.destroy();
    say(client, OpCode.Request, { id: 61, payload: new Uint8Array(20_000) });
    say(client, OpCode.Request, { id: 62, payload: new Uint8Array(20_000) });
    say(client, OpCode.Request, { id: 63 });
    const messages = await untilClosed(client.group, client.channel);
    expect(messages.slice(0, -1).map(({ messageId, status }) => [messageId, status])).toEqual([
      [61n, Status.peerDisconnected],
      [62n, Status.peerDisconnected],
      [63n, Status.peerDisconnected],
    ]);
  });

  it('what was sent before a break is received before channel_closed', async () => {
    const { client, server } = await pairOver(network);
    for (let n = 0; n < 10; n++) say(client, OpCode.Signal, { payload: String(n) });
    using first = await next(server.group);
    expect(first.body.text()).toBe('0');
    say(client, OpCode.ByeSignal);
    expect(await linesUntilClosed(server.group, server.channel)).toEqual([
      ...Array.from({ length: 9 }, (_, n) => `Signal ${String(server.channel)} "${String(n + 1)}"`),
      `Signal channel_closed ${String(server.channel)}`,
    ]);
  });

  it('what came back may be posted again on another channel', async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const lost = { ...client, channel: (await connectTo(client, server, listener.client)).client };
    const payload = { headers: { name: 'value' }, body: 'again' };
    say(lost, OpCode.Request, { id: 61, more: true, payload });
    say(lost, OpCode.Request, { id: 61, payload: new Uint8Array(5_000).fill(7) });
    say(lost, OpCode.ByeSignal);
    const returned = [await next(client.group), await next(client.group)];
    await linesUntilClosed(client.group, lost.channel);

    const channel = postHello(client.engine, client.group, listener.client);
    for (const message of returned) {
      message.channelNumber = channel;
      client.group.post(message);
    }
    const arrived = [];
    while (arrived.length < 3) {
      const message = await nextCopy(server.group);
      if (message.isFromApplication()) arrived.push(message);
    }
    expect(arrived.slice(1).map(({ opCode, messageId, more }) => [opCode, messageId, more])).toEqual([
      [OpCode.Request, 61n, true],
      [OpCode.Request, 61n, false],
    ]);
    expect([arrived[1]?.textHeaders.get('name'), arrived[1]?.body.text()]).toEqual(['value', 'again']);
    expect(arrived[2]?.body.bytes()).toEqual(new Uint8Array(5_000).fill(7));
  });

  it('a break ends its own channel alone', async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const kept = await connectTo(client, server, listener.client);
    const lost = await connectTo(client, server, listener.client);
    say({ ...client, channel: lost.client }, OpCode.ByeSignal);
    await linesUntilClosed(client.group, lost.client);
    await linesUntilClosed(server.group, lost.server);
    say({ ...client, channel: kept.client }, OpCode.Request, { payload: 'on' });
    expect(await nextLine(server.engine, server.group)).toBe(`Request ${String(kept.server)} "on"`);
  });
});

describe('over tcp, seen by a peer that is no rxtofu,', () => {
  it('a ByeSignal is a reset', async () => {
    const { raw, server } = await greetRaw(await listenForRaw());
    say(server, OpCode.ByeSignal);
    expect(await raw.end()).toBe('ECONNRESET');
    await untilClosed(server.group, server.channel);
  });

  it("a client's ByeSignal is a reset", async () => {
    const { raw, client } = await clientOfRaw();
    say(client, OpCode.ByeSignal);
    expect(await raw.end()).toBe('ECONNRESET');
    await untilClosed(client.group, client.channel);
  });

  it('the end of a group is a reset', async () => {
    const { raw, server } = await greetRaw(await listenForRaw());
    await server.group.destroy();
    expect(await raw.end()).toBe('ECONNRESET');
  });

  it('a ByeResponse is followed by FIN, and the channel ends byeTimeout later where the peer stays', async () => {
    const { raw, server } = await greetRaw(await listenForRaw({ byeTimeout: 50 }));
    const before = raw.received.length / 2;
    raw.write('0001 05 00 0000000000000007 0000 0000');
    const bye = await nextCopy(server.group);
    expect([bye.opCode, bye.messageId]).toEqual([OpCode.ByeRequest, 7n]);
    server.group.post(bye.reply());
    const frame = (await raw.read(before + 16)).slice(2 * before);
    expect(frame.slice(4)).toBe('06 00 0000000000000007 0000 0000'.replaceAll(' ', ''));
    expect(await raw.end()).toBe('fin');
    expect(await linesUntilClosed(server.group, server.channel)).toEqual([
      `Signal channel_closed ${String(server.channel)}`,
    ]);
  });

  it("the peer's ByeResponse is answered by the end of the stream", async () => {
    const { raw, client } = await clientOfRaw();
    say(client, OpCode.ByeRequest, { id: 7 });
    raw.write('0001 06 00 0000000000000007 0000 0000');
    expect(await linesUntilClosed(client.group, client.channel)).toEqual([
      `ByeResponse ${String(client.channel)}`,
      `Signal channel_closed ${String(client.channel)}`,
    ]);
    expect(await raw.end()).toBe('fin');
  });

  it('a ByeRequest followed by FIN is received, and closes', async () => {
    const { raw, server } = await greetRaw(await listenForRaw());
    raw.write('0001 05 00 0000000000000007 0000 0000');
    raw.fin();
    expect(await linesUntilClosed(server.group, server.channel)).toEqual([
      `ByeRequest ${String(server.channel)}`,
      `Signal channel_closed ${String(server.channel)}`,
    ]);
  });

  it('a FIN in place of the ByeResponse closes', async () => {
    const { raw, client } = await clientOfRaw();
    say(client, OpCode.ByeRequest);
    raw.fin();
    expect(await linesUntilClosed(client.group, client.channel)).toEqual([
      `Signal channel_closed ${String(client.channel)}`,
    ]);
  });

  it("frames behind the peer's ByeResponse are ignored, legal or not", async () => {
    const { raw, client } = await clientOfRaw();
    raw.write(
      '0001 06 00 0000000000000007 0000 0000',
      '0001 00 00 0000000000000008 0000 0000',
      '0001 0f 00 0000000000000009 0000 0000',
    );
    expect(await linesUntilClosed(client.group, client.channel)).toEqual([
      `ByeResponse ${String(client.channel)}`,
      `Signal channel_closed ${String(client.channel)}`,
    ]);
    expect(client.engine.stats().framesRejected).toBe(0);
  });

  it.each(['fin', 'reset'] as const)('a %s without Bye is no fault: channel_closed alone', async how => {
    const { raw, server } = await greetRaw(await listenForRaw());
    raw[how]();
    const closed = await untilClosed(server.group, server.channel);
    expect(closed.map(lineOf)).toEqual([`Signal channel_closed ${String(server.channel)}`]);
    expect(closed[0]?.messageId).toBe(99n);
  });

  it.each(['fin', 'reset'] as const)(
    'a %s without Bye brings what was unsent back with peer_disconnected',
    async how => {
      const { raw, client } = await clientOfRaw({ byeTimeout: 50 });
      raw.pause();
      const posted = fillQueue(client);
      raw[how]();
      const returned = await returnedIds(client, 'peer_disconnected');
      expect(returned.length).toBeGreaterThan(0);
      expect(returned).toEqual(posted.slice(-returned.length));
    },
  );

  it('a Request posted when the reset has come and was not seen yet comes back', async () => {
    const { raw, client } = await clientOfRaw();
    raw.reset();
    say(client, OpCode.Request, { id: 61, payload: new Uint8Array(20_000) });
    say(client, OpCode.Request, { id: 62 });
    const messages = await untilClosed(client.group, client.channel);
    expect(messages.map(({ messageId, status }) => [messageId, status])).toEqual([
      [61n, Status.peerDisconnected],
      [62n, Status.peerDisconnected],
      [99n, Status.channelClosed],
    ]);
  });

  it('what the peer said before its FIN is received before channel_closed', async () => {
    const { raw, server } = await greetRaw(await listenForRaw());
    raw.write(
      '0001 02 00 0000000000000000 0000 0003',
      hexOf('one'),
      '0001 02 00 0000000000000000 0000 0003',
      hexOf('two'),
    );
    raw.fin();
    expect(await linesUntilClosed(server.group, server.channel)).toEqual([
      `Signal ${String(server.channel)} "one"`,
      `Signal ${String(server.channel)} "two"`,
      `Signal channel_closed ${String(server.channel)}`,
    ]);
  });

  it('a client that ends the stream before it is answered has its hello closed on the server', async () => {
    const member = memberOf(engineForSpec());
    const { client } = await listenOn(member.engine, member.group, tcp);
    const other = memberOf(engineForSpec());
    postHello(other.engine, other.group, client);
    const hello = await nextCopy(member.group);
    await other.engine.destroy();
    expect(await linesUntilClosed(member.group, hello.channelNumber)).toEqual([
      `Signal channel_closed ${String(hello.channelNumber)}`,
    ]);
  });
});
