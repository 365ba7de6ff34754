// Node streams: files flow through a connection from a Readable to a slow Writable, by `for await`, pipeline and pooled, and the
// Writable holds back the Readable on the other side.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { filter, firstValueFrom, lastValueFrom, take } from 'rxjs';
import {
  createEngine,
  OpCode,
  openPeer,
  parseAddress,
  pooled,
  postFrom,
  udsServer,
  windowByMessageId,
} from 'rxtofu';
import { check } from '../support/check.mjs';
import { makeFile } from '../support/files.mjs';
import { openListener } from '../support/open-listener.mjs';
import { tempFolder } from '../support/temp.mjs';

const MIB = 1024 * 1024;
const MEBIBYTES = 8;
/** Each chunk of a Readable becomes one body, which holds at most 65535 bytes; a file's default is one more. */
const CHUNK_BYTES = 32 * 1024;
/** What queues, slots and the kernel's socket buffers hold together, with room to spare. */
const MOST_AHEAD = 2 * MIB;

const path = join(tempFolder(), 'file');
const sha256 = await makeFile(path, MEBIBYTES);

const sender = createEngine({ maxQueuedBytes: 128 * 1024 });
const receiver = createEngine({ initialPoolMsgs: 8, maxPoolMsgs: 8 });

/** A file to read, and a sink that takes a millisecond for a chunk; `mostAhead` tells how far the one ever was ahead of the other. */
function createFlow() {
  const source = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const hash = createHash('sha256');
  const flow = { source, written: 0, mostAhead: 0, digest: () => hash.digest('hex') };
  flow.sink = new Writable({
    write(chunk, _encoding, done) {
      hash.update(chunk);
      flow.written += chunk.length;
      flow.mostAhead = Math.max(flow.mostAhead, source.bytesRead - flow.written);
      setTimeout(done, 1);
    },
  });
  return flow;
}

function checkFlow(name, flow) {
  check(flow.digest() === sha256, `${name}: the file arrived as it was (SHA-256)`);
  check(
    flow.mostAhead < MOST_AHEAD,
    `${name}: at most ${(flow.mostAhead / MIB).toFixed(2)} of ${MEBIBYTES} MiB were read ahead of the slow sink`,
  );
}

/** The bodies of a stream of messages: what a pipeline puts between it and a Writable. A message keeps its slot until the next pull. */
async function* bodies(messages) {
  for await (const message of messages) yield message.body.bytes();
}

/** Posts a file as Signals on one id, and an empty one that ends them. */
async function postFile(group, { channelNumber }, messageId, source) {
  const address = message => {
    message.opCode = OpCode.Signal;
    message.channelNumber = channelNumber;
    message.messageId = messageId;
  };
  const posting$ = postFrom(group, source, (bytes, message) => {
    address(message);
    message.more = true;
    message.body.append(bytes);
  });
  await lastValueFrom(posting$);
  const last = sender.get();
  address(last);
  group.post(last);
}

/** `for await` over a group: Readable, postFrom, the group's loop, pipeline, Writable. */
async function throughGroup() {
  const group = receiver.createGroup();
  const welcome = receiver.get();
  udsServer().format(welcome);
  group.post(welcome);

  const clientGroup = sender.createGroup();
  const flow = createFlow();
  let sending;

  async function* received() {
    for await (const message of group) {
      if (message.opCode === OpCode.WelcomeResponse) sending = send(parseAddress(message));
      else if (message.opCode === OpCode.HelloRequest) group.post(message.reply());
      else if (message.opCode === OpCode.Signal && message.isFromApplication()) {
        // Put back at the next pull: what the pipeline keeps longer is a copy.
        if (message.body.byteLength > 0) yield Buffer.from(message.body.bytes());
        if (!message.hasMore()) return;
      }
    }
  }
  async function send(address) {
    const peer = await openPeer(clientGroup, address);
    await postFile(clientGroup, peer, 1, flow.source);
    return peer;
  }

  await pipeline(received(), flow.sink);
  checkFlow('for await over a group', flow);
  (await sending).abort();
  await Promise.all([group.destroy(), clientGroup.destroy()]);
}

await throughGroup();

const listener = await openListener(receiver.createGroup(), udsServer());
const comes = firstValueFrom(listener.peers$);
const clientGroup = sender.createGroup();
const client = await openPeer(clientGroup, listener.address);
const server = await comes;

// A window: Readable, postFrom, windowByMessageId, pooled, pipeline, Writable.
const byWindow = createFlow();
const written = lastValueFrom(
  server.messages$.pipe(
    filter(message => message.isFromEngine() || message.opCode === OpCode.Signal),
    windowByMessageId(),
    pooled(window => pipeline(window, bodies, byWindow.sink)),
    take(1),
  ),
);
await Promise.all([postFile(clientGroup, client, 2, byWindow.source), written]);
checkFlow('a window in a pipeline', byWindow);

// An upload: a Readable is the request, which the handler reads as a pipeline.
const up = createFlow();
const uploads = server.respond(async request => {
  await pipeline(request, bodies, up.sink);
  return `${up.written} bytes`;
});
const reply = await firstValueFrom(client.request(up.source));
uploads.unsubscribe();
checkFlow('a Readable as request', up);
check(reply.body.text() === `${MEBIBYTES * MIB} bytes`, 'the reply came when all was written');

// A download: a Readable is the reply, and whoever asked makes a Readable of it again. The braked side is the server's now.
const down = createFlow();
const downloads = client.respond(() => down.source);
await pipeline(Readable.from(bodies(server.request('the file'))), down.sink);
downloads.unsubscribe();
checkFlow('Readable.from a reply', down);

// A sink that fails ends all of it: the loop is left, the request cancelled, and the Readable on the other side destroyed.
const cut = createFlow();
const cuts = client.respond(() => cut.source);
const closed = new Promise(resolve => cut.source.once('close', resolve));
cut.sink.once('drain', () => cut.sink.destroy(new Error('the disk is full')));
const failure = await pipeline(Readable.from(bodies(server.request('the file'))), cut.sink).catch(
  error => error,
);
await closed;
cuts.unsubscribe();
check(failure.message === 'the disk is full', 'a sink that failed ended its pipeline');
check(
  cut.source.bytesRead < MEBIBYTES * MIB,
  'and destroyed the Readable on the other side, which was not through',
);

await client.bye();
for (const engine of [sender, receiver]) {
  const { slots, brakeLost } = engine.stats();
  check(slots.used + slots.beyond === 0 && brakeLost === 0, 'every slot came back, no brake was lost');
  await engine.destroy();
}
