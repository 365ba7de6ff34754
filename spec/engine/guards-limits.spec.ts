import { memServer, OpCode, tcpClient } from '../../lib/index.js';
import { lineOf, nextLine } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { refusal } from '../support/messages.js';
import { linesUntilClosed, memberOf, nextCopy, say, untilClosed } from '../support/pair.js';
import {
  clientOfRaw,
  expectAlive,
  greetRaw,
  HELLO_ID,
  listenForRaw,
  type RawTarget,
} from '../support/raw-channels.js';
import { hexOf, RawPeer } from '../support/raw-peer.js';
import { StoppedClock } from '../support/stopped-clock.js';

/** Waits until the target has read so many bytes in all. */
async function bytesRead(target: RawTarget, count: number): Promise<void> {
  await eventually(`${String(count)} bytes are read`, () => target.engine.stats().bytesIn >= count);
}

describe('handshakeTimeout', () => {
  it('resets a connection that says nothing, counts it, and tells the group nothing', async () => {
    const target = await listenForRaw({ handshakeTimeout: 20 });
    const raw = await RawPeer.connect({ port: target.port });
    expect(await raw.end()).toBe('ECONNRESET');
    expect(target.engine.stats()).toMatchObject({ connectionsRefused: 1, framesRejected: 0, messagesIn: 0 });
    expect(await target.group.waitReceive(0)).toBeNull();
  });

  it.each([
    ['half a header', '0001 03 00 00000000'],
    ['a hello without its text headers', '0001 03 00 0000000000000063 0010 0000 7e63'],
  ])('resets a connection that stops behind %s', async (_, hex) => {
    const target = await listenForRaw({ handshakeTimeout: 20 });
    const raw = await RawPeer.connect({ port: target.port });
    raw.write(hex);
    expect(await raw.end()).toBe('ECONNRESET');
    expect(target.engine.stats()).toMatchObject({ connectionsRefused: 1, framesRejected: 0 });
    expect(await target.group.waitReceive(0)).toBeNull();
  });

  it('is over once the hello has come, answered or not', async () => {
    const clock = new StoppedClock();
    const target = await listenForRaw({ clock, handshakeTimeout: 1_000 });
    const raw = await RawPeer.connect({ port: target.port });
    raw.write('0001 03 00');
    await bytesRead(target, 4);
    clock.advance(999);
    raw.write('0000000000000063 0000 0000');
    const hello = await nextCopy(target.group);
    clock.advance(1_000_000);
    await expectAlive(raw, { ...target, channel: hello.channelNumber });
    expect(target.engine.stats().connectionsRefused).toBe(0);
  });

  it('is exact, and Infinity turns it off', async () => {
    const clock = new StoppedClock();
    const strict = await listenForRaw({ clock, handshakeTimeout: 1_000 });
    const patient = await listenForRaw({ clock, handshakeTimeout: Infinity, frameTimeout: Infinity });
    const [late, later] = [
      await RawPeer.connect({ port: strict.port }),
      await RawPeer.connect({ port: patient.port }),
    ];
    for (const [raw, target] of [
      [late, strict],
      [later, patient],
    ] as const) {
      raw.write('0001');
      await bytesRead(target, 2);
    }
    clock.advance(999);
    expect(strict.engine.stats().connectionsRefused).toBe(0);
    clock.advance(1);
    expect(strict.engine.stats().connectionsRefused).toBe(1);
    expect(await late.end()).toBe('ECONNRESET');
    clock.advance(10_000_000);
    later.write('03 00 0000000000000063 0000 0000');
    expect((await nextCopy(patient.group)).messageId).toBe(HELLO_ID);
  });

  it('does not outlive the listener: connections without a hello are reset with it', async () => {
    const target = await listenForRaw();
    const good = await greetRaw(target);
    const raw = await RawPeer.connect({ port: target.port });
    raw.write('0001');
    await bytesRead(target, 18);
    say({ ...target, channel: target.listener }, OpCode.ByeSignal);
    expect(await raw.end()).toBe('ECONNRESET');
    expect(await linesUntilClosed(target.group, target.listener)).toHaveLength(1);
    await expectAlive(good.raw, good.server);
  });
});

