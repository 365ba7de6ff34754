import { type Message, OpCode, statusName } from '../../lib/index.js';
import { connectTo, lineOf, listenOn, nextLine, postHello } from '../support/conversation.js';
import { engineForSpec, expectAtRest } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { refusal } from '../support/messages.js';
import { type Network, networks } from '../support/networks.js';
import {
  fillQueue,
  linesUntilClosed,
  memberOf,
  nextCopy,
  pairOver,
  rejection,
  say,
} from '../support/pair.js';

const [tcp, , mem] = networks as [Network, Network, Network];

describe.each(networks)('groups over $name', network => {
  it('get the messages of their own channels alone', async () => {
    const server = memberOf(engineForSpec());
    const engine = engineForSpec();
    const [a, b] = [memberOf(engine), memberOf(engine)];
    const listener = await listenOn(server.engine, server.group, network);
    const toA = await connectTo(a, server, listener.client);
    const toB = await connectTo(b, server, listener.client);
    say({ ...server, channel: toB.server }, OpCode.Signal, { payload: 'for b' });
    say({ ...server, channel: toA.server }, OpCode.Signal, { payload: 'for a' });
    expect(await nextLine(engine, a.group)).toBe(`Signal ${String(toA.client)} "for a"`);
    expect(await nextLine(engine, b.group)).toBe(`Signal ${String(toB.client)} "for b"`);
  });

  it("can not post to one another's channels", async () => {
    const { client, server } = await pairOver(network);
    const other = { ...client, group: client.engine.createGroup() };
    for (const name of ['Request', 'ByeRequest', 'ByeSignal'] as const) {
      expect(refusal(() => say(other, OpCode[name])).code).toBe('invalid_message_channel_group');
    }
    say(client, OpCode.Request, { payload: 'unharmed' });
    expect(await nextLine(server.engine, server.group)).toBe(`Request ${String(server.channel)} "unharmed"`);
  });

  it('end alone: the connections of another group live on', async () => {
    const server = memberOf(engineForSpec());
    const engine = engineForSpec();
    const [a, b] = [memberOf(engine), memberOf(engine)];
    const listener = await listenOn(server.engine, server.group, network);
    const toA = await connectTo(a, server, listener.client);
    const toB = await connectTo(b, server, listener.client);
    await a.group.destroy();
    expect(await linesUntilClosed(server.group, toA.server)).toEqual([
      `Signal channel_closed ${String(toA.server)}`,
    ]);
    say({ ...b, channel: toB.client }, OpCode.Request, { payload: 'on' });
    expect(await nextLine(server.engine, server.group)).toBe(`Request ${String(toB.server)} "on"`);
  });

  it('that are destroyed tell their claimants what comes back, and each channel_closed', async () => {
    const { client } = await pairOver(network);
    const seen: Message[] = [];
    client.group.claim(client.channel, message => seen.push(message.clone()));
    const posted = fillQueue(client);
    await client.group.destroy();
    expect(lineOf(seen.at(-1) as Message)).toBe(`Signal channel_closed ${String(client.channel)}`);
    const returned = seen.slice(0, -1);
    expect(returned.length).toBeGreaterThan(0);
    expect(returned.map(message => statusName(message.status))).toEqual(returned.map(() => 'channel_closed'));
    expect(returned.map(message => message.messageId)).toEqual(posted.slice(-returned.length));
  });

  it('that are destroyed tell every claimant of the end of its channel', async () => {
    const server = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const channel = await connectTo(server, server, listener.client);
    const seen: string[] = [];
    for (const number of [listener.channel, channel.client, channel.server]) {
      server.group.claim(number, message => seen.push(lineOf(message)));
    }
    await server.group.destroy();
    expect(seen.sort()).toEqual(
      [listener.channel, channel.client, channel.server]
        .map(number => `Signal channel_closed ${String(number)}`)
        .sort(),
    );
  });

  it('that are destroyed tell whoever pulls of the shutdown alone, and drop the inbox', async () => {
    const { client, server } = await pairOver(network);
    for (let n = 0; n < 5; n++) say(server, OpCode.Signal, { payload: 'unread' });
    await eventually('five messages hold slots', () => client.engine.pool.stats().used === 5);
    const destroyed = client.group.destroy();
    expect(client.engine.pool.stats().used).toBe(0);
    expect(await rejection(client.group.waitReceive())).toMatchObject({ code: 'shutdown_started' });
    await destroyed;
    expect(await rejection(client.group.waitReceive(0))).toMatchObject({ code: 'shutdown_started' });
    expectAtRest(client.engine);
  });

  it('that are destroyed reject the pull that waits', async () => {
    const { client } = await pairOver(network);
    const waiting = rejection(client.group.waitReceive());
    await client.group.destroy();
    expect(await waiting).toMatchObject({ code: 'shutdown_started' });
  });

  it('that are destroyed give up what they have under way', async () => {
    const server = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const client = memberOf(engineForSpec());
    const welcome = client.engine.get();
    network.server().format(welcome);
    client.group.post(welcome);
    postHello(client.engine, client.group, listener.client);
    await client.group.destroy();
    expectAtRest(client.engine);
  });

  it('free the addresses of their listeners', async () => {
    const server = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    await server.group.destroy();
    const again = memberOf(engineForSpec());
    const welcome = again.engine.get();
    welcome.opCode = OpCode.WelcomeRequest;
    welcome.textHeaders.append('~listen_on', listener.client.toString());
    again.group.post(welcome);
    expect(lineOf(await nextCopy(again.group))).toMatch(/^WelcomeResponse success/);
  });
});

