// Server stream: one Request, and many Responses on its message_id, all but the last with `more`.
import { createEngine, OpCode, tcpServer } from 'rxtofu';
import { check } from './support/check.mjs';
import { connect, listen, nextFromPeer, post, serve } from './support/verbs.mjs';

const engine = createEngine();
const server = engine.createGroup();
const client = engine.createGroup();
const { address } = await listen(engine, server, tcpServer('127.0.0.1', 0));

async function countDown({ channelNumber, messageId }, from) {
  for (let number = from; number >= 0; number--) {
    await server.writable(channelNumber);
    post(engine, server, channelNumber, OpCode.Response, {
      messageId,
      more: number > 0,
      body: String(number),
    });
  }
}

// Not awaited: the server goes on reading while the stream runs. What the stream needs of the request is copied out of
// it first, because the request goes back to the pool when this function returns.
const streams = [];
const serving = serve(server, request => {
  const { channelNumber, messageId } = request;
  streams.push(countDown({ channelNumber, messageId }, Number(request.body.text())));
});

const channelNumber = await connect(engine, client, address);
const { messageId } = post(engine, client, channelNumber, OpCode.Request, { body: '10' });

const numbers = [];
for (let more = true; more;) {
  const response = await nextFromPeer(engine, client);
  if (response.messageId === messageId) numbers.push(Number(response.body.text()));
  more = response.hasMore();
  engine.put(response);
}
console.log(numbers.join(' '));
check(numbers.join(' ') === '10 9 8 7 6 5 4 3 2 1 0', 'the stream came whole and in order');

await Promise.all(streams);
await engine.destroy();
await serving;
