// Steps of the tour: a file up and down again, a transfer that is stopped, and a stream in both directions.
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { OpCode } from 'rxtofu';
import { openForWriting, sendFile } from '../support/files.mjs';
import { showProgress } from '../support/progress.mjs';
import { nextFromPeer, post } from '../support/verbs.mjs';

const MIB = 1024 * 1024;
const NUMBERS = 2_000;

/** Up: a stream of Requests; Signals on its id tell what is stored; one Response ends it. */
export async function upload({ engine, group, channels, check, file }) {
  const progress = showProgress('upload  ', file.bytes);
  const stream = post(engine, group, channels.tcp, OpCode.Request, {
    more: true,
    headers: { job: 'store', name: 'stored' },
  });
  let signals = 0;
  let strays = 0;

  async function followProgress() {
    for (let sha256; ;) {
      const message = await nextFromPeer(engine, group);
      if (message.messageId !== stream.messageId) strays++;
      if (message.opCode === OpCode.Response) sha256 = message.textHeaders.get('sha256');
      else {
        signals++;
        progress.update(Number(message.textHeaders.get('stored')));
      }
      engine.put(message);
      if (sha256 !== undefined) return sha256;
    }
  }

  const [sha256, sent] = await Promise.all([followProgress(), sendFile(engine, group, stream, file.path)]);
  progress.stop();
  check(strays === 0, 'progress and answer carry the id of the upload');
  check(sent === file.bytes, 'the whole file was posted');
  check(signals === file.bytes / MIB, 'the server told of each MiB that it stored');
  check(sha256 === file.sha256, 'the server stored what was sent (SHA-256)');
  return `${file.bytes / MIB} MiB up over tcp, ${signals} progress Signals, SHA-256 ${sha256.slice(0, 8)}... agrees`;
}

/** Down: one Request, a stream of Responses. */
export async function download({ engine, group, channels, check, file, folder }) {
  const progress = showProgress('download', file.bytes);
  const copy = await openForWriting(join(folder, 'back again'));
  let frames = 0;
  post(engine, group, channels.uds, OpCode.Request, { headers: { job: 'fetch', name: 'stored' } });
  for (let more = true; more; frames++) {
    const message = await nextFromPeer(engine, group);
    await copy.write(message.body.bytes());
    progress.update(copy.byteLength);
    more = message.hasMore();
    engine.put(message);
  }
  progress.stop();
  const sha256 = await copy.close();
  check(sha256 === file.sha256, 'what came back is the original (SHA-256)');
  return `${file.bytes / MIB} MiB down over uds in ${frames} messages, SHA-256 ${sha256.slice(0, 8)}... agrees`;
}

/** A download that the client stops: a Signal on its id, and the server ends the stream early. */
export async function stopEarly({ engine, group, channels, check, file }) {
  const { messageId } = post(engine, group, channels.tcp, OpCode.Request, {
    headers: { job: 'fetch', name: 'stored' },
  });
  let received = 0;
  let stoppedAt = 0;
  let sent;
  for (let more = true; more;) {
    const message = await nextFromPeer(engine, group);
    received += message.body.byteLength;
    sent = message.textHeaders.get('cancelled');
    more = message.hasMore();
    engine.put(message);
    if (stoppedAt === 0 && received >= MIB) {
      stoppedAt = received;
      post(engine, group, channels.tcp, OpCode.Signal, { messageId, headers: { stop: 1 } });
    }
  }
  check(sent !== undefined, 'the server says that it ended the stream early');
  check(Number(sent) === received && received < file.bytes, 'it sent a part, and all of that part arrived');
  return `told the server to stop after ${mebibytes(stoppedAt)} MiB, it ended the stream at ${mebibytes(received)}`;
}

/** Both ways at once on one id: numbers go, running totals come. */
export async function bothWays({ engine, group, channels, check }) {
  let sent = 0;
  let sentAtFirstTotal = 0;

  async function send() {
    let messageId = 0;
    while (sent < NUMBERS) {
      await group.writable(channels.uds);
      const headers = sent === 0 ? { job: 'sum' } : {};
      sent++;
      const options = { messageId, headers, more: sent < NUMBERS, body: String(sent) };
      ({ messageId } = post(engine, group, channels.uds, OpCode.Request, options));
      if (sent % 100 === 0) await setImmediate(); // as numbers come that are measured somewhere
    }
  }

  async function receive() {
    let inOrder = 0;
    let total = 0;
    for (let more = true; more;) {
      const response = await nextFromPeer(engine, group);
      sentAtFirstTotal ||= sent;
      total += inOrder + 1;
      if (response.body.text() === String(total)) inOrder++;
      more = response.hasMore();
      engine.put(response);
    }
    return inOrder;
  }

  const [inOrder] = await Promise.all([receive(), send()]);
  check(inOrder === NUMBERS, 'every total came back right, and in order');
  check(sentAtFirstTotal < NUMBERS, 'totals came while numbers were still being sent');
  return `${NUMBERS} numbers out and ${inOrder} totals back on one id, the first total when ${sentAtFirstTotal} numbers were out`;
}

function mebibytes(bytes) {
  return (bytes / MIB).toFixed(1);
}
