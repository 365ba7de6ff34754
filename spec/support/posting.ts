import { setImmediate as turn } from 'node:timers/promises';
import type { BuildMessage, ChannelGroup, Engine, EngineOptions } from '../../lib/index.js';
import { connectTo, listenOn, next } from './conversation.js';
import { engineForSpec } from './engines.js';
import { type Network, networks } from './networks.js';
import { memberOf } from './pair.js';

const mem = networks.find(network => network.name === 'mem') as Network;

/** An engine, and the group in it that is used. */
interface Side {
  engine: Engine;
  group: ChannelGroup;
}

/** A client whose channel stands, and its server, which reads only when the spec does. */
export async function open(
  options: EngineOptions = {},
  network = mem,
): Promise<{ client: Side; server: Side; channel: number }> {
  const client = memberOf(engineForSpec(options));
  const server = memberOf(engineForSpec({ initialPoolMsgs: 2, maxPoolMsgs: 2 }));
  const listener = await listenOn(server.engine, server.group, network);
  const { client: channel } = await connectTo(client, server, listener.client);
  return { client, server, channel };
}

/** Fills a Request with the item as its body. */
export function onto(channel: number): BuildMessage<string | Uint8Array> {
  return (item, message) => {
    message.channelNumber = channel;
    message.body.append(item);
  };
}

/** The bodies of the next so many messages of the peer; the pool_empty between them says only that nobody had read. */
export async function bodies({ engine, group }: Side, count: number): Promise<Buffer[]> {
  const received: Buffer[] = [];
  while (received.length < count) {
    const message = await next(group);
    if (message.isFromApplication()) received.push(Buffer.from(message.body.bytes()));
    engine.put(message);
  }
  return received;
}

/** Their texts. */
export async function texts(side: Side, count: number): Promise<string[]> {
  return (await bodies(side, count)).map(String);
}

/** Waits until `count` has stayed what it is for many turns of the loop. */
export async function settled(count: () => number): Promise<number> {
  for (let before = -1; before !== count();) {
    before = count();
    for (let turns = 0; turns < 50; turns++) await turn();
  }
  return count();
}

/** An async iterable that counts what is asked of it, and gives as many items as it is allowed to. */
export class Counted implements AsyncIterable<string> {
  asked = 0;
  returned = 0;

  constructor(
    readonly item: (index: number) => string | Promise<string>,
    readonly count = Infinity,
  ) {}

  [Symbol.asyncIterator](): AsyncIterator<string> {
    return {
      next: async () => {
        const index = this.asked++;
        return index < this.count
          ? { done: false, value: await this.item(index) }
          : { done: true, value: undefined };
      },
      return: () => {
        this.returned++;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}
