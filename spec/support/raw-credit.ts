import {
  type Address,
  type EngineOptions,
  OpCode,
  type Payload,
  tcpClient,
  udsClient,
} from '../../lib/index.js';
import { opCodeName } from '../../lib/message/op-code.js';
import { tempUdsPath } from '../../lib/testing/index.js';
import { lineOf, listenOn, next } from './conversation.js';
import { engineForSpec } from './engines.js';
import { comesTrue, eventually } from './eventually.js';
import { frame } from './frames.js';
import { type Network, networks } from './networks.js';
import { memberOf, say, type Side, untilClosed } from './pair.js';
import { HELLO_ID } from './raw-channels.js';
import { RawPeer, RawServer } from './raw-peer.js';

/** The networks that a raw peer can be on. */
export const SOCKETS = networks.filter(({ name }) => name !== 'mem');

/** The windows of the two hellos, as their headers say them; null for none. */
export interface Windows {
  readonly hello?: string | null;
  readonly answer?: string | null;
}

/** What came at a raw peer, a line a frame: `Request 7 a:b "body"`, `Signal* 0 rx-credit:32`; `*` is the out-of-band bit. */
export function heard(raw: RawPeer): string[] {
  const bytes = Buffer.from(raw.received, 'hex');
  const lines: string[] = [];
  for (let at = 0; at + 16 <= bytes.length;) {
    const proto = bytes.readUInt8(at + 2);
    const bodyAt = at + 16 + bytes.readUInt16BE(at + 12);
    const end = bodyAt + bytes.readUInt16BE(at + 14);
    if (end > bytes.length) break;
    const headers = bytes
      .toString('utf8', at + 16, bodyAt)
      .split('\r\n')
      .filter(Boolean);
    const words = [
      `${opCodeName((proto & 15) as OpCode)}${(proto & 0x40) === 0 ? '' : '*'}`,
      String(bytes.readBigUInt64BE(at + 4)),
      ...headers.filter(header => !header.startsWith('~')),
    ];
    if (end > bodyAt) words.push(JSON.stringify(bytes.toString('utf8', bodyAt, end).slice(0, 20)));
    lines.push(words.join(' '));
    at = end;
  }
  return lines;
}

/** Waits until a raw peer has heard so many frames; they. */
export async function hears(raw: RawPeer, frames: number): Promise<string[]> {
  await eventually(`${String(frames)} frames`, () => heard(raw).length >= frames);
  return heard(raw);
}

/** Waits until a raw peer has heard a line. */
export async function hearsLine(raw: RawPeer, line: string): Promise<void> {
  await eventually(line, () => heard(raw).includes(line));
}

/** How many Requests, Responses and Signals a raw peer has heard that are no grants, cancels or heartbeats. */
export function regularHeard(raw: RawPeer): number {
  return heard(raw).filter(line =>
    /^(?:Request|Response|Signal) (?!.*rx-(?:credit|cancel|heartbeat))/.test(line),
  ).length;
}

/** A Signal rx-credit, as a peer writes it. */
export function grant(n: number | string): Buffer {
  return frame({ opCode: OpCode.Signal, headers: `rx-credit:${String(n)}\r\n` });
}

/** An engine that listens, for raw clients. */
export interface CreditTarget extends ReturnType<typeof memberOf> {
  readonly listener: number;
  readonly place: { port: number } | { path: string };
}

export async function listenForCredit(network: Network, options?: EngineOptions): Promise<CreditTarget> {
  const member = memberOf(engineForSpec(options));
  const { channel, client } = await listenOn(member.engine, member.group, network);
  return { ...member, listener: channel, place: placeOf(client) };
}

/** A raw client that has said its hello, and the target's side of it, which has not answered. */
export async function knock(
  target: CreditTarget,
  hello: string | null,
): Promise<{ raw: RawPeer; server: Side }> {
  const raw = await RawPeer.connect(target.place);
  raw.writeBytes(frame({ opCode: OpCode.HelloRequest, id: Number(HELLO_ID), headers: windowHeader(hello) }));
  using message = await next(target.group);
  const { engine, group } = target;
  return { raw, server: { engine, group, channel: message.channelNumber } };
}

/** The side accepts, by hand. */
export function acceptWith(server: Side, answer: string | null): void {
  say(server, OpCode.HelloResponse, { id: HELLO_ID, ...windowPayload(answer) });
}

/** A raw client and the side that has accepted it; both offer 64 unless it is said otherwise. */
export async function greetOnCredit(
  target: CreditTarget,
  { hello = '64', answer = '64' }: Windows = {},
): Promise<{ raw: RawPeer; server: Side }> {
  const greeted = await knock(target, hello);
  acceptWith(greeted.server, answer);
  await hears(greeted.raw, 1);
  return greeted;
}

/** A client of a raw server, which has not answered its hello. */
export async function askForCredit(
  network: Network,
  options: EngineOptions = {},
  hello: string | null = '64',
): Promise<{ raw: RawPeer; client: Side; answer(window: string | null): void }> {
  const member = memberOf(engineForSpec(options));
  const path = network.name === 'uds' ? tempUdsPath() : undefined;
  const server = await RawServer.listen(path);
  const address = path === undefined ? tcpClient('127.0.0.1', server.port) : udsClient(path);
  const request = member.engine.get();
  address.format(request);
  if (hello !== null) request.textHeaders.append('rx-window', hello);
  const channel = member.group.post(request).channelNumber;
  const raw = await server.accept();
  const [line] = await hears(raw, 1);
  const id = Number(line?.split(' ')[1]);
  return {
    raw,
    client: { ...member, channel },
    answer: window => {
      raw.writeBytes(frame({ opCode: OpCode.HelloResponse, id, headers: windowHeader(window) }));
    },
  };
}

/** Posts Requests with bodies `from`, ..., `to`. */
export function sayMany(side: Side, from: number, to: number): void {
  for (let n = from; n <= to; n++) say(side, OpCode.Request, { id: n, payload: String(n) });
}

/** Waits until the side has sent what it may: what waits in its queue is this many bytes. */
export async function settlesAt(side: Side, queuedBytes: number): Promise<void> {
  await comesTrue(() => side.engine.stats().queuedBytes === queuedBytes);
}

/** recv_failed and channel_closed come, behind these lines. */
export async function expectFaultBehind(side: Side, ...before: string[]): Promise<void> {
  const lines = (await untilClosed(side.group, side.channel)).map(lineOf);
  const channel = String(side.channel);
  expect(lines).toEqual([...before, `Signal recv_failed ${channel}`, `Signal channel_closed ${channel}`]);
}

function windowHeader(window: string | null): string {
  return window === null ? '' : `rx-window:${window}\r\n`;
}

function windowPayload(window: string | null): { payload?: Payload } {
  return window === null ? {} : { payload: { headers: { 'rx-window': window } } };
}

function placeOf(address: Address): { port: number } | { path: string } {
  if (address.kind === 'tcp') return { port: address.port };
  if (address.kind === 'uds') return { path: address.path };
  throw new Error(`no socket: ${address.toString()}`);
}
