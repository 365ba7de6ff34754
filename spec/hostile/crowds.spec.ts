import { OpCode } from '../../lib/index.js';
import { closes } from '../support/conversation.js';
import { eventually } from '../support/eventually.js';
import { nextCopy } from '../support/pair.js';
import {
  expectAlive,
  greetRaw,
  HELLO_REQUEST,
  listenForRaw,
  type RawTarget,
} from '../support/raw-channels.js';
import { RawPeer } from '../support/raw-peer.js';

type Greeted = Awaited<ReturnType<typeof greetRaw>>;

/** So many raw clients, all accepted. */
async function greetMany(target: RawTarget, count: number): Promise<Greeted[]> {
  const greeted: Greeted[] = [];
  while (greeted.length < count) greeted.push(await greetRaw(target));
  return greeted;
}

describe('a crowd that fills maxChannels', () => {
  const ROOM = 30;

  it('is served, every connection beyond is reset, and whoever leaves makes room for one', async () => {
    const target = await listenForRaw({ maxChannels: 1 + ROOM });
    const inside = await greetMany(target, ROOM);
    for (let round = 1; round <= 3; round++) {
      const beyond = Array.from({ length: ROOM }, () => RawPeer.dial({ port: target.port }));
      expect(await Promise.all(beyond.map(raw => raw.end()))).toEqual(beyond.map(() => 'ECONNRESET'));
      expect(target.engine.stats().connectionsRefused).toBe(round * ROOM);
    }
    for (const { raw, server } of inside) await expectAlive(raw, server);

    for (const { raw } of inside.splice(0, 10)) raw.reset();
    for (let closed = 0; closed < 10; closed++) {
      const message = await nextCopy(target.group);
      expect(closes(message.channelNumber)(message)).toBe(true);
    }
    inside.push(...(await greetMany(target, 10)));
    const late = RawPeer.dial({ port: target.port });
    expect(await late.end()).toBe('ECONNRESET');
    for (const { raw, server } of inside) await expectAlive(raw, server);
  });

  it('of silent connections is kept out by it as well, and none of them is a channel', async () => {
    const target = await listenForRaw({ maxChannels: 1 + ROOM });
    const silent = await Promise.all(
      Array.from({ length: ROOM }, () => RawPeer.connect({ port: target.port })),
    );
    for (const raw of silent) raw.write('00');
    await eventually('all are accepted', () => target.engine.stats().bytesIn === ROOM);
    const beyond = RawPeer.dial({ port: target.port });
    expect(await beyond.end()).toBe('ECONNRESET');
    expect(target.engine.stats().channels).toEqual({ connecting: 0, ready: 0, closing: 0, listening: 1 });
    for (const raw of silent) raw.reset();
    await eventually('all are gone', () => target.engine.core.context.table.size === 1);
    const good = await greetRaw(target);
    await expectAlive(good.raw, good.server);
  });
});

/** What a connection says before it is reset. */
const MOMENTS = [
  [],
  ['0001 03'],
  [HELLO_REQUEST],
  [HELLO_REQUEST, '0001 00 00 0000000000000005 0000 0004 6161'],
  [HELLO_REQUEST, '0001 05 00 0000000000000005 0000 0000'],
  [HELLO_REQUEST, '0001 06 00 0000000000000005 0000 0000'],
  [HELLO_REQUEST, '0001 0f 00 0000000000000005 0000 0000'],
];

it('connections that come and reset again and again leave nothing: each channel ends in one channel_closed', async () => {
  const target = await listenForRaw();
  const good = await greetRaw(target);
  const begun: number[] = [];
  const ended: number[] = [];
  for (let n = 0; n < 350; n++) {
    const raw = await RawPeer.connect({ port: target.port });
    const says = MOMENTS[n % MOMENTS.length] as string[];
    raw.write(...says);
    if (says[0] !== HELLO_REQUEST) {
      raw.reset();
      continue;
    }
    const { channelNumber, opCode } = await nextCopy(target.group);
    expect(opCode).toBe(OpCode.HelloRequest);
    begun.push(channelNumber);
    raw.reset();
    while (ended.length < begun.length) {
      const message = await nextCopy(target.group);
      expect(message.channelNumber).toBe(channelNumber);
      if (closes(channelNumber)(message)) ended.push(channelNumber);
    }
  }
  const last = await greetRaw(target);
  await eventually('all are gone', () => target.engine.core.context.table.size === 3);
  expect([begun.length, ended]).toEqual([250, begun]);
  expect(new Set(begun).size).toBe(begun.length);
  for (const { raw, server } of [good, last]) await expectAlive(raw, server);
  expect(await target.group.waitReceive(0)).toBeNull();
  expect(target.engine.stats().framesRejected).toBe(50);
});
