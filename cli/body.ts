import { createReadStream } from 'node:fs';
import { access, constants, readFile, stat } from 'node:fs/promises';
import type { Payload, Upload } from '../lib/index.js';
import { UsageError } from './exit-status.js';

/** One body holds 65535 bytes; parts are whole pages of a file. */
const MAX_BODY_BYTES = 65_535;
const PART_BYTES = 60 * 1024;

/** What `send` sends. */
export interface RequestBody {
  /** 0 where nobody knows: what is no plain file has no size. */
  readonly byteLength: number;
  /** Whether it goes in parts, as it is read. */
  readonly isStreamed: boolean;
  /** The payload, or the parts of it; `told` hears how many bytes the channel has taken. */
  upload(told: (bytes: number) => void): Upload;
}

/** Reads the value of `--body`: a text, or `@` and the name of a file. */
export async function readBody(text: string | undefined): Promise<RequestBody> {
  if (text?.startsWith('@') !== true) return bytesBody(Buffer.from(text ?? ''));
  const path = text.slice(1);
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new UsageError(`--body ${text} is a folder`);
    await access(path, constants.R_OK);
    if (!found.isFile()) return streamBody(path, 0);
    return found.size > MAX_BODY_BYTES ? streamBody(path, found.size) : bytesBody(await readFile(path));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--body ${text} can't be read: ${(error as Error).message}`);
  }
}

function bytesBody(bytes: Buffer): RequestBody {
  const isStreamed = bytes.length > MAX_BODY_BYTES;
  return {
    byteLength: bytes.length,
    isStreamed,
    upload: told => (isStreamed ? counted(cut(bytes), told) : bytes),
  };
}

/** A file that is read while it is sent. */
function streamBody(path: string, byteLength: number): RequestBody {
  return {
    byteLength,
    isStreamed: true,
    upload: told => counted(createReadStream(path, { highWaterMark: PART_BYTES }), told),
  };
}

function* cut(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PART_BYTES) yield bytes.subarray(at, at + PART_BYTES);
}

/** The next part is asked for when the channel has taken the one before. */
async function* counted(
  parts: Iterable<Buffer> | AsyncIterable<Buffer>,
  told: (bytes: number) => void,
): AsyncGenerator<Payload> {
  let sent = 0;
  for await (const part of parts) {
    yield part;
    sent += part.length;
    told(sent);
  }
}
