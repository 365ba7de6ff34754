// The file server: a process of its own, which main.mjs starts. Stores and sends files of the folder that it is given.
import { basename, join } from 'node:path';
import { createEngine, OpCode, tcpServer } from 'rxtofu';
import { toldToStop } from '../support/child.mjs';
import { openForWriting, sendFile } from '../support/files.mjs';
import { listen, post, saysChannelIsGone, serve } from '../support/verbs.mjs';

const MIB = 1024 * 1024;
const folder = process.argv[2];
const engine = createEngine();
const group = engine.createGroup();
const { address } = await listen(engine, group, tcpServer('127.0.0.1', 0));

/** A file of the folder, whatever path a client names. */
const pathOf = name => join(folder, basename(name));

/** Files being stored, by the id of their stream. (A server of many clients would add the channel to the key.) */
const stores = new Map();

/** One message of a file: the first opens it and has no bytes yet, the last is answered with the SHA-256. */
async function store(request) {
  const { channelNumber, messageId } = request;
  if (!stores.has(messageId)) {
    stores.set(messageId, await openForWriting(pathOf(request.textHeaders.get('store'))));
  }
  const file = stores.get(messageId);
  const before = file.byteLength;
  await file.write(request.body.bytes());
  if (Math.floor(before / MIB) < Math.floor(file.byteLength / MIB)) {
    post(engine, group, channelNumber, OpCode.Signal, { messageId, headers: { stored: file.byteLength } });
  }
  if (request.hasMore()) return;
  stores.delete(messageId);
  group.post(request.reply({ headers: { sha256: await file.close() } }));
}

/** Answers with the file, until it is through or the client has left. */
function fetch({ channelNumber, messageId, textHeaders }) {
  const target = { channelNumber, messageId, opCode: OpCode.Response };
  return sendFile(engine, group, target, pathOf(textHeaders.get('fetch'))).catch(error => {
    if (!saysChannelIsGone(error)) throw error;
  });
}

const serving = serve(group, async request => {
  // Not awaited: the file goes out while this loop reads on.
  if (request.textHeaders.has('fetch')) void fetch(request);
  // Waiting for the disk is what brakes the sender: while messages wait here, the socket is not read.
  else await store(request);
});
process.send({ port: address.port });

await toldToStop();
await engine.destroy();
await serving;
