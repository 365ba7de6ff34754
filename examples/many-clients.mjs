// Many clients: the server knows each by its channel number, from the HelloRequest to channel_closed.
import { createEngine, OpCode, tcpServer } from 'rxtofu';
import { check } from './support/check.mjs';
import { closesChannel, listen, next, post } from './support/verbs.mjs';

const CLIENTS = 20;
const QUESTIONS = 3;

const engine = createEngine();
const server = engine.createGroup();
const { channelNumber: listener, address } = await listen(engine, server, tcpServer('127.0.0.1', 0));

/** Serves until its listener and all its clients are gone. */
async function runServer() {
  const known = new Map(); // channel number -> what the server keeps about that client
  let served = 0;
  let isListening = true;
  for await (const message of server) {
    const number = message.channelNumber;
    if (message.isFromEngine()) {
      if (!closesChannel(message)) continue;
      // The number may be another client's next: forget what it stood for.
      if (number === listener) isListening = false;
      else known.delete(number);
      if (!isListening && known.size === 0) return served;
    } else if (message.opCode === OpCode.HelloRequest) {
      known.set(number, { name: message.textHeaders.get('name'), questions: 0 });
      served++;
      server.post(message.reply());
    } else if (message.opCode === OpCode.Request) {
      const about = known.get(number);
      about.questions++;
      server.post(message.reply(`${about.name}, this is your question ${about.questions}`));
    } else if (message.opCode === OpCode.ByeRequest) {
      server.post(message.reply());
    }
  }
}
const serving = runServer();

// All clients live on one group: their channels keep them apart. What is posted behind a HelloRequest is sent behind it.
const client = engine.createGroup();
const names = new Map();
for (let count = 1; count <= CLIENTS; count++) {
  const hello = engine.get();
  address.format(hello);
  hello.textHeaders.append('name', `client ${count}`);
  const { channelNumber } = client.post(hello);
  names.set(channelNumber, `client ${count}`);
  for (let question = 0; question < QUESTIONS; question++)
    post(engine, client, channelNumber, OpCode.Request);
}

let answers = 0;
let strays = 0;
while (names.size > 0) {
  const message = await next(client);
  const { channelNumber } = message;
  if (closesChannel(message)) {
    names.delete(channelNumber);
  } else if (message.opCode === OpCode.Response) {
    const text = message.body.text();
    answers++;
    if (!text.startsWith(`${names.get(channelNumber)},`)) strays++;
    // Half of the clients say goodbye, the others just vanish: the server hears channel_closed of each.
    const leave = channelNumber % 2 === 0 ? OpCode.ByeRequest : OpCode.ByeSignal;
    if (text.endsWith(`question ${QUESTIONS}`)) post(engine, client, channelNumber, leave);
  }
  engine.put(message);
}
check(answers === CLIENTS * QUESTIONS, `${answers} answers came to ${CLIENTS} clients`);
check(strays === 0, 'each went to the client that had asked');

post(engine, server, listener, OpCode.ByeSignal); // stops listening
check((await serving) === CLIENTS, 'the server knew every client, and has forgotten them all');

await engine.destroy();
