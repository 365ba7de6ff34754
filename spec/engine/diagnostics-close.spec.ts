import { memClient, memServer, OpCode, Status, statusName, tcpClient, udsClient } from '../../lib/index.js';
import { tempUdsPath } from '../../lib/testing/index.js';
import { listenOn, next, postHello } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { networks } from '../support/networks.js';
import { linesUntilClosed, memberOf, nextCopy, pairOver, say, type Side } from '../support/pair.js';
import { askRaw, clientOfRaw, greetRaw, HELLO_RESPONSE, listenForRaw } from '../support/raw-channels.js';
import { StoppedClock } from '../support/stopped-clock.js';
import { Watch } from '../support/watching.js';

/** How the side's channel ended, by the events of that number: exactly one. */
async function ending(watch: Watch, side: Side): Promise<unknown> {
  await linesUntilClosed(side.group, side.channel);
  return endingOf(watch, side);
}

function endingOf(watch: Watch, { engine, channel }: Side): unknown {
  const closes = watch
    .of(engine)
    .filter(event => (event as { channelNumber: number }).channelNumber === channel);
  expect(closes).toHaveLength(1);
  const [{ status, statusName: name }] = closes as [{ status: number; statusName: string }];
  expect(name).toBe(statusName(status));
  return name;
}

describe.each(networks)('rxtofu:close over $name', network => {
  it('says success on both sides of a goodbye', async () => {
    const watch = new Watch('close');
    const { client, server } = await pairOver(network);
    say(client, OpCode.ByeRequest);
    using bye = await next(server.group);
    server.group.post(bye.reply());
    expect(await ending(watch, client)).toBe('success');
    expect(await ending(watch, server)).toBe('success');
  });

  it('says success on both sides of goodbyes that cross', async () => {
    const watch = new Watch('close');
    const { client, server } = await pairOver(network);
    say(client, OpCode.ByeRequest);
    say(server, OpCode.ByeRequest);
    for (const { group } of [client, server]) {
      using bye = await next(group);
      expect(bye.opCode).toBe(OpCode.ByeRequest);
      group.post(bye.reply());
    }
    expect(await ending(watch, client)).toBe('success');
    expect(await ending(watch, server)).toBe('success');
  });

  it('says channel_closed where ByeSignal ended it, and peer_disconnected on the other side', async () => {
    const watch = new Watch('close');
    const { client, server } = await pairOver(network);
    say(server, OpCode.ByeSignal);
    expect(await ending(watch, server)).toBe('channel_closed');
    expect(await ending(watch, client)).toBe('peer_disconnected');
  });

  it('says channel_closed for every channel of an engine that is destroyed, its listeners included', async () => {
    const watch = new Watch('close');
    const { client, server } = await pairOver(network);
    await server.engine.destroy();
    expect(endingOf(watch, server)).toBe('channel_closed');
    expect(endingOf(watch, { ...server, channel: server.listener })).toBe('channel_closed');
    expect(await ending(watch, client)).toBe('peer_disconnected');
  });

  it('says not_allowed to a client whose hello was refused, and success to who refused it', async () => {
    const watch = new Watch();
    const client = memberOf(engineForSpec());
    const server = memberOf(engineForSpec());
    const { client: address } = await listenOn(server.engine, server.group, network);
    const channel = postHello(client.engine, client.group, address);
    using hello = await next(server.group);
    using refusal = hello.reply();
    refusal.opCode = OpCode.ByeResponse;
    server.group.post(refusal);
    expect(await ending(watch, { ...client, channel })).toBe('not_allowed');
    await linesUntilClosed(server.group, hello.channelNumber);
    expect(watch.of(server.engine).slice(1)).toMatchObject([{ event: 'close', statusName: 'success' }]);
  });

  it('says channel_closed for a listener that is told to end', async () => {
    const watch = new Watch('close');
    const server = memberOf(engineForSpec());
    const { channel } = await listenOn(server.engine, server.group, network);
    say({ ...server, channel }, OpCode.ByeSignal);
    expect(await ending(watch, { ...server, channel })).toBe('channel_closed');
  });
});

describe('rxtofu:close', () => {
  it.each([
    ['connect_failed where nobody listens', memClient('close-nobody'), 'connect_failed'],
    ['uds_path_not_found where there is no file', udsClient(tempUdsPath()), 'uds_path_not_found'],
    ['invalid_address for a host that does not resolve', tcpClient('nowhere.invalid'), 'invalid_address'],
  ])('says %s, and no connect came', async (_, address, status) => {
    const watch = new Watch();
    const client = memberOf(engineForSpec());
    const channel = postHello(client.engine, client.group, address);
    expect(await ending(watch, { ...client, channel })).toBe(status);
    expect(watch.namesOf(client.engine)).toEqual(['close']);
  });

  it('says listen_failed for a listener whose address is taken', async () => {
    const watch = new Watch('close');
    const { engine, group } = memberOf(engineForSpec());
    const listen = (): number => {
      using welcome = engine.get();
      memServer('close-taken').format(welcome);
      return group.post(welcome).channelNumber;
    };
    listen();
    expect((await nextCopy(group)).status).toBe(Status.success);
    expect(await ending(watch, { engine, group, channel: listen() })).toBe('listen_failed');
  });

  it('says peer_disconnected where a server leaves before it has answered the hello', async () => {
    const watch = new Watch('close');
    const { raw, client } = await askRaw();
    raw.fin();
    expect(await ending(watch, client)).toBe('peer_disconnected');
  });

  it('says recv_failed for a peer that breaks the protocol', async () => {
    const watch = new Watch('close');
    const { raw, client } = await clientOfRaw();
    raw.write(HELLO_RESPONSE);
    expect(await ending(watch, client)).toBe('recv_failed');
  });

  it.each(['fin', 'reset'] as const)('says peer_disconnected for a peer that ends with %s', async how => {
    const watch = new Watch('close');
    const { raw, server } = await greetRaw(await listenForRaw());
    raw[how]();
    expect(await ending(watch, server)).toBe('peer_disconnected');
  });

  it('says success where a peer resets the connection behind our ByeResponse', async () => {
    const watch = new Watch('close');
    const { raw, server } = await greetRaw(await listenForRaw());
    raw.write('0001 05 00 0000000000000005 0000 0000');
    using bye = await next(server.group);
    server.group.post(bye.reply());
    await raw.read(32);
    raw.reset();
    expect(await ending(watch, server)).toBe('success');
  });

  it('says channel_closed where a goodbye got no answer within byeTimeout', async () => {
    const watch = new Watch('close');
    const clock = new StoppedClock();
    const { raw, server } = await greetRaw(await listenForRaw({ clock, byeTimeout: 100 }));
    say(server, OpCode.ByeRequest);
    await raw.read(32);
    clock.advance(100);
    expect(await ending(watch, server)).toBe('channel_closed');
  });
});
