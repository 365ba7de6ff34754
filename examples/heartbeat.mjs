// Heartbeat: a peer that says nothing for too long is given up, though its connection still stands.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createEngine, OpCode, Status, tcpClient, tcpServer } from 'rxtofu';
import { check } from './support/check.mjs';
import { closesChannel, connect, listen, next, post } from './support/verbs.mjs';

const EVERY_MS = 50;
const WITHIN_MS = 1_000;

/** The peer, in a process of its own: a Signal with an empty body again and again, until its channel closes. */
async function beat(port) {
  const engine = createEngine();
  const group = engine.createGroup();
  const channelNumber = await connect(engine, group, tcpClient('127.0.0.1', port));
  const beating = setInterval(() => post(engine, group, channelNumber, OpCode.Signal), EVERY_MS);
  for await (const message of group) if (closesChannel(message)) break;
  clearInterval(beating);
  await engine.destroy();
}

async function watch() {
  const engine = createEngine();
  const group = engine.createGroup();
  const { address } = await listen(engine, group, tcpServer('127.0.0.1', 0));

  const child = fork(fileURLToPath(import.meta.url), ['beat', String(address.port)]);
  process.once('exit', () => child.kill('SIGKILL'));
  const exited = new Promise(resolve => child.once('exit', resolve));

  const hello = await next(group);
  const { channelNumber } = hello;
  group.post(hello.reply());
  engine.put(hello);

  let beats = 0;
  for (;;) {
    // Anything that comes is a sign of life. null: nothing came in time.
    const message = await group.waitReceive(WITHIN_MS);
    if (message === null) break;
    if (message.opCode === OpCode.Signal && message.isFromApplication()) beats++;
    engine.put(message);
    if (beats === 5) child.kill('SIGSTOP'); // the peer hangs; its socket stays open, so nothing else tells us
  }
  console.log(`heard ${beats} heartbeats, then nothing for ${WITHIN_MS} ms`);
  check(beats >= 5, 'a peer that stopped was noticed');
  check(engine.stats().channels.ready === 1, 'its connection still stood');

  post(engine, group, channelNumber, OpCode.ByeSignal); // a goodbye would wait for its answer: this closes at once
  const closed = await next(group);
  check(
    closed.status === Status.channelClosed && closed.channelNumber === channelNumber,
    'the channel closed',
  );
  engine.put(closed);

  child.kill('SIGCONT');
  check((await exited) === 0, 'the peer, awake again, found its channel closed and ended');
  await engine.destroy();
}

await (process.argv[2] === 'beat' ? beat(Number(process.argv[3])) : watch());
