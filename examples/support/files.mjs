// Files as streams of messages: frames on one message_id, all but the last with `more`.
import { createHash, randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { post } from './verbs.mjs';

/** The most that a body holds. */
const CHUNK_BYTES = 65_535;
const MIB = 1024 * 1024;

/** Makes a file of random bytes. Answers its SHA-256. */
export async function makeFile(path, mebibytes) {
  const file = await openForWriting(path);
  for (let count = 0; count < mebibytes; count++) await file.write(randomBytes(MIB));
  return file.close();
}

/** A file that is written chunk by chunk; `close` answers the SHA-256 of what was written, whenever it is asked. */
export async function openForWriting(path) {
  const file = await open(path, 'w');
  const hash = createHash('sha256');
  let byteLength = 0;
  let closed;
  return {
    get byteLength() {
      return byteLength;
    },
    async write(bytes) {
      hash.update(bytes);
      await file.writeFile(bytes);
      byteLength += bytes.byteLength;
    },
    close() {
      closed ??= file.close().then(() => hash.digest('hex'));
      return closed;
    },
  };
}

/**
 * Posts a file on the channel and id of `target`, no faster than the channel takes it. An aborted `signal` ends the stream
 * early, with a last message that says so. Answers the bytes posted.
 */
export async function sendFile(engine, group, { channelNumber, opCode, messageId }, path, { signal } = {}) {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let sent = 0;
    for (let more = true; more;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, sent);
      // The brake: waits while half of `maxQueuedBytes` or more is queued on this channel.
      await group.writable(channelNumber);
      if (signal?.aborted) {
        post(engine, group, channelNumber, opCode, { messageId, headers: { cancelled: sent } });
        return sent;
      }
      sent += bytesRead;
      more = bytesRead > 0 && sent < size;
      post(engine, group, channelNumber, opCode, { messageId, more, body: buffer.subarray(0, bytesRead) });
    }
    return sent;
  } finally {
    await file.close();
  }
}
