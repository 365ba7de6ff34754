// The tour's server: a process of its own, which listens on TCP and on a Unix socket, on one group. A Request's `job`
// header says what is wanted; the further messages of a stream have its message_id and no headers.
import { basename, join } from 'node:path';
import { createEngine, OpCode, tcpServer, udsServer } from 'rxtofu';
import { toldToStop } from '../support/child.mjs';
import { openForWriting, sendFile } from '../support/files.mjs';
import { listen, post, saysChannelIsGone, serve } from '../support/verbs.mjs';

const MIB = 1024 * 1024;
const [folder, socketPath, port] = process.argv.slice(2);

const engine = createEngine();
const group = engine.createGroup();
const tcp = await listen(engine, group, tcpServer('127.0.0.1', Number(port)));
const uds = await listen(engine, group, udsServer(socketPath));

// A server for strangers would also forget the streams of a channel that closes, as many-clients.mjs forgets clients.
/** Streams that are coming in: what takes their next message, by channel and id. */
const incoming = new Map();
/** Streams that are going out: what stops them, by channel and id. */
const outgoing = new Map();
/** A file of the folder, whatever path a client names. */
const pathOf = request => join(folder, basename(request.textHeaders.get('name')));
const keyOf = message => `${message.channelNumber}/${message.messageId}`;

const jobs = {
  echo(request) {
    group.post(request.reply(request.body.bytes()));
  },

  stats(request) {
    group.post(request.reply(JSON.stringify(engine.stats())));
  },

  /** Running totals: each number is answered at once, on the same id. */
  sum(first) {
    let total = 0;
    const takeNumber = request => {
      total += Number(request.body.text());
      const answer = request.reply(String(total));
      answer.more = request.more;
      group.post(answer);
    };
    if (first.hasMore()) incoming.set(keyOf(first), takeNumber);
    takeNumber(first);
  },

  /** Stores a file, tells how far it is, and answers with the SHA-256. */
  async store(first) {
    const file = await openForWriting(pathOf(first));
    incoming.set(keyOf(first), async request => {
      const { channelNumber, messageId } = request;
      const before = file.byteLength;
      await file.write(request.body.bytes());
      if (Math.floor(before / MIB) < Math.floor(file.byteLength / MIB)) {
        post(engine, group, channelNumber, OpCode.Signal, {
          messageId,
          headers: { stored: file.byteLength },
        });
      }
      if (!request.hasMore()) group.post(request.reply({ headers: { sha256: await file.close() } }));
    });
  },

  /** Sends a file, until a Signal on the same id says stop. Not awaited: the server reads on meanwhile. */
  fetch(request) {
    const { channelNumber, messageId } = request;
    const path = pathOf(request);
    const stop = new AbortController();
    outgoing.set(keyOf(request), stop);
    const target = { channelNumber, messageId, opCode: OpCode.Response };
    sendFile(engine, group, target, path, { signal: stop.signal })
      .catch(error => {
        if (!saysChannelIsGone(error)) throw error;
      })
      .finally(() => outgoing.delete(keyOf(target)));
  },
};

const serving = serve(group, async message => {
  const key = keyOf(message);
  if (message.opCode === OpCode.Signal) {
    if (message.textHeaders.has('stop')) outgoing.get(key)?.abort();
    return;
  }
  const job = incoming.get(key) ?? jobs[message.textHeaders.get('job')];
  await job(message);
  if (!message.hasMore()) incoming.delete(key);
});
process.send({ port: tcp.address.port, addresses: `${tcp.address} and ${uds.address}` });

await toldToStop();
await engine.destroy();
await serving;
