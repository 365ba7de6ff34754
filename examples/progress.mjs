// Progress: Signals on the request's message_id tell how far a long job is; the Response ends it.
import { setTimeout } from 'node:timers/promises';
import { createEngine, OpCode, tcpServer } from 'rxtofu';
import { check } from './support/check.mjs';
import { connect, listen, nextFromPeer, post, serve } from './support/verbs.mjs';

const STEPS = 5;

const engine = createEngine();
const server = engine.createGroup();
const client = engine.createGroup();
const { address } = await listen(engine, server, tcpServer('127.0.0.1', 0));

const serving = serve(server, async request => {
  const { channelNumber, messageId } = request;
  for (let step = 1; step <= STEPS; step++) {
    await setTimeout(20); // the work
    const body = String((100 * step) / STEPS);
    post(engine, server, channelNumber, OpCode.Signal, { messageId, body });
  }
  server.post(request.reply('done'));
});

const channelNumber = await connect(engine, client, address);
const { messageId } = post(engine, client, channelNumber, OpCode.Request, { body: 'a long job' });

// A Signal is a notification, a Response an answer: that is why progress comes as Signals.
const percents = [];
for (let isDone = false; !isDone;) {
  const message = await nextFromPeer(engine, client);
  if (message.messageId === messageId) {
    if (message.opCode === OpCode.Signal) {
      percents.push(Number(message.body.text()));
      console.log(`${message.body.text()}%`);
    } else {
      console.log(message.body.text());
      isDone = true;
    }
  }
  engine.put(message);
}
check(percents.join(' ') === '20 40 60 80 100', 'progress came in order, and before the answer');

await engine.destroy();
await serving;
