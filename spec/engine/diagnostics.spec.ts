import { take } from 'rxjs';
import { NetLink } from '../../lib/transport/net/net-link.js';
import { OpCode } from '../../lib/index.js';
import { connectTo, listenOn, next, postHello } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { type Network, networks } from '../support/networks.js';
import { linesUntilClosed, memberOf, nextCopy, pairOver, say } from '../support/pair.js';
import { askRaw, greetRaw, HELLO_REQUEST, HELLO_RESPONSE, listenForRaw } from '../support/raw-channels.js';
import { RawPeer } from '../support/raw-peer.js';
import { StoppedClock } from '../support/stopped-clock.js';
import { PacedSender } from '../support/traffic.js';
import { inNetwork } from '../support/virtual-party.js';
import { countPublished, listenTo, Watch } from '../support/watching.js';

const mem = networks.find(({ name }) => name === 'mem') as Network;
/** A frame with opCode 10. */
const ILLEGAL = '0001 0a 00 0000000000000005 0000 0000';
const SMALL = { initialPoolMsgs: 4, maxPoolMsgs: 4 };

describe.each(networks)('the events of a connection over $name', network => {
  it('are one connect for its client, one accept for its server, and one close for each', async () => {
    const watch = new Watch();
    const client = memberOf(engineForSpec());
    const server = memberOf(engineForSpec());
    const { channel: listener, client: address } = await listenOn(server.engine, server.group, network);
    const channels = await connectTo(client, server, address);
    say({ ...client, channel: channels.client }, OpCode.Request, { payload: 'says nothing of Peers' });
    using request = await next(server.group);
    expect(request.body.byteLength).toBeGreaterThan(0);
    const remote = network.name === 'tcp' ? address.toString() : undefined;
    expect(watch.of(client.engine)).toEqual([
      { event: 'connect', channelNumber: channels.client, address: address.toString(), remote },
    ]);
    expect(watch.of(server.engine)).toEqual([
      {
        event: 'accept',
        channelNumber: channels.server,
        listenerChannel: listener,
        address: address.toString(),
        remote: network.name === 'tcp' ? expect.stringMatching(/^tcp\|127\.0\.0\.1\|\d+$/) : undefined,
      },
    ]);
    say({ ...client, channel: channels.client }, OpCode.ByeSignal);
    await linesUntilClosed(client.group, channels.client);
    await linesUntilClosed(server.group, channels.server);
    expect(watch.namesOf(client.engine)).toEqual(['connect', 'close']);
    expect(watch.namesOf(server.engine)).toEqual(['accept', 'close']);
  });

  it('come before the hello that they tell of', async () => {
    const order: string[] = [];
    listenTo('accept', () => order.push('accept'));
    listenTo('connect', () => order.push('connect'));
    const client = memberOf(engineForSpec());
    const server = memberOf(engineForSpec());
    const { client: address } = await listenOn(server.engine, server.group, network);
    server.group.pipe(take(1)).subscribe(hello => {
      order.push('HelloRequest');
      server.group.post(hello.reply());
    });
    client.group.pipe(take(1)).subscribe(() => order.push('HelloResponse'));
    postHello(client.engine, client.group, address);
    await eventually('all four', () => order.length === 4);
    expect(order).toEqual(['accept', 'HelloRequest', 'connect', 'HelloResponse']);
  });
});

describe('rxtofu:accept', () => {
  it('names the socket of the other end', async () => {
    const watch = new Watch('accept');
    const target = await listenForRaw();
    const { raw } = await greetRaw(target);
    expect(watch.of(target.engine)).toMatchObject([
      { remote: `tcp|127.0.0.1|${String(raw.localPort)}`, address: `tcp|127.0.0.1|${String(target.port)}` },
    ]);
  });
});