describe('destroying', () => {
  it('a group twice is harmless', async () => {
    const { engine, group } = memberOf(engineForSpec());
    const [first, second] = [group.destroy(), engine.destroyGroup(group)];
    await Promise.all([first, second]);
    await engine.destroyGroup(group);
    await group.destroy();
    expect(group.isDestroyed).toBe(true);
  });

  it('an engine twice is harmless, also behind its groups', async () => {
    const { engine, group } = memberOf(engineForSpec());
    await group.destroy();
    await Promise.all([engine.destroy(), engine.destroy()]);
    await engine.destroy();
  });

  it('an engine destroys its groups', async () => {
    const { client, server } = await pairOver(mem);
    const second = client.engine.createGroup();
    const waiting = rejection(second.waitReceive());
    const ended: string[] = [];
    client.group.claim(client.channel, message => ended.push(lineOf(message)));
    await client.engine.destroy();
    expect(await waiting).toMatchObject({ code: 'shutdown_started' });
    expect(ended).toEqual([`Signal channel_closed ${String(client.channel)}`]);
    expect((await linesUntilClosed(server.group, server.channel)).length).toBe(1);
  });

  it("another engine's group is not_allowed, and leaves it alone", async () => {
    const engine = engineForSpec();
    const { group } = memberOf(engineForSpec());
    expect(await rejection(engine.destroyGroup(group))).toMatchObject({ code: 'not_allowed' });
    expect(group.isDestroyed).toBe(false);
  });

  it.each(['group', 'engine'] as const)('a %s goes on where its caller gives up waiting', async what => {
    const { client } = await pairOver(tcp);
    const reason = new Error('no longer interested');
    const giveUp = new AbortController();
    const destroyed = client[what].destroy({ signal: giveUp.signal });
    giveUp.abort(reason);
    expect(await rejection(destroyed)).toBe(reason);
    expect(await rejection(client[what].destroy({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    await client[what].destroy();
    expectAtRest(client.engine);
  });

  it('a group from within its claimant is done when the dispatch is', async () => {
    const { client, server } = await pairOver(mem);
    const seen: string[] = [];
    const destroyed = new Promise<void>((resolve, reject) => {
      client.group.claim(client.channel, message => {
        seen.push(lineOf(message));
        if (message.isFromApplication()) client.group.destroy().then(resolve, reject);
      });
    });
    say(server, OpCode.Signal, { payload: 'stop' });
    await destroyed;
    expect(seen).toEqual([
      `Signal ${String(client.channel)} "stop"`,
      `Signal channel_closed ${String(client.channel)}`,
    ]);
  });
});

describe('once destroyed', () => {
  it('an engine makes no message and no group, and takes messages back', async () => {
    const { engine, group } = memberOf(engineForSpec());
    const kept = engine.get();
    kept.channelNumber = 1;
    await engine.destroy();
    expect(refusal(() => engine.get()).code).toBe('shutdown_started');
    expect(refusal(() => engine.get('poolOnly')).code).toBe('shutdown_started');
    expect(refusal(() => engine.createGroup()).code).toBe('shutdown_started');
    expect(refusal(() => group.post(kept)).code).toBe('shutdown_started');
    expect(refusal(() => group.updateReceiver()).code).toBe('shutdown_started');
    expect(refusal(() => group.updateReceiver(kept)).code).toBe('shutdown_started');
    expect(await rejection(group.waitReceive(0))).toMatchObject({ code: 'shutdown_started' });
    engine.put(kept);
    expect(engine.pool.stats().used).toBe(0);
  });

  it('a group takes no message; its engine works on', async () => {
    const engine = engineForSpec();
    const [gone, other] = [engine.createGroup(), engine.createGroup()];
    await gone.destroy();
    expect(refusal(() => gone.updateReceiver()).code).toBe('shutdown_started');
    expect(await rejection(gone.waitReceive(0))).toMatchObject({ code: 'shutdown_started' });
    const { channel } = await listenOn(engine, other, mem);
    expect(refusal(() => say({ engine, group: gone, channel }, OpCode.ByeSignal)).code).toBe(
      'shutdown_started',
    );
    say({ engine, group: other, channel }, OpCode.ByeSignal);
    expect(await nextLine(engine, other)).toBe(`Signal channel_closed ${String(channel)}`);
  });
});
