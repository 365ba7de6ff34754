import {
  type BinaryHeader,
  type ChannelGroup,
  type Engine,
  type EngineOptions,
  type Message,
  OpCode,
  type Payload,
  statusName,
  TofuError,
} from '../../lib/index.js';
import { fill } from '../../lib/message/payload.js';
import { closes, connectTo, lineOf, listenOn, next } from './conversation.js';
import { engineForSpec } from './engines.js';
import type { Network } from './networks.js';

/** One end of a connection, and who uses it. */
export interface Side {
  readonly engine: Engine;
  readonly group: ChannelGroup;
  readonly channel: number;
}

/** A client and a server, each with an engine of its own, connected and accepted. */
export interface Pair {
  readonly client: Side;
  readonly server: Side & { readonly listener: number };
}

/** Connects and accepts. */
export async function pairOver(
  network: Network,
  options: { client?: EngineOptions; server?: EngineOptions } = {},
): Promise<Pair> {
  const client = memberOf(engineForSpec(options.client));
  const server = memberOf(engineForSpec(options.server));
  const listener = await listenOn(server.engine, server.group, network);
  const channels = await connectTo(client, server, listener.client);
  return {
    client: { ...client, channel: channels.client },
    server: { ...server, channel: channels.server, listener: listener.channel },
  };
}

/** An engine with a new group of it. */
export function memberOf(engine: Engine): { engine: Engine; group: ChannelGroup } {
  return { engine, group: engine.createGroup() };
}

/** The next message, as a copy that holds no slot. */
export async function nextCopy(group: ChannelGroup): Promise<Message> {
  using message = await next(group);
  return message.clone();
}

/** Copies of the next messages of a group, up to the channel_closed of `channel`, that one included. */
export async function untilClosed(group: ChannelGroup, channel: number): Promise<Message[]> {
  const isLast = closes(channel);
  const messages: Message[] = [];
  for (;;) {
    const message = await nextCopy(group);
    messages.push(message);
    if (isLast(message)) return messages;
  }
}

/** The same, each as one short line. */
export async function linesUntilClosed(group: ChannelGroup, channel: number): Promise<string[]> {
  return (await untilClosed(group, channel)).map(lineOf);
}

/** What a message says beside its operation. */
export interface Says {
  id?: bigint | number;
  more?: boolean;
  payload?: Payload;
}

/** Posts on the side's channel, and puts the message back when it is refused; its header as assigned. */
export function say(side: Side, opCode: OpCode, says: Says = {}): BinaryHeader {
  using message = side.engine.get();
  message.opCode = opCode;
  message.channelNumber = side.channel;
  message.messageId = says.id ?? 0;
  message.more = says.more ?? false;
  if (says.payload !== undefined) fill(message, says.payload);
  return side.group.post(message);
}

/** A body so big that a few hundred fill every buffer between two peers. */
const FILLING_BODY = new Uint8Array(32 * 1024);

/**
 * Posts Requests until the channel's send queue takes no more; their ids, in order. All in one turn: nothing that waits can leave
 * meanwhile.
 */
export function fillQueue(side: Side): bigint[] {
  const ids: bigint[] = [];
  for (let n = 0; n < 5_000; n++) {
    using message = side.engine.get();
    message.channelNumber = side.channel;
    message.body.append(FILLING_BODY);
    try {
      ids.push(side.group.post(message).messageId);
    } catch (error) {
      if (error instanceof TofuError && error.code === 'pool_empty') return ids;
      throw error;
    }
  }
  throw new Error('the send queue took 5000 messages');
}

/** What came back unsent, up to channel_closed: their ids; fails where a message is none of that. */
export async function returnedIds(side: Side, status: string): Promise<bigint[]> {
  const messages = await untilClosed(side.group, side.channel);
  const returned = messages.slice(0, -1);
  for (const message of returned) {
    expect([message.opCode, message.isFromEngine(), statusName(message.status)]).toEqual([
      OpCode.Request,
      true,
      status,
    ]);
    expect(message.body.byteLength).toBe(FILLING_BODY.length);
  }
  return returned.map(message => message.messageId);
}

/** The reason that a promise rejects with; fails when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    value => {
      throw new Error(`resolved with ${String(value)}`);
    },
    (reason: unknown) => reason,
  );
}