describe('rxtofu:connection:rejected', () => {
  it('comes for a connection over maxChannels, and for one without a hello in handshakeTimeout', async () => {
    const watch = new Watch();
    const clock = new StoppedClock();
    const target = await listenForRaw({ maxChannels: 2, handshakeTimeout: 1_000, clock });
    const waits = await RawPeer.connect({ port: target.port });
    const over = RawPeer.dial({ port: target.port });
    await over.end();
    const rejected = {
      event: 'connection:rejected',
      channelNumber: 0,
      listenerChannel: target.listener,
      address: `tcp|127.0.0.1|${String(target.port)}`,
    };
    const first = {
      ...rejected,
      reason: 'maxChannels',
      remote: expect.stringMatching(/^tcp\|127\.0\.0\.1\|\d+$/),
    };
    expect(watch.of(target.engine)).toEqual([first]);
    clock.advance(1_000);
    await waits.end();
    expect(watch.of(target.engine)).toEqual([
      first,
      { ...rejected, reason: 'handshakeTimeout', remote: `tcp|127.0.0.1|${String(waits.localPort)}` },
    ]);
    expect(target.engine.stats().connectionsRefused).toBe(2);
  });
});

describe('rxtofu:frame:rejected', () => {
  it('comes once for a frame that breaks a rule, before the close of its channel', async () => {
    const watch = new Watch();
    const target = await listenForRaw();
    const { raw, server } = await greetRaw(target);
    raw.write(ILLEGAL, ILLEGAL);
    await linesUntilClosed(server.group, server.channel);
    expect(watch.of(target.engine).slice(1)).toEqual([
      {
        event: 'frame:rejected',
        channelNumber: server.channel,
        rule: expect.stringContaining('10'),
        remote: `tcp|127.0.0.1|${String(raw.localPort)}`,
      },
      { event: 'close', channelNumber: server.channel, status: 28, statusName: 'recv_failed' },
    ]);
    expect(target.engine.stats().framesRejected).toBe(1);
  });

  it('names channel 0 before a hello, and no close follows', async () => {
    const watch = new Watch();
    const target = await listenForRaw();
    const raw = await RawPeer.connect({ port: target.port });
    raw.write('0001 00 00 0000000000000005 0000 0000');
    await raw.end();
    expect(watch.of(target.engine)).toMatchObject([
      { event: 'frame:rejected', channelNumber: 0, rule: 'Request before a HelloRequest' },
    ]);
  });

  it('does not come for a frame that takes longer than frameTimeout', async () => {
    const watch = new Watch();
    const target = await listenForRaw({ frameTimeout: 20 });
    const { raw, server } = await greetRaw(target);
    raw.write('0001 00');
    await linesUntilClosed(server.group, server.channel);
    expect(watch.of(target.engine).slice(1)).toMatchObject([{ event: 'close', statusName: 'recv_failed' }]);
  });
});

describe('the events of the pool', () => {
  it('come in turn: empty when the first channel has to wait, refilled when none has to', async () => {
    const watch = new Watch('pool:empty', 'pool:refilled');
    const { client, server } = await pairOver(mem, { server: SMALL });
    const sender = new PacedSender(client, 100);
    const empty = {
      event: 'pool:empty',
      channelNumber: 0,
      slots: { free: 0, used: 4, beyond: 0, max: 4 },
    };
    for (let round = 1; round <= 2; round++) {
      await sender.run(round * 10);
      await eventually('it waits', () => server.engine.stats().pausedChannels === 1);
      expect(watch.of(server.engine).at(-1)).toEqual(empty);
      for (let requests = 0; requests < 10;) {
        using message = await next(server.group);
        if (message.isFromApplication()) requests++;
      }
      await eventually('it reads', () => server.engine.stats().pausedChannels === 0);
      const refilled: unknown = watch.of(server.engine).at(-1);
      expect(refilled).toMatchObject({ event: 'pool:refilled', channelNumber: 0, slots: { max: 4 } });
    }
    expect(watch.namesOf(server.engine)).toEqual([
      'pool:empty',
      'pool:refilled',
      'pool:empty',
      'pool:refilled',
    ]);
    expect(watch.of(client.engine)).toEqual([]);
  });

  it('do not come for a channel at its own limit while slots are free', async () => {
    const watch = new Watch();
    const { client, server } = await pairOver(mem, { server: { maxSlotsPerChannel: 2 } });
    await new PacedSender(client, 100).run(10);
    await eventually('it waits', () => server.engine.stats().pausedChannels === 1);
    expect(watch.namesOf(server.engine)).toEqual(['accept']);
  });

  it('end with the last channel that waits', async () => {
    const watch = new Watch('pool:empty', 'pool:refilled');
    const { client, server } = await pairOver(mem, { server: SMALL });
    await new PacedSender(client, 100).run(10);
    await eventually('it waits', () => server.engine.stats().pausedChannels === 1);
    await server.engine.destroy();
    expect(watch.namesOf(server.engine)).toEqual(['pool:empty', 'pool:refilled']);
  });
});

