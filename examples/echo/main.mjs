// Echo between two processes: this one starts the server, connects over TCP, asks, says goodbye, and stops the server.
import { createEngine, OpCode, tcpClient } from 'rxtofu';
import { check } from '../support/check.mjs';
import { startProcess } from '../support/child.mjs';
import { describe, next, post } from '../support/verbs.mjs';

const server = await startProcess(new URL('server.mjs', import.meta.url));
console.log(`server is process ${server.child.pid}, on port ${server.ready.port}`);

const engine = createEngine();
const group = engine.createGroup();

// The HelloRequest carries the address. What is posted behind it is sent behind it: no need to wait for the answer.
const hello = engine.get();
tcpClient('127.0.0.1', server.ready.port).format(hello);
const { channelNumber } = group.post(hello);
for (const body of ['hello', 'is there an echo?', 'bye']) {
  post(engine, group, channelNumber, OpCode.Request, { body });
}
post(engine, group, channelNumber, OpCode.ByeRequest);

// Everything that comes of it arrives on the group's one stream, channel_closed last.
const seen = [];
while (seen.at(-1) !== 'Signal channel_closed') {
  const message = await next(group);
  seen.push(describe(message));
  console.log(`client <- ${seen.at(-1)}`);
  engine.put(message);
}
check(seen[0] === 'HelloResponse "welcome"', 'the server accepted first');
check(
  seen.slice(1, 4).join(', ') === 'Response "hello", Response "is there an echo?", Response "bye"',
  'it echoed everything, in order',
);
check(seen[4] === 'ByeResponse', 'it said goodbye');
await engine.destroy();

server.child.kill('SIGTERM');
const { code } = await server.exited;
check(code === 0, 'the server ended by itself');
