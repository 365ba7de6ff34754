import { OpCode } from '../../lib/index.js';
import { lineOf, listenOn, nextLine, postHello } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { networks } from '../support/networks.js';
import { linesUntilClosed, memberOf, nextCopy, pairOver, say, untilClosed } from '../support/pair.js';
import { eventually } from '../support/eventually.js';
import { StoppedClock } from '../support/stopped-clock.js';

const BYE_TIMEOUT = 5_000;

describe.each(networks)('closing over $name', network => {
  it.each(['client', 'server'] as const)('goes by ByeRequest and ByeResponse, asked by the %s', async who => {
    const pair = await pairOver(network);
    const asking = pair[who];
    const answering = pair[who === 'client' ? 'server' : 'client'];
    say(asking, OpCode.ByeRequest, { id: 51, payload: { headers: { why: 'done' } } });
    const bye = await nextCopy(answering.group);
    expect(lineOf(bye)).toBe(`ByeRequest ${String(answering.channel)}`);
    expect([bye.messageId, bye.textHeaders.get('why')]).toEqual([51n, 'done']);
    say(answering, OpCode.ByeResponse, { id: 51, payload: 'bye' });

    const heard = await untilClosed(asking.group, asking.channel);
    expect(heard.map(lineOf)).toEqual([
      `ByeResponse ${String(asking.channel)} "bye"`,
      `Signal channel_closed ${String(asking.channel)}`,
    ]);
    expect(heard[0]?.messageId).toBe(51n);
    expect(await linesUntilClosed(answering.group, answering.channel)).toEqual([
      `Signal channel_closed ${String(answering.channel)}`,
    ]);
  });

  it('sends everything that was posted before the ByeRequest', async () => {
    const { client, server } = await pairOver(network);
    for (let n = 0; n < 1_000; n++) say(client, OpCode.Request, { payload: String(n) });
    say(client, OpCode.ByeRequest);
    for (let n = 0; n < 1_000; n++) expect((await nextRegular(server.group)).body.text()).toBe(String(n));
    const bye = await nextRegular(server.group);
    expect(bye.opCode).toBe(OpCode.ByeRequest);
    server.group.post(bye.reply());
    expect((await linesUntilClosed(client.group, client.channel))[0]).toBe(
      `ByeResponse ${String(client.channel)}`,
    );
  });

  it('receives what the peer still sends, up to its ByeResponse', async () => {
    const { client, server } = await pairOver(network);
    say(client, OpCode.ByeRequest, { id: 7 });
    expect(await nextLine(server.engine, server.group)).toBe(`ByeRequest ${String(server.channel)}`);
    say(server, OpCode.Response, { id: 1, payload: 'late' });
    say(server, OpCode.Signal, { payload: 'later' });
    expect(await nextLine(client.engine, client.group)).toBe(`Response ${String(client.channel)} "late"`);
    expect(await nextLine(client.engine, client.group)).toBe(`Signal ${String(client.channel)} "later"`);
    say(server, OpCode.Request, { payload: 'last' });
    say(server, OpCode.ByeResponse, { id: 7 });
    expect(await linesUntilClosed(client.group, client.channel)).toEqual([
      `Request ${String(client.channel)} "last"`,
      `ByeResponse ${String(client.channel)}`,
      `Signal channel_closed ${String(client.channel)}`,
    ]);
  });

  it('loses nothing of what was posted before the ByeResponse', async () => {
    const { client, server } = await pairOver(network);
    say(client, OpCode.ByeRequest, { id: 7 });
    await nextCopy(server.group);
    const body = new Uint8Array(50_000);
    for (let n = 0; n < 20; n++) say(server, OpCode.Response, { id: n + 1, payload: body });
    say(server, OpCode.ByeResponse, { id: 7 });
    const heard = await untilClosed(client.group, client.channel);
    const regular = heard.filter(message => message.isFromApplication());
    expect(regular.map(message => message.body.byteLength)).toEqual([
      ...Array.from({ length: 20 }, () => 50_000),
      0,
    ]);
    expect(regular.at(-1)?.opCode).toBe(OpCode.ByeResponse);
  });

  it('may be asked for before the hello is answered, which may be answered all the same', async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const channel = postHello(client.engine, client.group, listener.client);
    say({ ...client, channel }, OpCode.ByeRequest, { id: 7 });
    const hello = await nextCopy(server.group);
    const bye = await nextCopy(server.group);
    expect([hello.opCode, bye.opCode]).toEqual([OpCode.HelloRequest, OpCode.ByeRequest]);
    server.group.post(hello.reply());
    server.group.post(bye.reply());
    expect(await linesUntilClosed(client.group, channel)).toEqual([
      `HelloResponse ${String(channel)}`,
      `ByeResponse ${String(channel)}`,
      `Signal channel_closed ${String(channel)}`,
    ]);
    expect(await linesUntilClosed(server.group, hello.channelNumber)).toHaveLength(1);
  });

  it('ends both sides where ByeRequests cross and both answer', async () => {
    const { client, server } = await pairOver(network);
    say(client, OpCode.ByeRequest, { id: 21 });
    say(server, OpCode.ByeRequest, { id: 22 });
    const byeOfServer = await nextCopy(client.group);
    const byeOfClient = await nextCopy(server.group);
    expect([byeOfServer.messageId, byeOfClient.messageId]).toEqual([22n, 21n]);
    client.group.post(byeOfServer.reply());
    server.group.post(byeOfClient.reply());
    for (const side of [client, server]) {
      expect(await linesUntilClosed(side.group, side.channel)).toEqual([
        `ByeResponse ${String(side.channel)}`,
        `Signal channel_closed ${String(side.channel)}`,
      ]);
    }
  });

  it('ends both sides where ByeRequests cross and one answers', async () => {
    const { client, server } = await pairOver(network);
    say(client, OpCode.ByeRequest, { id: 21 });
    say(server, OpCode.ByeRequest, { id: 22 });
    expect(await nextLine(client.engine, client.group)).toBe(`ByeRequest ${String(client.channel)}`);
    say(client, OpCode.ByeResponse, { id: 22 });
    expect(await linesUntilClosed(server.group, server.channel)).toEqual([
      `ByeRequest ${String(server.channel)}`,
      `ByeResponse ${String(server.channel)}`,
      `Signal channel_closed ${String(server.channel)}`,
    ]);
    expect(await linesUntilClosed(client.group, client.channel)).toEqual([
      `Signal channel_closed ${String(client.channel)}`,
    ]);
  });

  it("takes a ByeRequest posted behind the peer's as a crossing", async () => {
    const { client, server } = await pairOver(network);
    say(client, OpCode.ByeRequest, { id: 21 });
    const byeOfClient = await nextCopy(server.group);
    say(server, OpCode.ByeRequest, { id: 22 });
    expect(await nextLine(client.engine, client.group)).toBe(`ByeRequest ${String(client.channel)}`);
    server.group.post(byeOfClient.reply());
    expect(await linesUntilClosed(client.group, client.channel)).toEqual([
      `ByeResponse ${String(client.channel)}`,
      `Signal channel_closed ${String(client.channel)}`,
    ]);
    expect(await linesUntilClosed(server.group, server.channel)).toEqual([
      `Signal channel_closed ${String(server.channel)}`,
    ]);
  });

  it('ends both sides after byeTimeout where ByeRequests cross and none answers', async () => {
    const clock = new StoppedClock();
    const { client, server } = await pairOver(network, { client: { clock }, server: { clock } });
    say(client, OpCode.ByeRequest);
    say(server, OpCode.ByeRequest);
    for (const side of [client, server]) {
      expect(await nextLine(side.engine, side.group)).toBe(`ByeRequest ${String(side.channel)}`);
    }
    clock.advance(BYE_TIMEOUT - 1);
    expect([client, server].map(side => side.engine.stats().channels.closing)).toEqual([1, 1]);
    clock.advance(1);
    for (const side of [client, server]) {
      expect(await linesUntilClosed(side.group, side.channel)).toEqual([
        `Signal channel_closed ${String(side.channel)}`,
      ]);
    }
  });

  it('ends byeTimeout after a ByeRequest that nobody answers', async () => {
    const { client, server } = await pairOver(network, { client: { byeTimeout: 20 } });
    say(client, OpCode.ByeRequest);
    expect(await linesUntilClosed(client.group, client.channel)).toEqual([
      `Signal channel_closed ${String(client.channel)}`,
    ]);
    expect(await linesUntilClosed(server.group, server.channel)).toEqual([
      `ByeRequest ${String(server.channel)}`,
      `Signal channel_closed ${String(server.channel)}`,
    ]);
  });

  it('waits byeTimeout anew whenever the peer sends something', async () => {
    const clock = new StoppedClock();
    const { client, server } = await pairOver(network, { client: { clock } });
    say(client, OpCode.ByeRequest);
    await nextCopy(server.group);
    for (let n = 0; n < 3; n++) {
      clock.advance(BYE_TIMEOUT - 1);
      say(server, OpCode.Signal, { payload: 'still here' });
      expect(await nextLine(client.engine, client.group)).toBe(
        `Signal ${String(client.channel)} "still here"`,
      );
    }
    clock.advance(BYE_TIMEOUT - 1);
    expect(client.engine.stats().channels.closing).toBe(1);
    clock.advance(1);
    expect(await linesUntilClosed(client.group, client.channel)).toEqual([
      `Signal channel_closed ${String(client.channel)}`,
    ]);
  });

  it('does not count the time in which no slot is free toward byeTimeout', async () => {
    const clock = new StoppedClock();
    const { client, server } = await pairOver(network, {
      client: { clock, initialPoolMsgs: 1, maxPoolMsgs: 1, stallTimeout: Infinity },
    });
    say(client, OpCode.ByeRequest, { id: 7 });
    await nextCopy(server.group);
    for (let n = 1; n <= 3; n++) say(server, OpCode.Response, { id: n, payload: String(n) });
    say(server, OpCode.ByeResponse, { id: 7 });
    await eventually('the client is paused', () => client.engine.stats().pausedChannels === 1);
    clock.advance(10 * BYE_TIMEOUT);
    const lines = await linesUntilClosed(client.group, client.channel);
    expect(lines.filter(line => line !== 'Signal pool_empty 0')).toEqual([
      `Response ${String(client.channel)} "1"`,
      `Response ${String(client.channel)} "2"`,
      `Response ${String(client.channel)} "3"`,
      `ByeResponse ${String(client.channel)}`,
      `Signal channel_closed ${String(client.channel)}`,
    ]);
  });

  it.each(['client', 'server'] as const)(
    'may be cut short at the %s as soon as the goodbye is through',
    async who => {
      const pair = await pairOver(network);
      say(pair.client, OpCode.ByeRequest, { id: 7 });
      pair.server.group.post((await nextCopy(pair.server.group)).reply());
      await nextCopy(pair.client.group);
      await pair[who].group.destroy();
      const other = pair[who === 'client' ? 'server' : 'client'];
      expect(await linesUntilClosed(other.group, other.channel)).toEqual([
        `Signal channel_closed ${String(other.channel)}`,
      ]);
    },
  );

  it.each(['client', 'server'] as const)(
    'shows a ByeResponse that the %s did not ask for, and ends',
    async who => {
      const pair = await pairOver(network);
      const surprised = pair[who];
      const sending = pair[who === 'client' ? 'server' : 'client'];
      say(sending, OpCode.Signal, { payload: 'before' });
      say(sending, OpCode.ByeResponse, { id: 5 });
      expect(await linesUntilClosed(surprised.group, surprised.channel)).toEqual([
        `Signal ${String(surprised.channel)} "before"`,
        `ByeResponse ${String(surprised.channel)}`,
        `Signal channel_closed ${String(surprised.channel)}`,
      ]);
      expect(await linesUntilClosed(sending.group, sending.channel)).toEqual([
        `Signal channel_closed ${String(sending.channel)}`,
      ]);
    },
  );
});

/** The next message that is no pool_empty. */
async function nextRegular(group: Parameters<typeof nextCopy>[0]): ReturnType<typeof nextCopy> {
  const message = await nextCopy(group);
  return message.channelNumber === 0 ? nextCopy(group) : message;
}
