// updateReceiver: wakes whoever waits on a group, with or without a message, in order with everything else.
import { createEngine, Status } from 'rxtofu';
import { check } from './support/check.mjs';

const engine = createEngine();
const group = engine.createGroup();
let isShutdownRequested = false;

/** Waits for ever, and needs no timer to look around: whoever wants something of it wakes it. */
async function work() {
  const done = [];
  for await (const message of group) {
    if (message.status !== Status.receiverUpdate) continue; // peers' messages would come here, too
    if (isShutdownRequested) return done; // leaving the loop puts the message back
    if (message.isFromEngine()) {
      console.log('worker: woken, to look around');
    } else {
      console.log(`worker: new work, "${message.body.text()}"`);
      done.push(message.body.text());
    }
  }
}

// Some other part of the program, while the worker waits:
setTimeout(() => {
  group.updateReceiver(); // without a message: a bare Signal of the engine

  for (const task of ['paint the fence', 'mow the lawn']) {
    const message = engine.get();
    message.body.append(task);
    group.updateReceiver(message); // needs no channel, and uses the message up
  }
}, 10);

setTimeout(() => {
  isShutdownRequested = true;
  group.updateReceiver();
}, 50);

const done = await work();
check(done.join(', ') === 'paint the fence, mow the lawn', 'the worker did everything in order, and ended');
await engine.destroy();
