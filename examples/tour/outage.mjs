// Step of the tour: the server hangs, is killed and comes back; nothing that was posted is lost.
import { setTimeout } from 'node:timers/promises';
import { OpCode, Status } from 'rxtofu';
import { closesChannel, next, nextFromPeer, post } from '../support/verbs.mjs';

const QUESTIONS = 20;
const BODY = Buffer.alloc(40 * 1024, 'question');

/** SIGSTOP, questions, SIGKILL: what could not be sent comes back. */
export async function loseServer({ engine, group, channels, check, server }) {
  server.child.kill('SIGSTOP'); // hangs, and reads nothing any more: what we post fills its socket, then our queue
  const unanswered = new Map();
  for (let count = 0; count < QUESTIONS; count++) {
    const options = { headers: { job: 'echo' }, body: BODY };
    const { messageId } = post(engine, group, channels.uds, OpCode.Request, options);
    unanswered.set(messageId, null); // null: not come back, so the server may have got it
  }
  server.child.kill('SIGKILL');

  let cameBack = 0;
  for (const open = new Set(Object.values(channels)); open.size > 0;) {
    const message = await next(group);
    if (closesChannel(message)) open.delete(message.channelNumber);
    if (message.opCode === OpCode.Response) unanswered.delete(message.messageId); // it was on its way already
    if (message.status === Status.peerDisconnected && unanswered.has(message.messageId)) {
      unanswered.set(message.messageId, message); // whole, and ours again
      cameBack++;
    } else engine.put(message);
  }
  const { signal } = await server.exited;
  check(signal === 'SIGKILL', 'the server was killed');
  check(cameBack > 0 && cameBack < QUESTIONS, 'some questions were sent, the others came back');
  return {
    unanswered,
    line: `SIGKILL with ${QUESTIONS} questions posted: ${cameBack} came back unsent, both channels closed`,
  };
}

/** Connects to each address again, with a delay that grows; then posts again what has no answer. */
export async function recover(tour, unanswered, restart) {
  const { engine, group, check, addresses } = tour;
  const connecting = reconnect(tour); // at once: nobody listens there yet
  tour.server = await restart();
  const { channels, failures } = await connecting;
  tour.channels = channels;
  check(failures > 0, 'connecting failed while the server was away');

  for (const [messageId, message] of unanswered) {
    if (message === null) {
      const options = { messageId, headers: { job: 'echo' }, body: BODY };
      post(engine, group, channels.uds, OpCode.Request, options);
    } else {
      message.channelNumber = channels.uds;
      group.post(message);
    }
  }
  let whole = 0;
  const resent = unanswered.size;
  while (unanswered.size > 0) {
    const response = await nextFromPeer(engine, group);
    if (unanswered.delete(response.messageId) && response.body.byteLength === BODY.length) whole++;
    engine.put(response);
  }
  check(whole === resent, 'every question that was posted again is answered, whole');
  return `server process ${tour.server.child.pid} on the same ${Object.keys(addresses).length} addresses, connected after ${failures} failures; ${resent} questions posted again, and answered`;
}

async function reconnect({ engine, group, addresses }) {
  const channels = {};
  let failures = 0;
  for (const [name, address] of Object.entries(addresses)) {
    for (let delayMs = 20; !(name in channels); delayMs = Math.min(2 * delayMs, 500)) {
      const hello = engine.get();
      address.format(hello);
      const { channelNumber } = group.post(hello);
      const answer = await next(group);
      const { status } = answer;
      engine.put(answer);
      if (status === Status.success) channels[name] = channelNumber;
      else {
        failures++;
        engine.put(await next(group)); // its channel_closed
        await setTimeout(delayMs * (0.5 + Math.random() / 2));
      }
    }
  }
  return { channels, failures };
}
