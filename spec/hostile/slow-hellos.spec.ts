import { eventually } from '../support/eventually.js';
import { nextCopy } from '../support/pair.js';
import {
  expectAlive,
  greetRaw,
  HELLO_ID,
  HELLO_REQUEST,
  listenForRaw,
  type RawTarget,
} from '../support/raw-channels.js';
import { bytesOf, RawPeer } from '../support/raw-peer.js';
import { StoppedClock } from '../support/stopped-clock.js';

/** Writes one byte, and waits until it is read. */
async function dribble(target: RawTarget, raw: RawPeer, byte: number): Promise<void> {
  const before = target.engine.stats().bytesIn;
  raw.writeBytes(Uint8Array.of(byte));
  await eventually('the byte is read', () => target.engine.stats().bytesIn === before + 1);
}

describe('a hello that comes byte by byte', () => {
  it('is accepted with its last byte, and the channel works', async () => {
    const target = await listenForRaw();
    const raw = await RawPeer.connect({ port: target.port });
    const hello = bytesOf(HELLO_REQUEST);
    for (const byte of hello.subarray(0, -1)) await dribble(target, raw, byte);
    expect(await target.group.waitReceive(0)).toBeNull();
    await dribble(target, raw, hello.at(-1) as number);
    const { channelNumber, messageId } = await nextCopy(target.group);
    expect(messageId).toBe(HELLO_ID);
    await expectAlive(raw, { ...target, channel: channelNumber });
  });

  it('gets no more time by that: handshakeTimeout runs from the connection on', async () => {
    const clock = new StoppedClock();
    const target = await listenForRaw({ clock, handshakeTimeout: 1_000 });
    const raw = await RawPeer.connect({ port: target.port });
    for (const byte of bytesOf(HELLO_REQUEST).subarray(0, 10)) {
      expect(target.engine.stats().connectionsRefused).toBe(0);
      await dribble(target, raw, byte);
      clock.advance(100);
    }
    expect(await raw.end()).toBe('ECONNRESET');
    expect(target.engine.stats()).toMatchObject({ connectionsRefused: 1, framesRejected: 0, messagesIn: 0 });
    expect(await target.group.waitReceive(0)).toBeNull();
  });
});

it('a hundred connections that say nothing are reset in time, and a good one beside them is served', async () => {
  const clock = new StoppedClock();
  const target = await listenForRaw({ clock, handshakeTimeout: 1_000 });
  const good = await greetRaw(target);
  const silent = Array.from({ length: 100 }, () => RawPeer.dial({ port: target.port }));
  await eventually('all are accepted', () => target.engine.core.context.table.size === 102);
  await expectAlive(good.raw, good.server);
  clock.advance(1_000);
  expect(await Promise.all(silent.map(raw => raw.end()))).toEqual(silent.map(() => 'ECONNRESET'));
  expect(target.engine.stats()).toMatchObject({ connectionsRefused: 100, framesRejected: 0 });
  await expectAlive(good.raw, good.server);
  expect(await target.group.waitReceive(0)).toBeNull();
});
