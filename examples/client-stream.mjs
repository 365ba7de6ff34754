// Client stream: many Requests on one message_id, all but the last with `more`, and one Response to all of them.
import { createEngine, OpCode, tcpServer } from 'rxtofu';
import { check } from './support/check.mjs';
import { connect, listen, nextFromPeer, post, serve } from './support/verbs.mjs';

const LINES = 1_000;

const engine = createEngine();
const server = engine.createGroup();
const client = engine.createGroup();
const { address } = await listen(engine, server, tcpServer('127.0.0.1', 0));

// The server keeps what it needs per stream, by id (with many clients: by channel and id), until `more` is off.
const lengths = new Map();
const serving = serve(server, request => {
  const { messageId } = request;
  const length = (lengths.get(messageId) ?? 0) + request.body.byteLength;
  lengths.set(messageId, length);
  if (request.hasMore()) return;
  lengths.delete(messageId);
  server.post(request.reply(String(length)));
});

const channelNumber = await connect(engine, client, address);

let messageId = 0; // the first post() numbers the stream, the others go on with that number
let bytes = 0;
for (let count = 1; count <= LINES; count++) {
  const body = `line ${count} of a long letter, which goes on and on\n`;
  // The brake: never more than half of `maxQueuedBytes` waits here for a slow server.
  await client.writable(channelNumber);
  ({ messageId } = post(engine, client, channelNumber, OpCode.Request, {
    messageId,
    more: count < LINES,
    body,
  }));
  bytes += body.length;
}
console.log(`client sent ${LINES} messages with ${bytes} bytes on id ${messageId}`);

const response = await nextFromPeer(engine, client);
console.log(`server counted ${response.body.text()} bytes`);
check(response.messageId === messageId, 'one response answers the whole stream');
check(response.body.text() === String(bytes), 'every byte arrived');
engine.put(response);

await engine.destroy();
await serving;
