import { type Message, OpCode, statusName } from '../../lib/index.js';
import { engineForSpec } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { listenOn, postHello } from '../support/conversation.js';
import { networks } from '../support/networks.js';
import { fillQueue, memberOf, say, type Side } from '../support/pair.js';

/** Pulls everything from a group, and keeps copies. */
class Watch {
  readonly seen: Message[] = [];
  readonly member: ReturnType<typeof memberOf>;

  constructor(member: ReturnType<typeof memberOf>) {
    this.member = member;
  }

  async run(): Promise<void> {
    for await (const message of this.member.group) this.seen.push(message.clone());
  }

  /** Waits for a message of this operation that was not asked for before. */
  async next(opCode: OpCode): Promise<Message> {
    let found: Message | undefined;
    await eventually(`operation ${String(opCode)} arrives`, () => {
      found = this.seen.find(message => message.opCode === opCode && !this.#asked.has(message));
      return found !== undefined;
    });
    this.#asked.add(found as Message);
    return found as Message;
  }
  readonly #asked = new Set<Message>();

  on(channel: number): Message[] {
    return this.seen.filter(message => message.channelNumber === channel);
  }

  async closed(channel: number): Promise<void> {
    await eventually(`channel ${String(channel)} closes`, () => this.on(channel).some(isChannelClosed));
  }

  side(channel: number): Side {
    return { ...this.member, channel };
  }
}

function isChannelClosed(message: Message): boolean {
  return (
    message.isFromEngine() &&
    statusName(message.status) === 'channel_closed' &&
    message.opCode === OpCode.Signal
  );
}

describe.each(networks)('channel_closed over $name', network => {
  it('comes once for every number ever assigned, last on its channel, with the id that opened it', async () => {
    const server = new Watch(memberOf(engineForSpec()));
    const client = new Watch(memberOf(engineForSpec({ byeTimeout: 50 })));
    const listener = await listenOn(server.member.engine, server.member.group, network);
    void server.run();
    void client.run();
    const opened = new Map<Watch, Map<number, bigint>>([
      [server, new Map()],
      [client, new Map()],
    ]);

    /** Connects; the hello is not answered. */
    const connect = async (): Promise<{ asking: Side; answering: Side; hello: Message }> => {
      const hello = client.member.engine.get();
      listener.client.format(hello);
      const { channelNumber, messageId } = client.member.group.post(hello);
      opened.get(client)?.set(channelNumber, messageId);
      const arrived = await server.next(OpCode.HelloRequest);
      opened.get(server)?.set(arrived.channelNumber, arrived.messageId);
      expect(arrived.messageId).toBe(messageId);
      return {
        asking: client.side(channelNumber),
        answering: server.side(arrived.channelNumber),
        hello: arrived,
      };
    };
    const accept = async (): Promise<{ asking: Side; answering: Side }> => {
      const connection = await connect();
      connection.answering.group.post(connection.hello.reply());
      await client.next(OpCode.HelloResponse);
      return connection;
    };

    const endings: (() => Promise<void>)[] = [
      async () => {
        const { asking, answering } = await accept();
        say(asking, OpCode.ByeRequest);
        answering.group.post((await server.next(OpCode.ByeRequest)).reply());
      },
      async () => {
        const { asking, answering } = await accept();
        say(answering, OpCode.ByeRequest);
        asking.group.post((await client.next(OpCode.ByeRequest)).reply());
      },
      async () => {
        const { asking } = await accept();
        fillQueue(asking);
        say(asking, OpCode.ByeSignal);
      },
      async () => {
        const { asking } = await accept();
        say(asking, OpCode.ByeRequest);
        say(asking, OpCode.ByeSignal);
      },
      async () => {
        const { asking } = await accept();
        say(asking, OpCode.ByeRequest);
        // Nobody answers: byeTimeout.
      },
      async () => {
        const { answering, hello } = await connect();
        say(answering, OpCode.ByeResponse, { id: hello.messageId });
      },
      async () => {
        const { answering } = await connect();
        say(answering, OpCode.ByeSignal);
      },
      async () => {
        const { asking } = await connect();
        say(asking, OpCode.ByeSignal);
      },
      async () => {
        const hello = client.member.engine.get();
        hello.opCode = OpCode.HelloRequest;
        hello.textHeaders.append('~connect_to', 'nowhere');
        const { channelNumber, messageId } = client.member.group.post(hello);
        opened.get(client)?.set(channelNumber, messageId);
      },
      async () => {
        const welcome = client.member.engine.get();
        welcome.opCode = OpCode.WelcomeRequest;
        welcome.textHeaders.append('~listen_on', listener.client.toString());
        const { channelNumber, messageId } = client.member.group.post(welcome);
        opened.get(client)?.set(channelNumber, messageId);
      },
    ];
    for (const end of endings) {
      await end();
      for (const [watch, channels] of opened)
        for (const channel of channels.keys()) await watch.closed(channel);
    }

    // One more conversation: whatever was still under way has come with it.
    await accept();
    for (const [watch, channels] of opened) {
      const last = [...channels.keys()].at(-1);
      for (const [channel, id] of channels) {
        const messages = watch.on(channel);
        const closings = messages.filter(isChannelClosed);
        expect([channel, closings.length]).toEqual([channel, channel === last ? 0 : 1]);
        if (channel === last) continue;
        expect(messages.at(-1)).toBe(closings[0]);
        expect(closings[0]?.messageId).toBe(id);
        expect(closings[0]?.body.byteLength).toBe(0);
        expect([...(closings[0]?.textHeaders ?? ['none'])]).toEqual([]);
      }
      expect(watch.seen.every(message => message.channelNumber === 0 || isKnown(watch, message))).toBe(true);
    }

    function isKnown(watch: Watch, message: Message): boolean {
      return opened.get(watch)?.has(message.channelNumber) ?? false;
    }
  });

  it('leaves neither engine a channel of a hello that was given up', async () => {
    const server = new Watch(memberOf(engineForSpec()));
    const client = new Watch(memberOf(engineForSpec()));
    const listener = await listenOn(server.member.engine, server.member.group, network);
    void server.run();
    void client.run();
    const channel = postHello(client.member.engine, client.member.group, listener.client);
    const hello = await server.next(OpCode.HelloRequest);
    say(client.side(channel), OpCode.ByeSignal);
    await client.closed(channel);
    await server.closed(hello.channelNumber);
    expect(client.member.engine.stats().channels).toEqual({
      connecting: 0,
      ready: 0,
      closing: 0,
      listening: 0,
    });
    expect(server.member.engine.stats().channels).toEqual({
      connecting: 0,
      ready: 0,
      closing: 0,
      listening: 1,
    });
  });
});
