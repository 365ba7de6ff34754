import { OpCode, statusName } from '../../lib/index.js';
import { next } from '../support/conversation.js';
import { networks } from '../support/networks.js';
import { pairOver } from '../support/pair.js';
import { PacedSender } from '../support/traffic.js';
import { settle, transports } from '../support/transports.js';

const POOL = { initialPoolMsgs: 4, maxPoolMsgs: 4 };
const MESSAGES = 100_000;
const BODY_BYTES = 1_024;

/**
 * How many messages of 1 KiB may be on their way to a receiver that takes none: the send queue of 1 MiB, and what the network
 * itself holds, which for TCP is what the kernel lets both its buffers grow to.
 */
const ON_THEIR_WAY = { tcp: 16_000, uds: 2_000, mem: 1_200 };

describe.each(networks)('a receiver that does not take its messages over $name', network => {
  const transport = transports.find(({ name }) => name === network.name) as (typeof transports)[0];
  const quiet = async (): Promise<void> => {
    for (let n = 0; n < 5; n++) await settle(transport);
  };

  it('stalls the sender, and gets every message in order once it takes them', async () => {
    const { client, server } = await pairOver(network, { server: POOL });
    const before = server.engine.stats().messagesIn;
    const sender = new PacedSender(client, BODY_BYTES);
    await sender.runUntilStalled(MESSAGES, quiet);

    // The slots are all that the receiver holds; the rest is held back.
    const held = server.engine.stats();
    expect(held.messagesIn - before).toBe(4);
    expect(held.slots).toEqual({ free: 0, used: 4, beyond: 0, max: 4 });
    expect(held.pausedChannels).toBe(1);
    expect(sender.accepted).toBeLessThan(ON_THEIR_WAY[network.name]);
    expect(client.engine.stats().queuedBytes).toBeLessThanOrEqual(1024 * 1024);

    const sending = sender.run(MESSAGES);
    const notices: string[] = [];
    let mostOnTheirWay = 0;
    for (let expected = 1; expected <= MESSAGES;) {
      const message = await next(server.group);
      if (message.isFromEngine()) {
        notices.push(`${statusName(message.status)} ${String(message.channelNumber)}`);
      } else {
        if (message.messageId !== BigInt(expected))
          throw new Error(`${message.dump()} came as ${String(expected)}`);
        if (message.body.byteLength !== BODY_BYTES) throw new Error(message.dump());
        mostOnTheirWay = Math.max(mostOnTheirWay, sender.accepted - expected);
        expected++;
      }
      server.engine.put(message);
    }
    await sending;
    expect(mostOnTheirWay).toBeLessThan(ON_THEIR_WAY[network.name]);
    expect(new Set(notices)).toEqual(new Set(['pool_empty 0']));
    expect(server.engine.stats().slots).toEqual({ free: 4, used: 0, beyond: 0, max: 4 });
  }, 30_000);

  it('hears of its empty pool again when everybody had got slots in between', async () => {
    const { client, server } = await pairOver(network, { server: POOL });
    const sender = new PacedSender(client, 100);
    const seen: string[] = [];
    for (let round = 1; round <= 3; round++) {
      await sender.run(round * 10);
      await quiet();
      for (let requests = 0; requests < 10;) {
        using message = await next(server.group);
        if (message.isFromEngine()) seen.push(`${statusName(message.status)} in round ${String(round)}`);
        else requests++;
      }
    }
    expect(seen).toEqual([1, 2, 3].map(round => `pool_empty in round ${String(round)}`));
  });

  it('is told of it by a Signal of the engine on channel 0 with id 0, that holds no slot', async () => {
    const { client, server } = await pairOver(network, { server: POOL });
    await new PacedSender(client, 100).run(10);
    await quiet();
    const messages = [];
    for (let n = 0; n < 5; n++) messages.push(await next(server.group));
    const notice = messages.find(message => message.isFromEngine());
    expect(notice?.dump()).toBe('Signal engine last pool_empty channel 0 id 0 headers 0 B body 0 B');
    expect(server.engine.stats().slots.used).toBe(4);
    for (const message of messages) server.engine.put(message);
    for (let n = 0; n < 6; n++) server.engine.put(await next(server.group));
  });

  it('is braked in the same way when it is pushed messages and retains them', async () => {
    const { client, server } = await pairOver(network, { server: POOL });
    const holds: Disposable[] = [];
    const ids: bigint[] = [];
    let keep = true;
    using _claim = server.group.claim(server.channel, message => {
      if (message.opCode !== OpCode.Request) return;
      ids.push(message.messageId);
      if (keep) holds.push(message.retain());
    });
    const sender = new PacedSender(client, BODY_BYTES);
    await sender.runUntilStalled(MESSAGES, quiet);
    expect(ids).toEqual([1n, 2n, 3n, 4n]);
    expect(server.engine.stats().slots).toEqual({ free: 0, used: 4, beyond: 0, max: 4 });
    expect(sender.accepted).toBeLessThan(ON_THEIR_WAY[network.name]);

    holds[0]?.[Symbol.dispose]();
    await quiet();
    expect(ids).toEqual([1n, 2n, 3n, 4n, 5n]);

    keep = false;
    for (const hold of holds) hold[Symbol.dispose]();
    const total = sender.accepted;
    for (let n = 0; n < 1_000 && ids.length < total; n++) await quiet();
    expect(ids).toHaveLength(total);
    expect(ids.every((id, n) => id === BigInt(n + 1))).toBe(true);
  });
});
