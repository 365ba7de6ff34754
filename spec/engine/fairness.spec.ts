import { type ChannelGroup, type Engine, type Message, OpCode } from '../../lib/index.js';
import { connectTo, listenOn, next, nextLine } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { upTo } from '../support/frames.js';
import { networks } from '../support/networks.js';
import { memberOf, type Side } from '../support/pair.js';
import { PacedSender, tryPost } from '../support/traffic.js';
import { settle, transports } from '../support/transports.js';

interface Member {
  engine: Engine;
  group: ChannelGroup;
}

describe.each(networks)('one pool for many channels over $name', network => {
  const below = transports.find(({ name }) => name === network.name) as (typeof transports)[0];
  let server: Member;
  let client: Member;
  let connect: (owner?: Member) => Promise<{ client: Side; server: Side }>;
  const holds: Disposable[] = [];

  beforeEach(() => {
    client = memberOf(engineForSpec());
  });
  afterEach(() => {
    for (const hold of holds.splice(0)) hold[Symbol.dispose]();
  });

  /** A server whose connections are made with `connect`. */
  async function serve(options: {
    initialPoolMsgs: number;
    maxPoolMsgs: number;
    maxSlotsPerChannel?: number;
  }) {
    server = memberOf(engineForSpec(options));
    const { client: address } = await listenOn(server.engine, server.group, network);
    connect = async (owner = server) => {
      const at = owner === server ? address : (await listenOn(owner.engine, owner.group, network)).client;
      const channels = await connectTo(client, owner, at);
      return {
        client: { ...client, channel: channels.client },
        server: { ...owner, channel: channels.server },
      };
    };
  }

  /** Retains every Request of a channel, and never lets go; how many there were. */
  function keepAll(side: Side): { count: number } {
    const kept = { count: 0 };
    side.group.claim(side.channel, message => {
      if (message.opCode !== OpCode.Request) return;
      kept.count++;
      holds.push(message.retain());
    });
    return kept;
  }

  /** Answers every Request of a channel. */
  function echo(side: Side): void {
    side.group.claim(side.channel, message => {
      if (message.opCode === OpCode.Request) side.group.post(message.reply(message.body.bytes()));
    });
  }

  /** Asks one question after the other on a channel; settles when `total` are answered. */
  async function ask(side: Side, total: number): Promise<number> {
    let answered = 0;
    await new Promise<void>(resolve => {
      side.group.claim(side.channel, (message: Message) => {
        if (message.opCode !== OpCode.Response) return;
        answered++;
        if (answered === total) resolve();
        else tryPost(side, answered + 1, `question ${String(answered)}`);
      });
      tryPost(side, 1, 'question 0');
    });
    return answered;
  }

  it('gives full service to fifty channels while one never gives its slots back', async () => {
    await serve({ initialPoolMsgs: 8, maxPoolMsgs: 8 });
    const greedy = await connect();
    const kept = keepAll(greedy.server);
    await new PacedSender(greedy.client, 100).run(500);
    await eventually('the greedy channel has every slot', () => kept.count === 8);
    expect(await nextLine(server.engine, server.group)).toBe('Signal pool_empty 0');

    const others = [];
    for (let n = 0; n < 50; n++) others.push(await connect());
    for (const one of others) echo(one.server);
    const answered = await Promise.all(others.map(one => ask(one.client, 20)));
    expect(answered).toEqual(others.map(() => 20));
    expect(kept.count).toBe(8);
    expect(server.engine.stats().slots).toEqual({ free: 0, used: 8, beyond: 0, max: 8 });
  });

  it('bounds what is held by the maximum and one message a channel', async () => {
    await serve({ initialPoolMsgs: 4, maxPoolMsgs: 4 });
    const all = [];
    for (let n = 0; n < 10; n++) all.push(await connect());
    const kept = all.map(one => keepAll(one.server));
    for (const one of all) await new PacedSender(one.client, 100).run(50);
    await eventually('every channel waits', () => server.engine.stats().pausedChannels === 10);
    await settle(below);
    const { slots } = server.engine.stats();
    expect(slots.used).toBe(4);
    expect(slots.beyond).toBeLessThanOrEqual(10);
    expect(kept.reduce((sum, one) => sum + one.count, 0)).toBe(slots.used + slots.beyond);
    expect(kept.every(one => one.count > 0)).toBe(true);
  });

  it('resumes the channel that holds fewest slots first', async () => {
    await serve({ initialPoolMsgs: 6, maxPoolMsgs: 6 });
    const many = await connect();
    const few = await connect();
    const ofMany = keepAll(many.server);
    const ofFew = keepAll(few.server);
    await new PacedSender(few.client, 100).run(2);
    await eventually('two are read', () => ofFew.count === 2);
    await new PacedSender(many.client, 100).run(50);
    await eventually('four are read', () => ofMany.count === 4);
    tryPost(few.client, 3, 'third');
    tryPost(few.client, 4, 'fourth');
    await eventually('both wait', () => server.engine.stats().pausedChannels === 2);
    // A slot of the one that holds four comes back: 3 against 2.
    holds[2]?.[Symbol.dispose]();
    await eventually('one is read', () => ofMany.count + ofFew.count === 7);
    expect([ofMany.count, ofFew.count]).toEqual([4, 3]);
    // And another: 2 against 3.
    holds[3]?.[Symbol.dispose]();
    await eventually('one more is read', () => ofMany.count + ofFew.count === 8);
    expect([ofMany.count, ofFew.count]).toEqual([5, 3]);
  });

  it('caps one channel at maxSlotsPerChannel and leaves the others the rest, without a word of an empty pool', async () => {
    await serve({ initialPoolMsgs: 16, maxPoolMsgs: 16, maxSlotsPerChannel: 3 });
    const capped = await connect();
    const other = await connect();
    await new PacedSender(capped.client, 100).run(100);
    await eventually('the capped channel waits', () => server.engine.stats().pausedChannels === 1);
    await settle(below);
    expect(server.engine.stats().slots.used).toBe(3);
    tryPost(other.client, 1, 'passes');
    await eventually('the other is read', () => server.engine.stats().slots.used === 4);
    const ids: bigint[] = [];
    while (ids.length < 101) {
      using message = await next(server.group);
      expect(message.isFromApplication()).toBe(true);
      if (message.channelNumber === capped.server.channel) ids.push(message.messageId);
      else ids.push(0n);
      expect(server.engine.stats().slots.used).toBeLessThanOrEqual(4);
    }
    expect(ids.filter(id => id > 0n)).toEqual(upTo(100).map(BigInt));
  });

  it('tells the groups that own a paused channel of an empty pool, and no others', async () => {
    await serve({ initialPoolMsgs: 4, maxPoolMsgs: 4 });
    const owner = { engine: server.engine, group: server.engine.createGroup() };
    const bystander = { engine: server.engine, group: server.engine.createGroup() };
    const greedy = await connect(owner);
    const quiet = await connect(bystander);
    await new PacedSender(greedy.client, 100).run(50);
    await eventually('the channel waits', () => server.engine.stats().pausedChannels === 1);
    tryPost(quiet.client, 1, 'reads one beyond the pool');
    using message = await next(bystander.group);
    expect(message.body.text()).toBe('reads one beyond the pool');
    await settle(below);
    expect(await bystander.group.waitReceive(0)).toBeNull();
    expect(await server.group.waitReceive(0)).toBeNull();

    const seen: string[] = [];
    while (seen.length < 51) {
      using one = await next(owner.group);
      seen.push(one.isFromEngine() ? 'pool_empty' : 'Request');
    }
    expect(seen.slice(0, 5)).toEqual([...Array<string>(4).fill('Request'), 'pool_empty']);
  });

  it('has at most one pool_empty undelivered, however often the pool runs empty', async () => {
    await serve({ initialPoolMsgs: 2, maxPoolMsgs: 2 });
    const one = await connect();
    const received: Disposable[] = [];
    // The claim takes the channel's messages; pool_empty is of no channel, and goes to the inbox that nobody empties.
    one.server.group.claim(one.server.channel, message => {
      if (message.opCode === OpCode.Request) received.push(message.retain());
    });
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 4; n++) tryPost(one.client, 4 * round + n + 1, 'x');
      await eventually('the channel waits', () => server.engine.stats().pausedChannels === 1);
      for (let n = 0; n < 100 && received.length < 4; n++) {
        received[received.length - 1]?.[Symbol.dispose]();
        received[received.length - 2]?.[Symbol.dispose]();
        await settle(below);
      }
      for (const hold of received.splice(0)) hold[Symbol.dispose]();
      await eventually('nothing is held', () => server.engine.stats().slots.used === 0);
    }
    const notice = await next(server.group);
    expect(notice.dump()).toContain('pool_empty');
    expect(await server.group.waitReceive(0)).toBeNull();
  });
});
