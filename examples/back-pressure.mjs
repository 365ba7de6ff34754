// Back-pressure: a slow receiver that keeps the messages it works on stalls the sender, and memory stays flat.
import { createEngine, OpCode, udsServer } from 'rxtofu';
import { check } from './support/check.mjs';
import { connect, listen, next, post } from './support/verbs.mjs';

const MESSAGES = 400;
const BODY = Buffer.alloc(8 * 1024, 'x');

// Two engines, so that each side has slots and a queue of its own, as two processes would have.
const receiver = createEngine({ initialPoolMsgs: 8, maxPoolMsgs: 8 });
const sender = createEngine({ maxQueuedBytes: 64 * 1024 });

const server = receiver.createGroup();
const client = sender.createGroup();
const { address } = await listen(receiver, server, udsServer());

const connecting = connect(sender, client, address);
const hello = await next(server);
server.post(hello.reply());

// claim() pushes the channel's messages to us. A pushed message gives its slot back when this function returns, unless
// it is retained: so the slots say how much work is waiting, and with none free the engine stops reading the socket.
let handled = 0;
let waiting = 0;
let mostWaiting = 0;
const allHandled = new Promise(resolve => {
  server.claim(hello.channelNumber, message => {
    if (message.isFromEngine()) return;
    const hold = message.retain();
    waiting++;
    mostWaiting = Math.max(mostWaiting, waiting);
    setTimeout(() => {
      waiting--;
      handled++;
      hold[Symbol.dispose](); // the slot is free again
      if (handled === MESSAGES) resolve();
    }, 1);
  });
});
receiver.put(hello);

const channelNumber = await connecting;
let mostQueued = 0;
let stalls = 0;
for (let sent = 0; sent < MESSAGES; sent++) {
  const { queuedBytes } = sender.stats();
  mostQueued = Math.max(mostQueued, queuedBytes);
  if (queuedBytes >= 32 * 1024) stalls++;
  await client.writable(channelNumber);
  post(sender, client, channelNumber, OpCode.Signal, { body: BODY });
}
await allHandled;

console.log(`${MESSAGES} messages of 8 KiB; the sender had to wait ${stalls} times`);
check(
  mostWaiting <= 9,
  `the receiver never held more than ${mostWaiting} of them (8 slots, and one for fairness)`,
);
check(mostQueued <= 64 * 1024, `the sender never queued more than ${mostQueued} bytes`);
check(stalls > 0, 'the sender felt the slow receiver');

await Promise.all([sender.destroy(), receiver.destroy()]);