describe('what listens', () => {
  it('hears of virtual networks in the frame in which it happens', () => {
    inNetwork({ latency: 2 }, ({ scheduler, server, client, at }) => {
      const heard: string[] = [];
      for (const name of ['accept', 'connect', 'close'] as const) {
        listenTo(name, ({ engine, channelNumber }) => {
          const who = engine === server.engine ? 'server' : engine === client.engine ? 'client' : '?';
          heard.push(`${String(scheduler.frame)} ${name} ${who} ${String(channelNumber)}`);
        });
      }
      server.listen();
      server.answer();
      const channel = client.dial();
      at(10, () => {
        client.post(channel, OpCode.ByeRequest);
      });
      at(30, () => {
        expect(heard).toEqual([
          '2 accept server 2',
          '4 connect client 1',
          '14 close client 1',
          '16 close server 2',
        ]);
      });
    });
    expect.assertions(1);
  });

  it.each(['accept', 'frame:rejected', 'pool:empty', 'close'] as const)(
    'may destroy the engine within %s',
    async name => {
      const target = await listenForRaw(SMALL);
      const { raw, server } = await greetRaw(target);
      let calls = 0;
      listenTo(name, () => {
        calls++;
        void target.engine.destroy();
      });
      if (name === 'accept') (await RawPeer.connect({ port: target.port })).write(HELLO_REQUEST);
      if (name === 'frame:rejected') raw.write(ILLEGAL);
      if (name === 'pool:empty') raw.write('0001 00 00 0000000000000005 0000 0000'.repeat(8));
      if (name === 'close') raw.reset();
      await eventually('the engine is destroyed', () => target.engine.isDestroyed);
      await target.engine.destroy();
      expect(calls).toBeGreaterThan(0);
      expect(server.engine.stats()).toMatchObject({ slots: { used: 0, beyond: 0 }, pausedChannels: 0 });
    },
  );

  it('may destroy the engine within connect', async () => {
    listenTo('connect', ({ engine }) => {
      if (engine === client.engine) void client.engine.destroy();
    });
    const { raw, client } = await askRaw();
    raw.write(HELLO_RESPONSE);
    await eventually('the engine is destroyed', () => client.engine.isDestroyed);
    await client.engine.destroy();
    expect(client.engine.stats()).toMatchObject({ slots: { used: 0, beyond: 0 } });
  });
});

/** Makes every event of the engine's own happen. */
async function everything(): Promise<void> {
  const target = await listenForRaw({ ...SMALL, maxChannels: 3 });
  const { raw, server } = await greetRaw(target);
  raw.write('0001 00 00 0000000000000005 0000 0000'.repeat(8));
  await eventually('the pool is empty', () => target.engine.stats().pausedChannels === 1);
  await RawPeer.connect({ port: target.port });
  const over = RawPeer.dial({ port: target.port });
  await over.end();
  for (let count = 0; count < 8;) if ((await nextCopy(server.group)).isFromApplication()) count++;
  raw.write(ILLEGAL);
  await linesUntilClosed(server.group, server.channel);
  const { client } = await askRaw();
  say(client, OpCode.ByeSignal);
  await linesUntilClosed(client.group, client.channel);
}

describe('where nobody listens', () => {
  it('nothing is published, and nothing that an event would say is asked for', async () => {
    const published = countPublished();
    const remote = jest.spyOn(NetLink.prototype, 'remote', 'get');
    await everything();
    const asked = remote.mock.calls.length;
    remote.mockRestore();
    expect({ published: published(), asked }).toEqual({ published: {}, asked: 0 });
  });

  it('only that event is published to which somebody listens', async () => {
    const published = countPublished();
    const watch = new Watch('frame:rejected', 'pool:refilled');
    const remote = jest.spyOn(NetLink.prototype, 'remote', 'get');
    await everything();
    const asked = remote.mock.calls.length;
    remote.mockRestore();
    expect({ published: published(), asked }).toEqual({
      published: { 'frame:rejected': 1, 'pool:refilled': 1 },
      asked: 1,
    });
    expect(watch.objects('frame:rejected')).toHaveLength(1);
  });
});
