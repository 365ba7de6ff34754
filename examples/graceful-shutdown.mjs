// Graceful shutdown: first a client leaves (ByeRequest, then ByeResponse), then the server closes, step by step.
import { setTimeout } from 'node:timers/promises';
import { createEngine, OpCode, tcpServer } from 'rxtofu';
import { check } from './support/check.mjs';
import { closesChannel, connect, describe, listen, next, post } from './support/verbs.mjs';

const engine = createEngine();
const server = engine.createGroup();
const { channelNumber: listener, address } = await listen(engine, server, tcpServer('127.0.0.1', 0));

/** Works until it is told to stop, then closes everything that it opened, and says what it saw. */
async function runServer() {
  const open = new Set();
  let isStopping = false;
  for await (const message of server) {
    const { channelNumber } = message;
    if (message.status === 0) console.log(`      server <- ${describe(message)}`);
    if (!isStopping && message.isFromEngine() && channelNumber === 0) {
      // Woken by updateReceiver. Stop accepting, then say goodbye to everyone: a ByeRequest is sent behind all the
      // answers that were posted before it. (In a hurry, a ByeSignal closes at once and drops what was not sent.)
      isStopping = true;
      post(engine, server, listener, OpCode.ByeSignal);
      for (const channel of open) post(engine, server, channel, OpCode.ByeRequest);
      open.add(listener);
    } else if (closesChannel(message)) {
      // channel_closed is the last word of every channel. When it was said of all of them, there is nothing left.
      open.delete(channelNumber);
      if (isStopping && open.size === 0) return;
    } else if (message.opCode === OpCode.HelloRequest) {
      open.add(channelNumber);
      server.post(message.reply());
    } else if (message.opCode === OpCode.Request && !isStopping) {
      await setTimeout(5); // the work; what comes after our own ByeRequest can't be answered any more
      server.post(message.reply(message.body.text().toUpperCase()));
    } else if (message.opCode === OpCode.ByeRequest) {
      server.post(message.reply()); // behind the answers that were posted before
    }
  }
}
const serving = runServer();

/** Reads a client's group up to a message that is the `last`, and answers goodbyes. Answers what came, in words. */
async function readUpTo(group, last) {
  const seen = [];
  while (seen.at(-1) !== last) {
    const message = await next(group);
    seen.push(describe(message));
    console.log(`client <- ${seen.at(-1)}`);
    if (message.opCode === OpCode.ByeRequest) group.post(message.reply());
    engine.put(message);
  }
  return seen.join(', ');
}
const END = 'Signal channel_closed';

// A client that has enough: its goodbye waits behind its questions, the answers come before the server's.
const leaving = engine.createGroup();
const channel = await connect(engine, leaving, address);
for (const body of ['one', 'two']) post(engine, leaving, channel, OpCode.Request, { body });
post(engine, leaving, channel, OpCode.ByeRequest);
const goodbye = await readUpTo(leaving, END);
check(
  goodbye === 'Response "ONE", Response "TWO", ByeResponse, Signal channel_closed',
  'the client got every answer, then the goodbye, then the end',
);

// A client that stays: the server says goodbye to it.
const staying = engine.createGroup();
post(engine, staying, await connect(engine, staying, address), OpCode.Request, { body: 'three' });
await readUpTo(staying, 'Response "THREE"');
server.updateReceiver(); // to the server: stop
check(
  (await readUpTo(staying, END)) === 'ByeRequest, Signal channel_closed',
  'the other client was told goodbye',
);
await serving;

// In reverse order of creation: groups, then the engine. Both wait until every socket is closed.
await engine.destroyGroup(staying);
await engine.destroyGroup(leaving);
await engine.destroyGroup(server);
const { channels, slots, queuedBytes } = engine.stats();
check(
  Object.values(channels).every(count => count === 0),
  'no channel is open',
);
check(slots.used === 0 && queuedBytes === 0, 'no message is held, no byte waits');
await engine.destroy();
