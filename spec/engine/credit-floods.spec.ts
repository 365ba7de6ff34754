import { OpCode } from '../../lib/index.js';
import { comesTrue } from '../support/eventually.js';
import { frame, requestFrames, upTo } from '../support/frames.js';
import { nextCopy, say, untilClosed } from '../support/pair.js';
import { expectAlive } from '../support/raw-channels.js';
import {
  grant,
  greetOnCredit,
  hears,
  hearsLine,
  listenForCredit,
  sayMany,
  SOCKETS,
} from '../support/raw-credit.js';

const POOL = { initialPoolMsgs: 8, maxPoolMsgs: 8 };
const FLOOD = 50_000;

/** The same bytes again and again. */
function manyOf(bytes: Buffer, times = FLOOD): Buffer {
  return Buffer.concat(Array<Buffer>(times).fill(bytes));
}

describe.each(SOCKETS)('a flood over $name', network => {
  it('of legal grants is taken, kept nowhere, and keeps nobody waiting', async () => {
    const target = await listenForCredit(network, POOL);
    const good = await greetOnCredit(target);
    const bad = await greetOnCredit(target);
    const { messagesIn } = target.engine.stats();
    bad.raw.writeBytes(manyOf(grant(1)));
    await comesTrue(() => target.engine.stats().messagesIn > messagesIn);
    // A turn of reading one socket ends: others have theirs in between.
    await expectAlive(good.raw, good.server);
    await comesTrue(() => target.engine.stats().messagesIn === messagesIn + FLOOD + 1);
    expect(target.engine.stats().slots.used).toBe(0);
    expect(target.group.core.connection(bad.server.channel).credit?.outgoing.left).toBe(64 + FLOOD);
    await expectAlive(bad.raw, bad.server);
  });

  it('of grants pays for what waits, one by one', async () => {
    const target = await listenForCredit(network, POOL);
    const { raw, server } = await greetOnCredit(target, { hello: '1' });
    sayMany(server, 1, 3_000);
    raw.writeBytes(manyOf(grant(1), 2_999));
    await hears(raw, 3_001);
    expect(target.group.core.connection(server.channel).credit?.outgoing.left).toBe(0);
    expect(server.engine.stats().queuedBytes).toBe(0);
  });

  it.each(['rx-heartbeat', 'rx-cancel'])(
    'of %s on a channel that nobody follows or reads takes slots, and is not read when there is none',
    async header => {
      const target = await listenForCredit(network, POOL);
      const good = await greetOnCredit(target);
      const bad = await greetOnCredit(target);
      bad.raw.writeBytes(manyOf(frame({ opCode: OpCode.Signal, id: 5, headers: `${header}:1\r\n` })));
      await comesTrue(() => target.engine.stats().pausedChannels === 1);
      const { slots, messagesIn } = target.engine.stats();
      expect([slots.used + slots.beyond, messagesIn]).toEqual([8, 2 + 8]);
      expect(target.group.core.connection(bad.server.channel).reader.overdraft.parkedBytes).toBe(0);
      good.raw.writeBytes(frame({ id: 7, body: 'ok' }));
      let last = await nextCopy(target.group);
      while (last.channelNumber !== good.server.channel) last = await nextCopy(target.group);
      expect(last.body.text()).toBe('ok');
      say(bad.server, OpCode.ByeSignal);
      await untilClosed(target.group, bad.server.channel);
    },
  );

  it('of heartbeats is no way round the credit of what costs', async () => {
    const target = await listenForCredit(network, { initialPoolMsgs: 300, maxPoolMsgs: 300 });
    const { raw, server } = await greetOnCredit(target);
    const heartbeat = frame({ opCode: OpCode.Signal, headers: 'rx-heartbeat:1\r\n' });
    raw.writeBytes(Buffer.concat([manyOf(heartbeat, 100), requestFrames(upTo(65))]));
    const messages = await untilClosed(target.group, server.channel);
    expect(messages.filter(({ opCode }) => opCode === OpCode.Request)).toHaveLength(64);
    expect(target.engine.stats().framesRejected).toBe(1);
  });

  it('of grants to a peer that reads nothing stays within what waits', async () => {
    const target = await listenForCredit(network, POOL);
    const good = await greetOnCredit(target);
    const bad = await greetOnCredit(target, { hello: '1' });
    say(bad.server, OpCode.Request, { id: 1 });
    await hearsLine(bad.raw, 'Request 1');
    bad.raw.pause();
    for (let id = 2; id <= 16; id++) say(bad.server, OpCode.Request, { id, payload: 'x'.repeat(60_000) });
    bad.raw.writeBytes(manyOf(grant(1)));
    await comesTrue(() => target.engine.stats().messagesIn === 2 + FLOOD);
    await expectAlive(good.raw, good.server);
    expect(target.engine.stats().queuedBytes).toBeLessThanOrEqual(15 * 60_016);
    say(bad.server, OpCode.ByeSignal);
    await untilClosed(target.group, bad.server.channel);
  });
});
