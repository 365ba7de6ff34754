import { OpCode } from '../../lib/index.js';
import { closes, listenOn, next, postHello, until } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { networks } from '../support/networks.js';
import { fillQueue, memberOf, pairOver, rejection, say, type Side } from '../support/pair.js';
import { refusal } from '../support/messages.js';
import { PacedSender, tryPost } from '../support/traffic.js';

const MAX_QUEUED = 256 * 1024;

/** Takes and puts everything until so many messages of the peer have come. */
async function take(side: Side, count: number): Promise<void> {
  for (let taken = 0; taken < count;) {
    using message = await next(side.group);
    if (message.isFromApplication()) taken++;
  }
}

describe.each(networks)('a full send queue over $name', network => {
  const options = { client: { maxQueuedBytes: MAX_QUEUED }, server: { initialPoolMsgs: 2, maxPoolMsgs: 2 } };

  it("leaves a message that does not fit the caller's, as it was", async () => {
    const { client, server } = await pairOver(network, options);
    const posted = fillQueue(client);
    const message = client.engine.get();
    message.channelNumber = client.channel;
    message.opCode = OpCode.Signal;
    message.textHeaders.append('name', 'value');
    message.body.append(Buffer.alloc(60_000, 'b'));
    const before = message.dump();
    const slotsBefore = client.engine.pool.stats();
    const error = refusal(() => client.group.post(message));
    expect(error.code).toBe('pool_empty');
    expect(message.dump()).toBe(before);
    expect(client.engine.pool.stats()).toEqual(slotsBefore);
    message.body.append(' and more');
    expect(message.body.byteLength).toBe(60_009);
    expect(message.messageId).toBe(0n);

    const taken = take(server, posted.length + 1);
    await client.group.writable(client.channel);
    client.group.post(message);
    await taken;
  });

  it('lets ByeRequest pass, which arrives behind all that was queued', async () => {
    const { client, server } = await pairOver(network, options);
    const posted = fillQueue(client);
    say(client, OpCode.ByeRequest);
    const seen: bigint[] = [];
    for (;;) {
      using message = await next(server.group);
      if (message.isFromEngine()) continue;
      if (message.opCode === OpCode.ByeRequest) {
        server.group.post(message.reply());
        break;
      }
      seen.push(message.messageId);
    }
    expect(seen).toEqual(posted);
    for (const side of [client, server]) {
      for (const message of await until(side.group, closes(side.channel))) side.engine.put(message);
    }
  });

  it('lets ByeSignal pass, and gives everything back', async () => {
    const { client } = await pairOver(network, options);
    fillQueue(client);
    const { queuedBytes } = client.engine.stats();
    expect(queuedBytes).toBeGreaterThan(MAX_QUEUED / 2);
    say(client, OpCode.ByeSignal);
    const messages = await until(client.group, closes(client.channel));
    const back = messages.slice(0, -1).map(message => 16 + message.body.byteLength);
    expect(back.reduce((sum, bytes) => sum + bytes, 0)).toBe(queuedBytes);
    for (const message of messages) client.engine.put(message);
  });

  it('lets all go on who wait for it, but one whose signal was aborted', async () => {
    const { client, server } = await pairOver(network, options);
    const posted = fillQueue(client);
    const abort = new AbortController();
    const waiting = [1, 2, 3].map(() => client.group.writable(client.channel));
    const aborted = rejection(client.group.writable(client.channel, { signal: abort.signal }));
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await aborted).toBe(reason);
    await Promise.all([take(server, posted.length), ...waiting]);
  });

  it('rejects those who wait for it when the group is destroyed', async () => {
    const { client } = await pairOver(network, options);
    fillQueue(client);
    const waiting = rejection(client.group.writable(client.channel));
    await client.group.destroy();
    expect(await waiting).toMatchObject({ code: 'channel_closed' });
  });

  it('is not writable again before a frame that it refused has room', async () => {
    const { client, server } = await pairOver(network, { client: { maxQueuedBytes: 100 } });
    const long = Buffer.alloc(200, 'l');
    expect(tryPost(client, 1, 'short')).toBe(true);
    // 21 bytes are queued: below half, and yet no room for the second.
    expect(tryPost(client, 2, long)).toBe(false);
    await client.group.writable(client.channel);
    expect(tryPost(client, 2, long)).toBe(true);
    await take(server, 2);
  });

  it('lets a sender that only waits for writable() send frames of every size', async () => {
    // Frames of more than half of maxQueuedBytes: below half they may not fit yet.
    const { client, server } = await pairOver(network, {
      client: { maxQueuedBytes: 64 * 1024 },
      server: { initialPoolMsgs: 2, maxPoolMsgs: 2 },
    });
    const sizes = [20_000, 60_000, 20_000, 65_535, 1, 50_000, 30_000, 40_000];
    const total = 200;
    const send = async (): Promise<void> => {
      for (let n = 0; n < total; n++) {
        const body = Buffer.alloc(sizes[n % sizes.length] as number, n);
        for (let tries = 0; !tryPost(client, n + 1, body); tries++) {
          if (tries > 10_000) throw new Error('writable() resolves, and nothing may be posted');
          await client.group.writable(client.channel);
        }
      }
    };
    await Promise.all([send(), take(server, total)]);
  });
});

describe('a send queue whose connection does not stand yet', () => {
  const network = networks[2] as (typeof networks)[0];

  it('paces whoever waits for writable()', async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec({ maxQueuedBytes: 10_000 }));
    const listener = await listenOn(server.engine, server.group, network);
    const channel = postHello(client.engine, client.group, listener.client);
    const sender = new PacedSender({ ...client, channel }, 1_000);
    const operations: number[] = [];
    const receive = async (): Promise<void> => {
      while (operations.length < 51) {
        using message = await next(server.group);
        operations.push(message.opCode);
      }
    };
    await Promise.all([sender.run(50), receive()]);
    expect(operations).toEqual([OpCode.HelloRequest, ...Array<number>(50).fill(OpCode.Request)]);
  });
});
