import { type Address, OpCode } from '../../lib/index.js';
import { connectTo, listenOn, next, postHello } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { frame } from '../support/frames.js';
import { dial } from '../support/link-log.js';
import { networks } from '../support/networks.js';
import { linesUntilClosed, memberOf, pairOver, say } from '../support/pair.js';
import { StoppedClock } from '../support/stopped-clock.js';
import { transports } from '../support/transports.js';

const NOTHING = { connecting: 0, ready: 0, closing: 0, listening: 0 };

describe('the statistics of an engine', () => {
  it('are all zero at first', () => {
    expect(engineForSpec().stats()).toMatchObject({
      channels: NOTHING,
      slots: { free: 16, used: 0, beyond: 0, max: 64 },
      queuedBytes: 0,
      messagesIn: 0,
      messagesOut: 0,
      bytesIn: 0,
      bytesOut: 0,
      framesRejected: 0,
      connectionsRefused: 0,
      pausedChannels: 0,
    });
  });

  it('are a snapshot, plain data that does not change', () => {
    const engine = engineForSpec();
    const before = engine.stats();
    const copy: unknown = JSON.parse(JSON.stringify(before));
    using message = engine.get();
    message.body.append('one slot less');
    expect(before).toEqual(copy);
    expect(engine.stats().slots.free).toBe(15);
  });
});

describe.each(networks)('the statistics over $name', network => {
  const below = transports.find(({ name }) => name === network.name) as (typeof transports)[0];

  it('count channels by what they are at', async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    expect(server.engine.stats().channels).toEqual({ ...NOTHING, listening: 1 });

    const channel = postHello(client.engine, client.group, listener.client);
    expect(client.engine.stats().channels).toEqual({ ...NOTHING, connecting: 1 });
    const hello = await next(server.group);
    // Ready when the HelloRequest has come, on the server's side.
    expect(server.engine.stats().channels).toEqual({ ...NOTHING, listening: 1, ready: 1 });
    expect(client.engine.stats().channels).toEqual({ ...NOTHING, connecting: 1 });
    server.group.post(hello.reply());
    server.engine.put(hello);
    client.engine.put(await next(client.group));
    expect(client.engine.stats().channels).toEqual({ ...NOTHING, ready: 1 });

    say({ ...client, channel }, OpCode.ByeRequest);
    expect(client.engine.stats().channels).toEqual({ ...NOTHING, closing: 1 });
    const bye = await next(server.group);
    expect(server.engine.stats().channels).toEqual({ ...NOTHING, listening: 1, closing: 1 });
    server.group.post(bye.reply());
    server.engine.put(bye);
    await linesUntilClosed(client.group, channel);
    expect(client.engine.stats().channels).toEqual(NOTHING);
  });

  it("count peers' frames and bytes, hello and bye included", async () => {
    const { client, server } = await pairOver(network);
    const helloBytes = server.engine.stats().bytesIn;
    expect(helloBytes).toBeGreaterThan(16);
    say(client, OpCode.Request, { payload: '1234' });
    say(client, OpCode.Request, { payload: { body: '56', headers: { a: 'b' } } });
    for (let n = 0; n < 2; n++) server.engine.put(await next(server.group));
    say(server, OpCode.Signal, { payload: Buffer.alloc(50_000) });
    client.engine.put(await next(client.group));
    say(client, OpCode.ByeRequest);
    using bye = await next(server.group);
    server.group.post(bye.reply());
    await linesUntilClosed(client.group, client.channel);

    const toServer = { messages: 4, bytes: helloBytes + (16 + 4) + (16 + 5 + 2) + 16 };
    const toClient = { messages: 3, bytes: 16 + (16 + 50_000) + 16 };
    const [ofClient, ofServer] = [client.engine.stats(), server.engine.stats()];
    expect({ messages: ofClient.messagesOut, bytes: ofClient.bytesOut }).toEqual(toServer);
    expect({ messages: ofServer.messagesIn, bytes: ofServer.bytesIn }).toEqual(toServer);
    expect({ messages: ofServer.messagesOut, bytes: ofServer.bytesOut }).toEqual(toClient);
    expect({ messages: ofClient.messagesIn, bytes: ofClient.bytesIn }).toEqual(toClient);
  });

  it('count what waits for its socket as queued until it is handed over', async () => {
    const { client, server } = await pairOver(network);
    say(client, OpCode.Request, { payload: '1234' });
    say(client, OpCode.Request);
    expect(client.engine.stats().queuedBytes).toBe(16 + 4 + 16);
    expect(client.engine.stats().messagesOut).toBe(1);
    for (let n = 0; n < 2; n++) server.engine.put(await next(server.group));
    expect(client.engine.stats()).toMatchObject({ queuedBytes: 0, messagesOut: 3 });
  });

  it('count each illegal frame as rejected, also before a hello, and not as received', async () => {
    const { engine, group } = memberOf(engineForSpec());
    const { client } = await listenOn(engine, group, network);
    const silent = dial(below.transport, client);
    await silent.untilEvent('open');
    silent.own.write(frame({ opCode: OpCode.Request, id: 1 }));
    await eventually('one is rejected', () => engine.stats().framesRejected === 1);
    const rude = dial(below.transport, client);
    await rude.untilEvent('open');
    rude.own.write(
      Buffer.concat([
        frame({ opCode: OpCode.HelloRequest, id: 1 }),
        frame({ opCode: OpCode.HelloResponse, id: 1 }),
      ]),
    );
    await eventually('two are rejected', () => engine.stats().framesRejected === 2);
    expect(engine.stats()).toMatchObject({ messagesIn: 1, connectionsRefused: 0 });
  });

  it('count a connection over maxChannels, and one without a hello in time, as refused', async () => {
    const clock = new StoppedClock();
    const { engine, group } = memberOf(engineForSpec({ maxChannels: 2, handshakeTimeout: 1_000, clock }));
    const { client } = await listenOn(engine, group, network);
    const waits = dial(below.transport, client);
    await waits.untilEvent('open');
    const over = dial(below.transport, client);
    await eventually('one is refused', () => engine.stats().connectionsRefused === 1);
    await over.until(() => over.events.some(event => /^(?:end|close)/.test(event)), 'its end');
    clock.advance(1_000);
    await eventually('two are refused', () => engine.stats().connectionsRefused === 2);
    await waits.until(() => waits.events.some(event => /^(?:end|close)/.test(event)), 'its end');
    expect(engine.stats()).toMatchObject({ framesRejected: 0, channels: { ...NOTHING, listening: 1 } });
  });

  it('count the channels of all groups', async () => {
    const engine = engineForSpec();
    const members = [engine, engine, engine].map(memberOf) as [
      ReturnType<typeof memberOf>,
      ReturnType<typeof memberOf>,
      ReturnType<typeof memberOf>,
    ];
    const addresses: Address[] = [];
    for (const { group } of members.slice(0, 2))
      addresses.push((await listenOn(engine, group, network)).client);
    await connectTo(members[2], members[0], addresses[0] as Address);
    await connectTo(members[2], members[1], addresses[1] as Address);
    expect(engine.stats().channels).toEqual({ ...NOTHING, listening: 2, ready: 4 });
  });
});
