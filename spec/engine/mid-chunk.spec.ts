import { type Address, type ChannelGroup, type Engine, OpCode, statusName } from '../../lib/index.js';
import { lineOf, listenOn, next } from '../support/conversation.js';
import { frame, requestFrames, upTo } from '../support/frames.js';
import { dial, type LinkLog } from '../support/link-log.js';
import { networks } from '../support/networks.js';
import { linesUntilClosed, memberOf } from '../support/pair.js';
import { engineForSpec } from '../support/engines.js';
import { settle, transports } from '../support/transports.js';

const POOL = { initialPoolMsgs: 4, maxPoolMsgs: 4 };

/** Every frame of these specs has 16 bytes of header and a body of 10. */
const FRAME_BYTES = 26;
const BODY = '0123456789';

describe.each(networks)('many frames in one write over $name', network => {
  const below = transports.find(({ name }) => name === network.name) as (typeof transports)[0];
  let engine: Engine;
  let group: ChannelGroup;
  let client: Address;

  beforeEach(async () => {
    ({ engine, group } = memberOf(engineForSpec(POOL)));
    ({ client } = await listenOn(engine, group, network));
  });

  /** A peer that writes by hand, its hello taken; and its channel at the engine. */
  async function greeted(): Promise<{ peer: LinkLog; channel: number }> {
    const peer = dial(below.transport, client);
    await peer.untilEvent('open');
    peer.own.write(frame({ opCode: OpCode.HelloRequest, id: 77 }));
    using hello = await next(group);
    expect(hello.opCode).toBe(OpCode.HelloRequest);
    return { peer, channel: hello.channelNumber };
  }

  /** Writes, and waits until the engine has read the bytes. */
  async function writeWhole(peer: LinkLog, bytes: Buffer): Promise<void> {
    const before = engine.stats().bytesIn;
    peer.own.write(bytes);
    for (let n = 0; n < 500 && engine.stats().bytesIn < before + bytes.length; n++) await settle(below);
    expect(engine.stats().bytesIn).toBe(before + bytes.length);
  }

  async function nextId(): Promise<number> {
    using message = await next(group);
    return message.isFromEngine() ? -message.status : Number(message.messageId);
  }

  it('are read until the slots run out, in the middle of the chunk', async () => {
    const { peer } = await greeted();
    await writeWhole(peer, requestFrames(upTo(100), BODY));
    await settle(below);
    // The hello and four Requests.
    expect(engine.stats().messagesIn).toBe(1 + 4);
    expect(engine.stats().slots).toEqual({ free: 0, used: 4, beyond: 0, max: 4 });
    expect(engine.stats().pausedChannels).toBe(1);
  });

  it('are read on one by one as slots come back, and in order', async () => {
    const { peer } = await greeted();
    await writeWhole(peer, requestFrames(upTo(100), BODY));
    const ids: number[] = [];
    for (let put = 0; put < 20; put++) {
      ids.push(await nextId());
      // The fifth thing in the inbox is pool_empty, which holds no slot.
      if (ids.at(-1) === -19) ids.pop();
      await settle(below);
      expect(engine.stats().messagesIn).toBe(1 + 4 + ids.length);
    }
    while (ids.length < 100) ids.push(await nextId());
    expect(ids).toEqual(upTo(100));
    await settle(below);
    expect(engine.stats().pausedChannels).toBe(0);
  });

  it('have pool_empty said of them once', async () => {
    const { peer } = await greeted();
    await writeWhole(peer, requestFrames(upTo(100), BODY));
    const ids: number[] = [];
    for (let n = 0; n < 101; n++) ids.push(await nextId());
    expect(ids).toEqual([1, 2, 3, 4, -19, ...upTo(100).slice(4)]);
  });

  it('leave one message to each channel that holds no slot, beyond the pool', async () => {
    const first = await greeted();
    await writeWhole(first.peer, requestFrames(upTo(100), BODY));
    const others: LinkLog[] = [];
    for (let n = 0; n < 3; n++) {
      const peer = dial(below.transport, client);
      await peer.untilEvent('open');
      await writeWhole(
        peer,
        Buffer.concat([frame({ opCode: OpCode.HelloRequest, id: 9 }), requestFrames(upTo(10), BODY)]),
      );
      others.push(peer);
    }
    await settle(below);
    // Of the others, their hello.
    expect(engine.stats().messagesIn).toBe(1 + 4 + 3);
    expect(engine.stats().slots).toEqual({ free: 0, used: 4, beyond: 3, max: 4 });
    expect(engine.stats().pausedChannels).toBe(4);
    expect(others).toHaveLength(3);
  });

  it.each(['fin', 'reset'] as const)(
    'are all delivered before a %s, however late their slots come',
    async how => {
      const { peer, channel } = await greeted();
      await writeWhole(peer, requestFrames(upTo(100), BODY));
      if (how === 'fin') peer.own.end();
      else peer.own.reset();
      await settle(below);
      expect(engine.stats().messagesIn).toBe(1 + 4);
      const lines = await linesUntilClosed(group, channel);
      expect(lines.filter(line => line !== 'Signal pool_empty 0')).toEqual([
        ...upTo(100).map(() => `Request ${String(channel)} "${BODY}"`),
        `Signal channel_closed ${String(channel)}`,
      ]);
    },
  );

  it.each(['fin', 'reset'] as const)(
    'are all delivered before a %s when they came one by one, too',
    async how => {
      const { peer, channel } = await greeted();
      for (const id of upTo(40)) {
        peer.own.write(requestFrames([id], BODY));
        await settle(below);
      }
      if (how === 'fin') peer.own.end();
      else peer.own.reset();
      await settle(below);
      const lines = await linesUntilClosed(group, channel);
      expect(lines.filter(line => line !== 'Signal pool_empty 0')).toEqual([
        ...upTo(40).map(() => `Request ${String(channel)} "${BODY}"`),
        `Signal channel_closed ${String(channel)}`,
      ]);
    },
  );

  it('are all delivered before the fault of a frame behind them', async () => {
    const { peer, channel } = await greeted();
    const illegal = frame({ id: 1 });
    illegal.writeUInt8(15, 2);
    await writeWhole(
      peer,
      Buffer.concat([requestFrames(upTo(20), BODY), illegal, requestFrames([21], BODY)]),
    );
    const lines = await linesUntilClosed(group, channel);
    expect(lines.filter(line => line !== 'Signal pool_empty 0')).toEqual([
      ...upTo(20).map(() => `Request ${String(channel)} "${BODY}"`),
      `Signal recv_failed ${String(channel)}`,
      `Signal channel_closed ${String(channel)}`,
    ]);
    expect(engine.stats().framesRejected).toBe(1);
  });

  it('are all delivered, and half a frame at the end is dropped', async () => {
    const { peer, channel } = await greeted();
    const cut = requestFrames(upTo(10), BODY).subarray(0, 9 * FRAME_BYTES + 20);
    await writeWhole(peer, cut);
    peer.own.end();
    const lines = await linesUntilClosed(group, channel);
    expect(lines.filter(line => line.startsWith('Request'))).toHaveLength(9);
    expect(lines.at(-1)).toBe(`Signal channel_closed ${String(channel)}`);
  });

  it('are dropped, those that were not delivered, when the channel is ended by ByeSignal', async () => {
    const { peer, channel } = await greeted();
    await writeWhole(peer, requestFrames(upTo(100), BODY));
    const bye = engine.get();
    bye.opCode = OpCode.ByeSignal;
    bye.channelNumber = channel;
    group.post(bye);
    const lines = await linesUntilClosed(group, channel);
    // What was in the inbox stays.
    expect(lines.filter(line => line.startsWith('Request'))).toHaveLength(4);
    expect(engine.stats().slots).toEqual({ free: 4, used: 0, beyond: 0, max: 4 });
  });

  it('never make a receiver see two channels mixed up', async () => {
    const peers = [await greeted(), await greeted(), await greeted()];
    for (const [n, { peer }] of peers.entries()) {
      await writeWhole(
        peer,
        requestFrames(
          upTo(30).map(id => id + 1_000 * n),
          BODY,
        ),
      );
    }
    const seen = new Map(peers.map(({ channel }) => [channel, [] as number[]]));
    for (let requests = 0; requests < 90;) {
      using message = await next(group);
      if (message.isFromEngine()) {
        expect(statusName(message.status)).toBe('pool_empty');
        continue;
      }
      seen.get(message.channelNumber)?.push(Number(message.messageId));
      expect(lineOf(message)).toBe(`Request ${String(message.channelNumber)} "${BODY}"`);
      requests++;
    }
    expect([...seen.values()]).toEqual(peers.map((_, n) => upTo(30).map(id => id + 1_000 * n)));
  });
});
