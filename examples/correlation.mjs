// Correlation: many questions in flight on one channel; message_id says which answer belongs to which question.
import { createEngine, OpCode, tcpServer } from 'rxtofu';
import { check } from './support/check.mjs';
import { connect, listen, next, post, serve } from './support/verbs.mjs';

const QUESTIONS = 10;

const engine = createEngine();
const server = engine.createGroup();
const client = engine.createGroup();
const { address } = await listen(engine, server, tcpServer('127.0.0.1', 0));

// The server collects all the questions and answers the last one first.
const asked = [];
const serving = serve(server, request => {
  asked.push(request.reply(`the square of ${request.body.text()} is ${Number(request.body.text()) ** 2}`));
  if (asked.length === QUESTIONS) for (const answer of asked.reverse()) server.post(answer);
});

const channelNumber = await connect(engine, client, address);

const pending = new Map();
for (let number = 1; number <= QUESTIONS; number++) {
  const { messageId } = post(engine, client, channelNumber, OpCode.Request, { body: String(number) });
  pending.set(messageId, number);
}

const order = [];
let matches = 0;
while (pending.size > 0) {
  const response = await next(client);
  const number = pending.get(response.messageId);
  pending.delete(response.messageId);
  console.log(`asked for ${number}: ${response.body.text()}`);
  if (response.body.text() === `the square of ${number} is ${number ** 2}`) matches++;
  order.push(number);
  engine.put(response);
}
check(matches === QUESTIONS, 'every answer found its question');
check(order[0] === QUESTIONS && order.at(-1) === 1, 'the answers came in another order than the questions');

await engine.destroy();
await serving;
