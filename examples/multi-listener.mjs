// Multi-listener: one group listens on TCP and on a Unix socket, and serves many clients of both in one loop.
import { createEngine, OpCode, tcpServer, udsServer } from 'rxtofu';
import { check } from './support/check.mjs';
import { listen, next, post } from './support/verbs.mjs';

const CLIENTS_EACH = 25;

const engine = createEngine();
const server = engine.createGroup();
const tcp = await listen(engine, server, tcpServer('127.0.0.1', 0));
const uds = await listen(engine, server, udsServer());
console.log(`one group listens on ${tcp.address} and ${uds.address}`);

// HelloRequests of both arrive here; after that it makes no difference where a client came from.
const served = { tcp: 0, uds: 0 };
async function runServer() {
  for await (const message of server) {
    if (message.isFromEngine()) continue;
    if (message.opCode === OpCode.HelloRequest) {
      served[message.listenerChannel === tcp.channelNumber ? 'tcp' : 'uds']++;
      server.post(message.reply());
    } else if (message.opCode === OpCode.Request) {
      server.post(message.reply(`hello, ${message.body.text()}`));
    }
  }
}
const serving = runServer();

const client = engine.createGroup();
for (const { address } of [tcp, uds]) {
  for (let count = 1; count <= CLIENTS_EACH; count++) {
    const hello = engine.get();
    address.format(hello);
    const { channelNumber } = client.post(hello);
    post(engine, client, channelNumber, OpCode.Request, { body: `client ${count} of ${address.kind}` });
  }
}

const greetings = new Set();
while (greetings.size < 2 * CLIENTS_EACH) {
  const message = await next(client);
  if (message.opCode === OpCode.Response) greetings.add(message.body.text());
  engine.put(message);
}
check(served.tcp === CLIENTS_EACH, `${served.tcp} clients came over TCP`);
check(served.uds === CLIENTS_EACH, `${served.uds} clients came over the Unix socket`);
check(greetings.has(`hello, client ${CLIENTS_EACH} of uds`), 'every one of them was answered');

await engine.destroy();
await serving;
