import { createReadStream, type Stats } from 'node:fs';
import { access, constants, readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Payload, Upload } from '../lib/index.js';
import { UsageError } from './exit-status.js';
import { NamedPipe } from './named-pipe.js';

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
  /** Lets go of a source that more may come from. */
  close(): void;
}

/** Reads the value of `--body`: a text, or `@` and the name of a file. */
export async function readBody(text: string | undefined): Promise<RequestBody> {
  if (text?.startsWith('@') !== true) return bytesBody(Buffer.from(text ?? ''));
  const path = text.slice(1);
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new UsageError(`--body ${text} is a folder`);
    await access(path, constants.R_OK);
    if (!found.isFile()) return endlessBody(path, found);
    if (found.size <= MAX_BODY_BYTES) return bytesBody(await readFile(path));
    return streamBody(() => createReadStream(path, { highWaterMark: PART_BYTES }), found.size);
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
    upload: told => (isStreamed ? counted([bytes], told) : bytes),
    close: () => undefined,
  };
}

/** What has no size: a pipe, a device, standard input. */
function endlessBody(path: string, found: Stats): RequestBody {
  // Node reads its own standard input without keeping a thread for it.
  if (path === '/dev/stdin') return streamBody(() => process.stdin, 0);
  if (found.isFIFO()) return streamBody(() => new NamedPipe(path), 0);
  return streamBody(() => createReadStream(path, { highWaterMark: PART_BYTES }), 0);
}

/** What is read while it is sent. */
function streamBody(open: () => Readable, byteLength: number): RequestBody {
  let source: Readable | null = null;
  return {
    byteLength,
    isStreamed: true,
    upload: told => counted((source = open()), told),
    close: () => source?.destroy(),
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
    // A pipe may give more at a time than a body holds.
    for (const piece of cut(part)) {
      yield piece;
      sent += piece.length;
      told(sent);
    }
  }
}
