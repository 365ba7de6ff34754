import {
  type Address,
  type ChannelGroup,
  type Engine,
  type Message,
  OpCode,
  type Payload,
  statusName,
} from '../../lib/index.js';
import { fill } from '../../lib/message/payload.js';
import type { Network } from './networks.js';

/** How long a spec waits for what must come; a message that does not come fails it by name. */
const DEADLINE_MS = 10_000;

/** The next message of a group; fails when none comes. The caller owns it. */
export async function next(group: ChannelGroup): Promise<Message> {
  const message = await group.waitReceive(DEADLINE_MS);
  if (message === null) throw new Error(`no message within ${String(DEADLINE_MS)} ms`);
  return message;
}

/** The next message, as one short line, put back at once: `Signal channel_closed 2`, `Request 2 "text"`. */
export async function nextLine(engine: Engine, group: ChannelGroup): Promise<string> {
  const message = await next(group);
  const line = lineOf(message);
  engine.put(message);
  return line;
}

/** A message as one short line: operation, status (the engine's only), channel, body. */
export function lineOf(message: Message): string {
  const words = [Object.entries(OpCode).find(([, value]) => value === message.opCode)?.[0] ?? '?'];
  if (message.isFromEngine()) words.push(statusName(message.status));
  words.push(String(message.channelNumber));
  if (message.body.byteLength > 0) words.push(JSON.stringify(message.body.text()));
  return words.join(' ');
}

/** Messages until one matches, that one included; all are the caller's. */
export async function until(group: ChannelGroup, matches: (message: Message) => boolean): Promise<Message[]> {
  const messages: Message[] = [];
  for (;;) {
    const message = await next(group);
    messages.push(message);
    if (matches(message)) return messages;
  }
}

/** Whether a message is the engine's channel_closed of this channel. */
export function closes(channelNumber: number): (message: Message) => boolean {
  return message =>
    message.isFromEngine() &&
    message.opCode === OpCode.Signal &&
    statusName(message.status) === 'channel_closed' &&
    message.channelNumber === channelNumber;
}

/** Listens, and waits for the welcome. */
export async function listenOn(
  engine: Engine,
  group: ChannelGroup,
  network: Network,
): Promise<{ channel: number; client: Address }> {
  const request = engine.get();
  network.server().format(request);
  const { channelNumber } = group.post(request);
  const welcome = await next(group);
  expect(lineOf(welcome)).toBe(`WelcomeResponse success ${String(channelNumber)}`);
  const client = network.clientFor(welcome);
  engine.put(welcome);
  return { channel: channelNumber, client };
}

/** Posts a HelloRequest; its channel number. */
export function postHello(engine: Engine, group: ChannelGroup, address: Address): number {
  const hello = engine.get();
  address.format(hello);
  return group.post(hello).channelNumber;
}

/** Connects a client group to a server group that listens, and accepts; both numbers. */
export async function connectTo(
  client: { engine: Engine; group: ChannelGroup },
  server: { engine: Engine; group: ChannelGroup },
  address: Address,
): Promise<{ client: number; server: number }> {
  const clientChannel = postHello(client.engine, client.group, address);
  const hello = await next(server.group);
  expect(hello.opCode).toBe(OpCode.HelloRequest);
  const serverChannel = hello.channelNumber;
  server.group.post(hello.reply());
  server.engine.put(hello);
  const answer = await next(client.group);
  expect(answer.opCode).toBe(OpCode.HelloResponse);
  client.engine.put(answer);
  return { client: clientChannel, server: serverChannel };
}

/** Posts a message of any operation; its header as assigned. */
export function post(
  engine: Engine,
  group: ChannelGroup,
  channelNumber: number,
  opCode: OpCode,
  options: { id?: bigint | number; more?: boolean; payload?: Payload } = {},
): { channelNumber: number; messageId: bigint } {
  const message = engine.get();
  message.opCode = opCode;
  message.channelNumber = channelNumber;
  if (options.id !== undefined) message.messageId = options.id;
  if (options.more === true) message.more = true;
  if (options.payload !== undefined) fill(message, options.payload);
  return group.post(message);
}
