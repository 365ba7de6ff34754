// Reconnecting client: its server is killed in the middle of the work. What was not sent comes back and is posted again.
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createEngine, OpCode, Status, udsClient } from 'rxtofu';
import { check } from '../support/check.mjs';
import { startProcess } from '../support/child.mjs';
import { tempFolder } from '../support/temp.mjs';
import { closesChannel, next, post, saysChannelIsGone, sayBye } from '../support/verbs.mjs';

const JOBS = 300;
const BODY = Buffer.alloc(16 * 1024, 'job');
const path = join(tempFolder(), 'server.sock');
const startServer = () => startProcess(new URL('server.mjs', import.meta.url), path);

const engine = createEngine();
const group = engine.createGroup();
const unanswered = new Set(); // ids of jobs; the number of a job is its message_id
for (let job = 1n; job <= JOBS; job++) unanswered.add(job);

let cameBack = []; // messages that were posted and not sent
let failures = 0;

/** Tries until it works, and waits longer from time to time. Answers the new channel's number. */
async function connectWithBackoff({ initialMs = 20, maxMs = 1_000 } = {}) {
  for (let attempt = 0; ; attempt++) {
    const hello = engine.get();
    udsClient(path).format(hello);
    const { channelNumber } = group.post(hello);
    const answer = await next(group);
    const { status } = answer;
    engine.put(answer);
    if (status === Status.success) return channelNumber;
    failures++;
    engine.put(await next(group)); // channel_closed: it follows a failed HelloResponse, too
    const delayMs = Math.min(maxMs, initialMs * 2 ** attempt);
    await setTimeout(delayMs * (0.5 + Math.random() / 2)); // not all clients at the same moment
  }
}

/** Posts every unanswered job; ends early when the channel closes. */
async function postJobs(channelNumber) {
  const returned = cameBack;
  cameBack = [];
  // A returned message is whole, and ours: a new channel, and it can be posted again.
  const whole = new Map(returned.map(message => [message.messageId, message]));
  try {
    for (const messageId of [...unanswered]) {
      await group.writable(channelNumber);
      const message = whole.get(messageId);
      if (message === undefined) {
        post(engine, group, channelNumber, OpCode.Request, { messageId, body: BODY });
      } else {
        message.channelNumber = channelNumber;
        group.post(message);
      }
    }
  } catch (error) {
    if (!saysChannelIsGone(error)) throw error;
  } finally {
    for (const message of returned) engine.put(message);
  }
}

/** Reads until all jobs are done, or the channel is closed. */
async function readAnswers(onAnswer) {
  while (unanswered.size > 0) {
    const message = await next(group);
    const isEnd = closesChannel(message);
    if (message.opCode === OpCode.Response) {
      unanswered.delete(message.messageId);
      onAnswer();
    }
    if (message.isFromEngine() && message.opCode === OpCode.Request) cameBack.push(message);
    else engine.put(message);
    if (isEnd) return;
  }
}

let server = await startServer();
let channelNumber = await connectWithBackoff();
console.log(`connected to process ${server.child.pid}, ${JOBS} jobs to do`);

let posting = postJobs(channelNumber);
await readAnswers(() => {
  if (unanswered.size === JOBS - 20) server.child.kill('SIGKILL');
});
await posting;
await server.exited;
const doneBefore = JOBS - unanswered.size;
const returnedCount = cameBack.length;
console.log(`server killed after ${doneBefore} answers; ${returnedCount} unsent jobs came back`);
check(doneBefore >= 20 && doneBefore < JOBS, 'the server was killed in the middle of the work');
check(
  returnedCount > 0 && cameBack.every(job => job.body.byteLength === BODY.length),
  'they came back whole',
);

const reconnecting = connectWithBackoff(); // nobody listens yet: it fails, and tries again
server = await startServer();
channelNumber = await reconnecting;
console.log(`connected to process ${server.child.pid}, after ${failures} attempts that failed`);
check(failures > 0, 'the client did not give up');

posting = postJobs(channelNumber);
await readAnswers(() => {});
await posting;
// A job that the first server had read but not answered was done twice, perhaps: that is for the jobs to bear.
check(unanswered.size === 0, `all ${JOBS} jobs are answered`);

await sayBye(engine, group, channelNumber);
await engine.destroy();
server.child.kill('SIGTERM');
check((await server.exited).code === 0, 'the server ended by itself');
