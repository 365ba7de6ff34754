import { type Message, OpCode, statusName, TofuError } from '../../lib/index.js';
import { listenOn, next } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { frame } from '../support/frames.js';
import { connectLedgers } from '../support/ledger.js';
import { dial } from '../support/link-log.js';
import { networks } from '../support/networks.js';
import { fillQueue, memberOf, pairOver, say } from '../support/pair.js';
import { tryPost } from '../support/traffic.js';
import { transports } from '../support/transports.js';

/** Bodies on both sides of every border there is: none, copied into a chunk, as they lie, the largest. */
const LENGTHS = [0, 1, 15, 16, 1_000, 4_095, 4_096, 4_097, 16_384, 30_000, 65_534, 65_535];

describe.each(networks)('what could not be sent over $name', network => {
  const below = transports.find(({ name }) => name === network.name) as (typeof transports)[0];

  it('comes back whole, coalesced or not, in the order it was posted', async () => {
    const server = memberOf(engineForSpec({ initialPoolMsgs: 2, maxPoolMsgs: 2 }));
    const client = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const { ledgers, openingId } = await connectLedgers(client, server, listener.client);
    // The peer takes two messages and holds them; what it can't take stays queued.
    for (let round = 0; round < 40; round++) for (const length of LENGTHS) ledgers[0].post(length);
    for (const length of LENGTHS) ledgers[0].post(length);
    ledgers[0].abort();
    ledgers[1].slow = false;
    ledgers[1].take();
    await eventually('both ends are closed', () => ledgers.every(ledger => ledger.closed));
    const posted = [...ledgers[0].posted.keys()];
    const { returned } = ledgers[0];
    expect(returned.length).toBeGreaterThan(LENGTHS.length);
    expect(returned).toEqual(posted.slice(posted.length - returned.length));
    expect(ledgers[0].wrong).toEqual([]);
    expect([...ledgers[0].statuses]).toEqual(['channel_closed']);
    expect(ledgers[0].said).toEqual([`channel_closed ${String(openingId)}`]);
  });

  it('comes back behind the fault of the peer, with its status, and before channel_closed', async () => {
    const { engine, group } = memberOf(engineForSpec());
    const { client } = await listenOn(engine, group, network);
    const peer = dial(below.transport, client);
    await peer.untilEvent('open');
    peer.own.write(frame({ opCode: OpCode.HelloRequest, id: 5 }));
    const hello = await next(group);
    const side = { engine, group, channel: hello.channelNumber };
    engine.put(hello);
    peer.own.pause();
    const seen: string[] = [];
    group.claim(side.channel, message => {
      seen.push(`${message.opCode === OpCode.Signal ? 'Signal' : 'returned'} ${statusName(message.status)}`);
    });
    fillQueue(side);
    // A second HelloRequest.
    peer.own.write(frame({ opCode: OpCode.HelloRequest, id: 6 }));
    await eventually('the channel is closed', () => seen.includes('Signal channel_closed'));
    expect(seen[0]).toBe('Signal recv_failed');
    expect(seen.at(-1)).toBe('Signal channel_closed');
    expect(seen.length).toBeGreaterThan(3);
    expect(new Set(seen.slice(1, -1))).toEqual(new Set(['returned recv_failed']));
  });

  it('may be posted again elsewhere, as it is', async () => {
    const { client, server } = await pairOver(network);
    tryPost(client, 7, 'once more');
    say(client, OpCode.ByeSignal);
    const back = await next(client.group);
    expect([back.isFromEngine(), back.messageId, back.body.text()]).toEqual([true, 7n, 'once more']);
    const listener = await listenOn(server.engine, server.engine.createGroup(), network);
    const hello = client.engine.get();
    listener.client.format(hello);
    const { channelNumber } = client.group.post(hello);
    back.channelNumber = channelNumber;
    expect(client.group.post(back)).toMatchObject({ channelNumber, messageId: 7n, status: 0, origin: 0 });
  });

  it.each(['ByeSignal', 'the peer'])(
    'is all that is still said: what is posted meanwhile is refused, or comes back, too (%s ends it)',
    async ending => {
      const { client, server } = await pairOver(network, {
        client: { maxQueuedBytes: 300_000 },
        server: { initialPoolMsgs: 2, maxPoolMsgs: 2 },
      });
      const accepted: bigint[] = [];
      const returned: bigint[] = [];
      let again = 0;
      let closed = false;
      const postAgain = (): void => {
        using message = client.engine.get();
        message.channelNumber = client.channel;
        message.body.append('again');
        again++;
        try {
          accepted.push(client.group.post(message).messageId);
        } catch (error) {
          expect(error).toBeInstanceOf(TofuError);
        }
      };
      client.group.claim(client.channel, (message: Message) => {
        if (message.opCode !== OpCode.Request) {
          closed = statusName(message.status) === 'channel_closed';
          return;
        }
        returned.push(message.messageId);
        if (again < 20) postAgain();
      });
      accepted.push(...fillQueue(client));
      if (ending === 'ByeSignal') say(client, OpCode.ByeSignal);
      else say(server, OpCode.ByeSignal);
      postAgain();
      await eventually('the channel is closed', () => closed);
      expect(again).toBeGreaterThan(1);
      expect(returned).toEqual(accepted.slice(accepted.length - returned.length));
      expect(client.engine.stats().queuedBytes).toBe(0);
      // Everything of the last tick was still queued, and what was posted while the first came back is behind it.
      expect(returned.length).toBeGreaterThan(0);
      expect(returned.at(-1)).toBe(accepted.at(-1));
    },
  );
});
