// Two-way stream: Requests with `more` go one way while Responses with `more` come back, both on one message_id.
import { createEngine, OpCode, tcpServer } from 'rxtofu';
import { check } from './support/check.mjs';
import { connect, listen, nextFromPeer, post, serve } from './support/verbs.mjs';

const WORDS = 'messages are operations and both sides are peers'.split(' ');
const AHEAD = 3;

const engine = createEngine();
const server = engine.createGroup();
const client = engine.createGroup();
const { address } = await listen(engine, server, tcpServer('127.0.0.1', 0));

// Each word goes back in capitals as soon as it comes; the last request ends the answer, too.
const serving = serve(server, request => {
  const answer = request.reply(request.body.text().toUpperCase());
  answer.more = request.more;
  server.post(answer);
});

const channelNumber = await connect(engine, client, address);

let sent = 0;
let messageId = 0; // the first post() numbers the stream
function sendNext() {
  if (sent === WORDS.length) return;
  const body = WORDS[sent];
  sent++;
  const more = sent < WORDS.length;
  ({ messageId } = post(engine, client, channelNumber, OpCode.Request, { messageId, more, body }));
  console.log(`  -> ${body}`);
}

// The client stays some words ahead of the answers: with each answer the next word goes out.
for (let count = 0; count < AHEAD; count++) sendNext();

const answers = [];
let sentAtFirstAnswer = 0;
for (let more = true; more;) {
  const response = await nextFromPeer(engine, client);
  sentAtFirstAnswer ||= sent;
  answers.push(response.body.text());
  console.log(`  <- ${response.body.text()}`);
  more = response.hasMore();
  engine.put(response);
  sendNext();
}
check(answers.join(' ') === WORDS.join(' ').toUpperCase(), 'every word came back, in order');
check(sentAtFirstAnswer < WORDS.length, 'answers came while words were still to be sent');

await engine.destroy();
await serving;
