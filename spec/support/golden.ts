import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpCode } from '../../lib/message/op-code.js';

/** One of the two processes of a recorded conversation. */
export type Side = 'client' | 'server';
export type OpCodeName = keyof typeof OpCode;

/** A message that an application posted; its numbers as `post` gave them back. */
export interface PostedEntry {
  at: Side;
  channelNumber: number;
  opCode: OpCodeName;
  messageId: string;
}

/** A frame that the proxy saw: the whole of it as hex, or, of a long one, its header and the hash of the whole. */
export interface FrameEntry {
  from: Side;
  fields: {
    channelNumber: number;
    opCode: OpCodeName;
    origin: number;
    more: number;
    internalA: number;
    internalB: number;
    status: number;
    messageId: string;
    headersLength: number;
    bodyLength: number;
  };
  hex?: string;
  headerHex?: string;
  sha256?: string;
}

/** The end of one side's stream. */
export interface EndEntry {
  from: Side;
  how: 'fin' | 'ECONNRESET';
}

/** A message that an application received. */
export interface EventEntry {
  at: Side;
  channelNumber: number;
  opCode: OpCodeName;
  origin: 'application' | 'engine';
  more: number;
  status: string;
  messageId: string;
  textHeaders?: string;
}

/** A message that an application could not post. */
export interface RefusedEntry {
  at: Side;
  refused: OpCodeName;
  error: string;
}

/** A recorded conversation; spec/golden/README.md says what is what. */
export interface Golden {
  name: string;
  about: string;
  transport: 'tcp' | 'uds';
  listen: string;
  connect: string;
  posted: PostedEntry[];
  wire: (FrameEntry | EndEntry)[];
  events: (EventEntry | RefusedEntry)[];
}

const FOLDER = join(__dirname, '..', 'golden');

/** Every recorded conversation. */
export const goldens: readonly Golden[] = readdirSync(FOLDER)
  .filter(file => file.endsWith('.json'))
  .sort()
  .map(file => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Golden);

export function isFrame(entry: FrameEntry | EndEntry): entry is FrameEntry {
  return 'fields' in entry;
}

/** The whole frame; a long one is put together from its header and the rule for its payload. */
export function bytesOf(entry: FrameEntry): Buffer {
  if (entry.hex !== undefined) return Buffer.from(entry.hex, 'hex');
  if (entry.headerHex === undefined) throw new Error('an entry without hex and headerHex');
  const { headersLength, bodyLength } = entry.fields;
  const headers = headersLength === 0 ? '' : `k:${'v'.repeat(headersLength - 4)}\r\n`;
  const body = Buffer.alloc(bodyLength);
  for (let index = 0; index < bodyLength; index++) body[index] = (31 * index + 7) % 256;
  return Buffer.concat([Buffer.from(entry.headerHex, 'hex'), Buffer.from(headers), body]);
}

/** The text headers and the body of a frame. */
export function payloadOf(frame: Buffer): { headers: Buffer; body: Buffer } {
  const bodyAt = 16 + frame.readUInt16BE(12);
  return { headers: frame.subarray(16, bodyAt), body: frame.subarray(bodyAt) };
}
