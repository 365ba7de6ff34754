import { type Message, OpCode } from '../../lib/index.js';
import { nextLine } from '../support/conversation.js';
import { eventually } from '../support/eventually.js';
import { frame, requestFrames, upTo } from '../support/frames.js';
import { say, untilClosed } from '../support/pair.js';
import { greetRaw, listenForRaw } from '../support/raw-channels.js';
import { RawPeer } from '../support/raw-peer.js';

const POOL = { initialPoolMsgs: 8, maxPoolMsgs: 8, stallTimeout: Infinity };
/** What Node reads from a socket at once. */
const CHUNK = 64 * 1024;

it('a peer that sends everything at once to a group that nobody reads is read up to the slots, and no further', async () => {
  const target = await listenForRaw(POOL);
  const bad = await greetRaw(target);
  const before = target.engine.stats();
  bad.raw.writeBytes(requestFrames(upTo(3_000), 'x'.repeat(10_000)));
  await eventually('the channel waits', () => target.engine.stats().pausedChannels === 1);
  // Others come, and are read: each may always have one message. Nothing more is read of the flood meanwhile.
  for (let n = 0; n < 20; n++) {
    const raw = await RawPeer.connect({ port: target.port });
    raw.writeBytes(frame({ opCode: OpCode.HelloRequest, id: 1 }));
    await eventually('its hello is read', () => target.engine.stats().channels.ready === 2 + n);
  }
  const { slots, messagesIn, bytesIn } = target.engine.stats();
  expect(slots).toEqual({ free: 0, used: 8, beyond: 20, max: 8 });
  expect(messagesIn - before.messagesIn).toBe(8 + 20);
  expect(bytesIn - before.bytesIn).toBeLessThanOrEqual(8 * 10_016 + 3 * CHUNK);
  say(bad.server, OpCode.ByeSignal);
  await untilClosed(target.group, bad.server.channel);
});

it('a flood of the smallest frames is delivered whole and in order, and another client has its turn within it', async () => {
  const FLOOD = 100_000;
  const target = await listenForRaw(POOL);
  const good = await greetRaw(target);
  const bad = await greetRaw(target);
  let last = 0;
  let isInOrder = true;
  let beforeGood: number | null = null;
  target.group.subscribe((message: Message) => {
    if (message.channelNumber === good.server.channel) beforeGood = last;
    if (message.channelNumber !== bad.server.channel) return;
    isInOrder &&= message.messageId === BigInt(++last);
  });
  bad.raw.writeBytes(requestFrames(upTo(FLOOD)));
  await eventually('it has begun', () => last > 0);
  good.raw.writeBytes(frame({ id: 7 }));
  await eventually('all has come', () => last === FLOOD && beforeGood !== null);
  expect(isInOrder).toBe(true);
  expect(beforeGood).toBeLessThan(FLOOD);
  expect(target.engine.stats().slots.used).toBe(0);
});

it('a peer that asks and reads nothing fills its own send queue up to maxQueuedBytes, and no other', async () => {
  const maxQueuedBytes = 200_000;
  const target = await listenForRaw({ ...POOL, maxQueuedBytes });
  const good = await greetRaw(target);
  const bad = await greetRaw(target);
  const refused: string[] = [];
  const body = Buffer.alloc(60_000);
  const sink = target.group.subscribe(message => {
    if (message.opCode !== OpCode.Request || message.isFromEngine()) return;
    try {
      target.group.post(message.reply(body));
    } catch (error) {
      refused.push((error as { code: string }).code);
    }
  });
  bad.raw.pause();
  bad.raw.writeBytes(requestFrames(upTo(2_000)));
  await eventually('the queue is full', () => refused.length > 0);
  good.raw.writeBytes(frame({ id: 7 }));
  await good.raw.read(16 + 16 + body.length);
  await eventually('all is read', () => target.engine.stats().messagesIn === 2 + 2_000 + 1);
  expect(new Set(refused)).toEqual(new Set(['pool_empty']));
  expect(target.engine.stats().queuedBytes).toBeLessThanOrEqual(maxQueuedBytes);
  expect(target.engine.stats().slots.used).toBe(0);
  sink.unsubscribe();
  say(bad.server, OpCode.ByeSignal);
  const back = await untilClosed(target.group, bad.server.channel);
  // What was not sent comes back, and is all that was kept.
  expect((back.length - 1) * (16 + body.length)).toBeLessThanOrEqual(maxQueuedBytes + 16 + body.length);
});

it('a peer that claims to be the engine is heard of only by its own end', async () => {
  const target = await listenForRaw();
  const good = await greetRaw(target);
  const bad = await greetRaw(target);
  const n = String(good.server.channel);
  // channel_closed of the good one's channel, as the engine itself would say it.
  bad.raw.write(`${good.server.channel.toString(16).padStart(4, '0')} 12 16 0000000000000063 0000 0000`);
  expect(
    (await untilClosed(target.group, bad.server.channel)).map(({ channelNumber }) => channelNumber),
  ).toEqual([bad.server.channel, bad.server.channel]);
  good.raw.writeBytes(frame({ id: 7 }));
  expect(await nextLine(target.engine, target.group)).toBe(`Request ${n}`);
});
