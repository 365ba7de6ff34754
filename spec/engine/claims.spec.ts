import { type Hold, type Message, OpCode } from '../../lib/index.js';
import { lineOf, listenOn, nextLine, postHello } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { refusal } from '../support/messages.js';
import { type Network, networks } from '../support/networks.js';
import {
  fillQueue,
  linesUntilClosed,
  memberOf,
  nextCopy,
  pairOver,
  say,
  type Side,
} from '../support/pair.js';

const mem = networks[2] as Network;

/** Claims a side's channel; the lines of what came, and a way to wait for some of them. */
function claimed(side: Side): { lines: string[]; has: (count: number) => Promise<void>; claim: Disposable } {
  const lines: string[] = [];
  const claim = side.group.claim(side.channel, message => lines.push(lineOf(message)));
  return {
    lines,
    has: count => eventually(`the claimant has ${String(count)} messages`, () => lines.length >= count),
    claim,
  };
}

describe.each(networks)('a claim over $name', network => {
  it('gets all of its channel, and the group nothing of it', async () => {
    const { client, server } = await pairOver(network);
    const got = claimed(client);
    say(server, OpCode.Request, { payload: 'a' });
    say(server, OpCode.Response, { id: 1, payload: 'b' });
    say(server, OpCode.Signal, { payload: 'c' });
    say(server, OpCode.ByeRequest, { id: 2 });
    await got.has(4);
    say(client, OpCode.ByeResponse, { id: 2 });
    await got.has(5);
    const n = String(client.channel);
    expect(got.lines).toEqual([
      `Request ${n} "a"`,
      `Response ${n} "b"`,
      `Signal ${n} "c"`,
      `ByeRequest ${n}`,
      `Signal channel_closed ${n}`,
    ]);
    expect(await client.group.waitReceive(0)).toBeNull();
  });

  it('gets what comes back unsent', async () => {
    const { client } = await pairOver(network);
    const got = claimed(client);
    fillQueue(client);
    say(client, OpCode.ByeSignal);
    await eventually('channel_closed', () => got.lines.at(-1)?.startsWith('Signal channel_closed') === true);
    expect(got.lines.length).toBeGreaterThan(1);
    for (const line of got.lines.slice(0, -1)) expect(line).toContain('Request channel_closed');
    expect(await client.group.waitReceive(0)).toBeNull();
  });

  it("on a client's channel gets the HelloResponse", async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const channel = postHello(client.engine, client.group, listener.client);
    const got = claimed({ ...client, channel });
    server.group.post((await nextCopy(server.group)).reply('welcome'));
    await got.has(1);
    expect(got.lines).toEqual([`HelloResponse ${String(channel)} "welcome"`]);
  });

  it('on a listener gets its WelcomeResponse and the HelloRequests of its connections, nothing else', async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const welcome = server.engine.get();
    network.server().format(welcome);
    const { channelNumber } = server.group.post(welcome);
    const got: Message[] = [];
    server.group.claim(channelNumber, message => got.push(message.clone()));
    await eventually('it listens', () => got.length === 1);
    const channel = postHello(client.engine, client.group, network.clientFor(got[0] as Message));
    say({ ...client, channel }, OpCode.Request, { payload: 'for the group' });
    const request = await nextCopy(server.group);
    expect(got.map(message => message.opCode)).toEqual([OpCode.WelcomeResponse, OpCode.HelloRequest]);
    expect(got[1]?.listenerChannel).toBe(channelNumber);
    expect(lineOf(request)).toBe(`Request ${String(got[1]?.channelNumber)} "for the group"`);
  });

  it('on a listener may claim each connection while its HelloRequest is delivered', async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const got: string[] = [];
    server.group.claim(listener.channel, hello => {
      if (hello.opCode !== OpCode.HelloRequest) return;
      server.group.claim(hello.channelNumber, message => got.push(message.body.text()));
    });
    for (const name of ['a', 'b']) {
      const channel = postHello(client.engine, client.group, listener.client);
      say({ ...client, channel }, OpCode.Request, { payload: name });
    }
    await eventually('both requests came', () => got.length === 2);
    expect(got.sort()).toEqual(['a', 'b']);
    expect(await server.group.waitReceive(0)).toBeNull();
  });
});

