import { type EngineOptions, tcpClient } from '../../lib/index.js';
import { listenOn, next, nextLine } from './conversation.js';
import { engineForSpec } from './engines.js';
import { type Network, networks } from './networks.js';
import { memberOf, nextCopy, type Side } from './pair.js';
import { RawPeer, RawServer } from './raw-peer.js';

const tcp = networks[0] as Network;

/** The message_id of every hello here, 0x63. */
export const HELLO_ID = 99n;

/** A HelloRequest without text headers. */
export const HELLO_REQUEST = '0001 03 00 0000000000000063 0000 0000';

/** The HelloResponse to it. */
export const HELLO_RESPONSE = '0001 04 00 0000000000000063 0000 0000';

/** An engine that listens on TCP, and its port. */
export interface RawTarget extends ReturnType<typeof memberOf> {
  readonly listener: number;
  readonly port: number;
}

export async function listenForRaw(options?: EngineOptions): Promise<RawTarget> {
  const member = memberOf(engineForSpec(options));
  const { channel, client } = await listenOn(member.engine, member.group, tcp);
  if (client.kind !== 'tcp') throw new Error(`not tcp: ${client.toString()}`);
  return { ...member, listener: channel, port: client.port };
}

/** A raw client whose hello the target has accepted, and the target's side of it. */
export async function greetRaw(target: RawTarget): Promise<{ raw: RawPeer; server: Side }> {
  const raw = await RawPeer.connect({ port: target.port });
  raw.write(HELLO_REQUEST);
  using hello = await next(target.group);
  target.group.post(hello.reply());
  await raw.read(16);
  const { engine, group } = target;
  return { raw, server: { engine, group, channel: hello.channelNumber } };
}

/** A client of a raw server, which has not answered its hello. */
export async function askRaw(options?: EngineOptions): Promise<{ raw: RawPeer; client: Side }> {
  const member = memberOf(engineForSpec(options));
  const server = await RawServer.listen();
  const hello = member.engine.get();
  tcpClient('127.0.0.1', server.port).format(hello);
  hello.messageId = HELLO_ID;
  const { channelNumber } = member.group.post(hello);
  return { raw: await server.accept(), client: { ...member, channel: channelNumber } };
}

/** A client of a raw server, which has accepted its hello. */
export async function clientOfRaw(options?: EngineOptions): Promise<{ raw: RawPeer; client: Side }> {
  const { raw, client } = await askRaw(options);
  raw.write(HELLO_RESPONSE);
  expect(await nextLine(client.engine, client.group)).toBe(`HelloResponse ${String(client.channel)}`);
  return { raw, client };
}

/** A Request of `raw` arrives at the side: the channel works. */
export async function expectAlive(raw: RawPeer, side: Side): Promise<void> {
  raw.write('0001 00 00 0000000000000007 0000 0002', '6f6b');
  const message = await nextCopy(side.group);
  expect([message.channelNumber, message.messageId, message.body.text()]).toEqual([side.channel, 7n, 'ok']);
}