describe('frameTimeout', () => {
  it.each([
    ['half a header', '0001 00 00 00'],
    ['a header without its body', '0001 00 00 0000000000000005 0000 0004'],
    ['half a body', '0001 00 00 0000000000000005 0000 0004 6161'],
    ['half its text headers', '0001 00 00 0000000000000005 0004 0000 61'],
  ])('closes a channel behind %s with recv_failed', async (_, hex) => {
    const target = await listenForRaw({ frameTimeout: 20 });
    const good = await greetRaw(target);
    const bad = await greetRaw(target);
    bad.raw.write(hex);
    const messages = await untilClosed(target.group, bad.server.channel);
    expect(messages.map(lineOf)).toEqual([
      `Signal recv_failed ${String(bad.server.channel)}`,
      `Signal channel_closed ${String(bad.server.channel)}`,
    ]);
    expect(messages.map(message => message.messageId)).toEqual([HELLO_ID, HELLO_ID]);
    expect(await bad.raw.end()).toBe('ECONNRESET');
    await expectAlive(good.raw, good.server);
  });

  it("closes a client's channel, too", async () => {
    const { raw, client } = await clientOfRaw({ frameTimeout: 20 });
    raw.write('0001');
    expect(await linesUntilClosed(client.group, client.channel)).toEqual([
      `Signal recv_failed ${String(client.channel)}`,
      `Signal channel_closed ${String(client.channel)}`,
    ]);
  });

  it('counts from the first byte of a frame to its last, and not between frames', async () => {
    const clock = new StoppedClock();
    const target = await listenForRaw({ clock, frameTimeout: 1_000 });
    const { raw, server } = await greetRaw(target);
    clock.advance(100_000);
    raw.write('0001 02 00 0000000000000000 0000 0003', hexOf('one'), '0001');
    expect(await nextLine(server.engine, server.group)).toBe(`Signal ${String(server.channel)} "one"`);
    clock.advance(999);
    raw.write('02 00 0000000000000000 0000 0003', hexOf('two'));
    expect(await nextLine(server.engine, server.group)).toBe(`Signal ${String(server.channel)} "two"`);
    clock.advance(100_000);
    await expectAlive(raw, server);
  });

  it('is not put off by bytes that do not end the frame', async () => {
    const clock = new StoppedClock();
    const target = await listenForRaw({ clock, frameTimeout: 1_000 });
    const { raw, server } = await greetRaw(target);
    raw.write('0001 02 00 0000000000000000 0000 0003');
    await bytesRead(target, 32);
    clock.advance(500);
    raw.write('61');
    await bytesRead(target, 33);
    clock.advance(499);
    expect(server.engine.stats().channels.ready).toBe(1);
    clock.advance(1);
    expect(await linesUntilClosed(server.group, server.channel)).toEqual([
      `Signal recv_failed ${String(server.channel)}`,
      `Signal channel_closed ${String(server.channel)}`,
    ]);
  });

  it('stops while the channel is not read for want of slots', async () => {
    const clock = new StoppedClock();
    const target = await listenForRaw({
      clock,
      frameTimeout: 1_000,
      initialPoolMsgs: 1,
      maxPoolMsgs: 1,
      stallTimeout: Infinity,
    });
    const { raw, server } = await greetRaw(target);
    const signal = '0001 02 00 0000000000000000 0000 0001';
    raw.write(signal, hexOf('1'), signal, hexOf('2'), signal);
    await eventually('the channel is paused', () => target.engine.stats().pausedChannels === 1);
    clock.advance(1_000_000);
    raw.write(hexOf('3'));
    const texts: string[] = [];
    while (texts.length < 3) {
      const message = await nextCopy(server.group);
      if (message.channelNumber !== 0) texts.push(message.body.text());
    }
    expect(texts).toEqual(['1', '2', '3']);
  });
});

describe('maxChannels', () => {
  it('resets a connection beyond it as it is accepted, and counts it', async () => {
    const target = await listenForRaw({ maxChannels: 3 });
    const good = await greetRaw(target);
    const waiting = await RawPeer.connect({ port: target.port });
    waiting.write('0001');
    await bytesRead(target, 18);
    const beyond = RawPeer.dial({ port: target.port });
    expect(await beyond.end()).toBe('ECONNRESET');
    expect(target.engine.stats()).toMatchObject({ connectionsRefused: 1, framesRejected: 0 });
    await expectAlive(good.raw, good.server);
    waiting.write('03 00 0000000000000063 0000 0000');
    expect((await nextCopy(target.group)).messageId).toBe(HELLO_ID);
  });

  it('has room again once channel_closed was taken, and not before', async () => {
    const target = await listenForRaw({ maxChannels: 2 });
    const first = await greetRaw(target);
    say(first.server, OpCode.ByeSignal);
    expect(await first.raw.end()).toBe('ECONNRESET');
    await eventually('the channel has ended', () => target.engine.stats().channels.closing === 0);
    const early = RawPeer.dial({ port: target.port });
    expect(await early.end()).toBe('ECONNRESET');
    expect(await linesUntilClosed(target.group, first.server.channel)).toHaveLength(1);
    const second = await greetRaw(target);
    await expectAlive(second.raw, second.server);
  });

  it('has room again when a connection that waits for its hello is gone', async () => {
    const target = await listenForRaw({ maxChannels: 2 });
    const waiting = await RawPeer.connect({ port: target.port });
    waiting.write('0001');
    await bytesRead(target, 2);
    waiting.write('0f 00 0000000000000005 0000 0000');
    expect(await waiting.end()).toBe('ECONNRESET');
    const next = await greetRaw(target);
    await expectAlive(next.raw, next.server);
  });

  it.each(['HelloRequest', 'WelcomeRequest'] as const)(
    'refuses a %s beyond it with not_allowed',
    async name => {
      const { engine, group } = memberOf(engineForSpec({ maxChannels: 1 }));
      const welcome = engine.get();
      memServer().format(welcome);
      const listener = group.post(welcome).channelNumber;
      using message = engine.get();
      (name === 'HelloRequest' ? tcpClient() : memServer()).format(message);
      const error = refusal(() => group.post(message));
      expect(error.code).toBe('not_allowed');
      for (const word of ['maxChannels', '1']) expect(error.message).toContain(word);
      expect([message.channelNumber, message.messageId]).toEqual([0, 0n]);

      say({ engine, group, channel: listener }, OpCode.ByeSignal);
      await linesUntilClosed(group, listener);
      memServer().format(message);
      expect(group.post(message).opCode).toBe(OpCode.WelcomeRequest);
    },
  );
});
