// File transfer: 32 MiB up and down again, in messages of at most 65535 bytes, with a brake, progress and a checksum.
import { join } from 'node:path';
import { createEngine, OpCode, tcpClient } from 'rxtofu';
import { check } from '../support/check.mjs';
import { startProcess } from '../support/child.mjs';
import { makeFile, openForWriting, sendFile } from '../support/files.mjs';
import { showProgress } from '../support/progress.mjs';
import { tempFolder } from '../support/temp.mjs';
import { connect, nextFromPeer, post, sayBye } from '../support/verbs.mjs';

const MEBIBYTES = 32;
const BYTES = MEBIBYTES * 1024 * 1024;

const folder = tempFolder();
const original = join(folder, 'original');
const sha256 = await makeFile(original, MEBIBYTES);

const server = await startProcess(new URL('server.mjs', import.meta.url), folder);
const engine = createEngine();
const group = engine.createGroup();
const channelNumber = await connect(engine, group, tcpClient('127.0.0.1', server.ready.port));

/** Up: one stream of Requests. The server tells on the same id how much it has stored, and answers with the SHA-256. */
async function upload() {
  const progress = showProgress('upload  ', BYTES);
  const stream = post(engine, group, channelNumber, OpCode.Request, {
    more: true,
    headers: { store: 'copy' },
  });

  async function followProgress() {
    for (let stored; ;) {
      const message = await nextFromPeer(engine, group);
      if (message.opCode === OpCode.Response) stored = message.textHeaders.get('sha256');
      else progress.update(Number(message.textHeaders.get('stored')));
      engine.put(message);
      if (stored !== undefined) return stored;
    }
  }

  const [stored] = await Promise.all([followProgress(), sendFile(engine, group, stream, original)]);
  progress.stop();
  return stored;
}

/** Down: one Request, and a stream of Responses. */
async function download() {
  const progress = showProgress('download', BYTES);
  const file = await openForWriting(join(folder, 'back again'));
  post(engine, group, channelNumber, OpCode.Request, { headers: { fetch: 'copy' } });
  for (let more = true; more;) {
    const message = await nextFromPeer(engine, group);
    // While we write, messages wait in the group with their slots, and the server is braked.
    await file.write(message.body.bytes());
    progress.update(file.byteLength);
    more = message.hasMore();
    engine.put(message);
  }
  progress.stop();
  return file.close();
}

check((await upload()) === sha256, 'the server stored what was sent');
check((await download()) === sha256, 'what came back is the original');
check(engine.stats().slots.used === 0, 'every message went back to the pool');

await sayBye(engine, group, channelNumber);
await engine.destroy();
server.child.kill('SIGTERM');
check((await server.exited).code === 0, 'the server ended by itself');