describe('a claim', () => {
  it('of a channel that is claimed is refused with not_allowed', async () => {
    const { client, server } = await pairOver(mem);
    const got = claimed(client);
    expect(refusal(() => client.group.claim(client.channel, () => undefined)).code).toBe('not_allowed');
    say(server, OpCode.Signal, { payload: 'still' });
    await got.has(1);
  });

  it('of a number that is not open, or of another group, is refused as post refuses', async () => {
    const { client } = await pairOver(mem);
    const other = client.engine.createGroup();
    const nothing = (): void => undefined;
    expect(refusal(() => client.group.claim(0, nothing)).code).toBe('invalid_channel_number');
    expect(refusal(() => client.group.claim(4_711, nothing)).code).toBe('invalid_channel_number');
    expect(refusal(() => other.claim(client.channel, nothing)).code).toBe('invalid_message_channel_group');
  });

  it('leaves what was in the inbox before it', async () => {
    const { client, server } = await pairOver(mem);
    say(server, OpCode.Signal, { payload: 'before' });
    await eventually('it is in the inbox', () => client.engine.pool.stats().used === 1);
    const got = claimed(client);
    say(server, OpCode.Signal, { payload: 'behind' });
    await got.has(1);
    expect(got.lines).toEqual([`Signal ${String(client.channel)} "behind"`]);
    expect(await nextLine(client.engine, client.group)).toBe(`Signal ${String(client.channel)} "before"`);
  });

  it('that is disposed ends, and may be followed by another', async () => {
    const { client, server } = await pairOver(mem);
    const first = claimed(client);
    first.claim[Symbol.dispose]();
    say(server, OpCode.Signal, { payload: 'for the group' });
    expect(await nextLine(client.engine, client.group)).toBe(
      `Signal ${String(client.channel)} "for the group"`,
    );
    const second = claimed(client);
    first.claim[Symbol.dispose]();
    say(server, OpCode.Signal, { payload: 'for the second' });
    await second.has(1);
    expect(first.lines).toEqual([]);
    expect(second.lines).toEqual([`Signal ${String(client.channel)} "for the second"`]);
  });

  it('may be disposed while it is being delivered to', async () => {
    const { client, server } = await pairOver(mem);
    const lines: string[] = [];
    const claim = client.group.claim(client.channel, message => {
      lines.push(message.body.text());
      claim[Symbol.dispose]();
    });
    for (const payload of ['one', 'two']) say(server, OpCode.Signal, { payload });
    expect(await nextLine(client.engine, client.group)).toBe(`Signal ${String(client.channel)} "two"`);
    expect(lines).toEqual(['one']);
  });

  it('ends after channel_closed', async () => {
    const { client } = await pairOver(mem);
    const got = claimed(client);
    say(client, OpCode.ByeSignal);
    await got.has(1);
    expect(refusal(() => client.group.claim(client.channel, () => undefined)).code).toBe(
      'invalid_channel_number',
    );
    got.claim[Symbol.dispose]();
  });

  it('that is disposed before channel_closed leaves that to the group', async () => {
    const { client } = await pairOver(mem);
    const got = claimed(client);
    say(client, OpCode.ByeSignal);
    got.claim[Symbol.dispose]();
    expect(await linesUntilClosed(client.group, client.channel)).toHaveLength(1);
    expect(got.lines).toEqual([]);
  });
});

describe('a message that a claimant is given', () => {
  /** What `inspect` answers of the first message that a claimant gets. */
  async function duringDispatch<T>(
    inspect: (message: Message, client: Side) => T,
  ): Promise<{ answer: T; client: Side; message: Message }> {
    const { client, server } = await pairOver(mem);
    return new Promise(resolve => {
      client.group.claim(client.channel, message => {
        if (message.isFromEngine()) return;
        resolve({ answer: inspect(message, client), client, message });
      });
      say(server, OpCode.Request, { id: 5, payload: { headers: { a: 'b' }, body: 'text' } });
    });
  }

  it('holds its slot until the call ends', async () => {
    const { answer, client } = await duringDispatch((_, { engine }) => engine.pool.stats().used);
    expect(answer).toBe(1);
    expect(client.engine.pool.stats().used).toBe(0);
  });

  it('holds it longer while it is retained, each hold for itself', async () => {
    const { answer: holds, client } = await duringDispatch((message): Hold[] => [
      message.retain(),
      message.retain(),
    ]);
    expect(client.engine.pool.stats().used).toBe(1);
    holds[0]?.[Symbol.dispose]();
    holds[0]?.[Symbol.dispose]();
    expect(client.engine.pool.stats().used).toBe(1);
    holds[1]?.[Symbol.dispose]();
    expect(client.engine.pool.stats().used).toBe(0);
  });

  it('can not be retained after the call', async () => {
    const { client, message } = await duringDispatch(() => undefined);
    const late = message.retain();
    expect(client.engine.pool.stats().used).toBe(0);
    late[Symbol.dispose]();
    expect(client.engine.pool.stats()).toMatchObject({ used: 0, beyond: 0 });
  });

  it('is read-only: every change throws not_allowed, and put does nothing', async () => {
    const changes = (message: Message): (() => void)[] => [
      () => (message.channelNumber = 1),
      () => (message.opCode = OpCode.Signal),
      () => (message.messageId = 6n),
      () => (message.more = true),
      () => message.textHeaders.append('c', 'd'),
      () => message.textHeaders.clear(),
      () => message.body.append('x'),
      () => message.body.copy('x'),
      () => message.body.clear(),
      () => message.reset(),
    ];
    const { answer, message, client } = await duringDispatch((pushed, { engine }) => {
      engine.put(pushed);
      const { used } = engine.pool.stats();
      return [...changes(pushed).map(change => refusal(change).code), used];
    });
    expect(answer).toEqual([...Array.from({ length: 10 }, () => 'not_allowed'), 1]);
    expect(changes(message).map(change => refusal(change).code)).toEqual(answer.slice(0, -1));
    client.engine.put(message);
    expect(client.engine.pool.stats()).toMatchObject({ used: 0, beyond: 0 });
  });

  it('is answered with reply and kept with clone, which hold no slot', async () => {
    const { answer: copy, client } = await duringDispatch((message, { group }) => {
      group.post(message.reply('answer'));
      return message.clone();
    });
    expect(client.engine.pool.stats().used).toBe(0);
    expect([copy.messageId, copy.textHeaders.get('a'), copy.body.text()]).toEqual([5n, 'b', 'text']);
    copy.body.append(', changed');
  });
});
