import { memClient, OpCode } from '../../lib/index.js';
import { connectTo, lineOf, listenOn, next, nextLine, postHello } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { networks } from '../support/networks.js';
import { linesUntilClosed, memberOf, nextCopy, say, type Side, untilClosed } from '../support/pair.js';

describe.each(networks)('opening over $name', network => {
  /** A server that listens, and a client whose hello it has received and not answered. */
  async function greeted(): Promise<{ client: Side; server: Side; listener: number; helloId: bigint }> {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const channel = postHello(client.engine, client.group, listener.client);
    const hello = await nextCopy(server.group);
    expect(hello.opCode).toBe(OpCode.HelloRequest);
    return {
      client: { ...client, channel },
      server: { ...server, channel: hello.channelNumber },
      listener: listener.channel,
      helloId: hello.messageId,
    };
  }

  it('answers a WelcomeRequest with its channel, its id and the address bound', async () => {
    const { engine, group } = memberOf(engineForSpec());
    const request = engine.get();
    network.server().format(request);
    request.messageId = 4_000_000_000_000n;
    const header = group.post(request);
    const welcome = await nextCopy(group);
    expect(lineOf(welcome)).toBe(`WelcomeResponse success ${String(header.channelNumber)}`);
    expect(welcome.messageId).toBe(4_000_000_000_000n);
    expect([...welcome.textHeaders].map(([name]) => name)).toEqual(['~listen_on']);
    expect(welcome.textHeaders.get('~listen_on')).toMatch(new RegExp(`^${network.name}\\|.+`));
    expect(welcome.body.byteLength).toBe(0);
  });

  it('brings the HelloRequest with its address, headers, body and id to the server', async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const request = client.engine.get();
    listener.client.format(request);
    request.messageId = 12_345n;
    request.textHeaders.append('token', 'abc');
    request.body.append('who I am');
    client.group.post(request);

    const hello = await nextCopy(server.group);
    expect([hello.opCode, hello.isFromApplication(), hello.status]).toEqual([OpCode.HelloRequest, true, 0]);
    expect(hello.messageId).toBe(12_345n);
    expect([...hello.textHeaders]).toEqual([
      ['~connect_to', listener.client.toString()],
      ['token', 'abc'],
    ]);
    expect(hello.body.text()).toBe('who I am');
  });

  it("accepts with a HelloResponse, which comes on the client's own channel with its id", async () => {
    const { client, server, helloId } = await greeted();
    say(server, OpCode.HelloResponse, { id: helloId, payload: { headers: { room: '7' }, body: 'welcome' } });
    const answer = await nextCopy(client.group);
    expect([answer.opCode, answer.isFromApplication(), answer.status]).toEqual([
      OpCode.HelloResponse,
      true,
      0,
    ]);
    expect([answer.channelNumber, answer.messageId]).toEqual([client.channel, helloId]);
    expect([...answer.textHeaders]).toEqual([['room', '7']]);
    expect(answer.body.text()).toBe('welcome');
  });

  it('gives listener, client and server three numbers where they share a group', async () => {
    const both = memberOf(engineForSpec());
    const listener = await listenOn(both.engine, both.group, network);
    const channel = await connectTo(both, both, listener.client);
    expect(new Set([listener.channel, channel.client, channel.server]).size).toBe(3);
    say({ ...both, channel: channel.client }, OpCode.Request, { payload: 'there' });
    expect(await nextLine(both.engine, both.group)).toBe(`Request ${String(channel.server)} "there"`);
    say({ ...both, channel: channel.server }, OpCode.Signal, { payload: 'and back' });
    expect(await nextLine(both.engine, both.group)).toBe(`Signal ${String(channel.client)} "and back"`);
  });

  it('tells on the HelloRequest which listener took it, and on nothing else', async () => {
    const { engine, group } = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const first = await listenOn(engine, group, network);
    const second = await listenOn(engine, group, network);
    const taken = [];
    for (const listener of [second, first]) {
      const channel = postHello(client.engine, client.group, listener.client);
      const hello = await nextCopy(group);
      taken.push(hello.listenerChannel);
      say({ ...client, channel }, OpCode.Request);
      expect((await nextCopy(group)).listenerChannel).toBeUndefined();
    }
    expect(taken).toEqual([second.channel, first.channel]);
  });

  it('delivers what is posted right behind the HelloRequest after it, in order', async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const side = { ...client, channel: postHello(client.engine, client.group, listener.client) };
    say(side, OpCode.Request, { payload: 'one', more: true });
    say(side, OpCode.Request, { payload: 'two' });
    say(side, OpCode.Signal, { payload: 'three' });
    const got = [];
    for (let n = 0; n < 4; n++) got.push(await nextCopy(server.group));
    const channel = String(got[0]?.channelNumber);
    expect(got.map(lineOf)).toEqual([
      `HelloRequest ${channel}`,
      `Request ${channel} "one"`,
      `Request ${channel} "two"`,
      `Signal ${channel} "three"`,
    ]);
    expect(got.map(message => message.more)).toEqual([false, true, false, false]);
  });

  it('lets a server send before it accepts', async () => {
    const { client, server, helloId } = await greeted();
    say(server, OpCode.Signal, { payload: 'early' });
    say(server, OpCode.HelloResponse, { id: helloId });
    expect(await nextLine(client.engine, client.group)).toBe(`Signal ${String(client.channel)} "early"`);
    expect(await nextLine(client.engine, client.group)).toBe(`HelloResponse ${String(client.channel)}`);
  });

  it('refuses with a ByeResponse of the hello, whose headers say why', async () => {
    const { client, server, helloId } = await greeted();
    say(server, OpCode.ByeResponse, { id: helloId, payload: { headers: { reason: 'full' } } });
    const refusal = await nextCopy(client.group);
    expect(lineOf(refusal)).toBe(`ByeResponse ${String(client.channel)}`);
    expect([refusal.messageId, refusal.textHeaders.get('reason')]).toEqual([helloId, 'full']);
    expect(await nextLine(client.engine, client.group)).toBe(
      `Signal channel_closed ${String(client.channel)}`,
    );
    expect(await nextLine(server.engine, server.group)).toBe(
      `Signal channel_closed ${String(server.channel)}`,
    );
  });

  it('refuses with a ByeSignal: the client learns that the channel is closed', async () => {
    const { client, server, helloId } = await greeted();
    say(server, OpCode.ByeSignal);
    const closed = await nextCopy(client.group);
    expect(lineOf(closed)).toBe(`Signal channel_closed ${String(client.channel)}`);
    expect(closed.messageId).toBe(helloId);
    expect(await nextLine(server.engine, server.group)).toBe(
      `Signal channel_closed ${String(server.channel)}`,
    );
  });

  it('gives up a HelloRequest by ByeSignal in the same turn: nothing reaches the server', async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const side = { ...client, channel: postHello(client.engine, client.group, listener.client) };
    say(side, OpCode.Request, { payload: 'behind' });
    say(side, OpCode.ByeSignal);
    expect(await linesUntilClosed(side.group, side.channel)).toEqual([
      `Request channel_closed ${String(side.channel)} "behind"`,
      `Signal channel_closed ${String(side.channel)}`,
    ]);
    const again = await connectTo(client, server, listener.client);
    say({ ...client, channel: again.client }, OpCode.Request, { payload: 'first' });
    expect(await nextLine(server.engine, server.group)).toBe(`Request ${String(again.server)} "first"`);
  });

  it('gives up a HelloRequest by ByeSignal before it is answered: both sides close', async () => {
    const { client, server, helloId } = await greeted();
    say(client, OpCode.ByeSignal);
    const closed = await untilClosed(client.group, client.channel);
    expect(closed.map(lineOf)).toEqual([`Signal channel_closed ${String(client.channel)}`]);
    expect(closed[0]?.messageId).toBe(helloId);
    expect(await linesUntilClosed(server.group, server.channel)).toEqual([
      `Signal channel_closed ${String(server.channel)}`,
    ]);
  });

  it('keeps two connections of one client apart', async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const a = await connectTo(client, server, listener.client);
    const b = await connectTo(client, server, listener.client);
    say({ ...server, channel: b.server }, OpCode.Signal, { payload: 'b' });
    expect(await nextLine(client.engine, client.group)).toBe(`Signal ${String(b.client)} "b"`);
    say({ ...server, channel: a.server }, OpCode.Signal, { payload: 'a' });
    expect(await nextLine(client.engine, client.group)).toBe(`Signal ${String(a.client)} "a"`);
  });
});

describe('opening', () => {
  it('names the hello by its id where the application set none', async () => {
    const { engine, group } = memberOf(engineForSpec());
    const request = engine.get();
    memClient('nobody at all').format(request);
    const { messageId } = group.post(request);
    expect(messageId).toBeGreaterThan(0n);
    using answer = await next(group);
    expect(answer.messageId).toBe(messageId);
  });
});
