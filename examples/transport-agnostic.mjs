// Transport-agnostic code: the same conversation over TCP, a Unix socket and inside the process. Only the address differs.
import { createEngine, memServer, OpCode, tcpServer, udsServer } from 'rxtofu';
import { check } from './support/check.mjs';
import { connect, listen, next, post, sayBye, serve } from './support/verbs.mjs';

const engine = createEngine();

/** Knows nothing of transports: it takes an address. */
async function converse(serverAddress) {
  const server = engine.createGroup();
  const client = engine.createGroup();
  const { address } = await listen(engine, server, serverAddress);
  const serving = serve(server, request => {
    server.post(request.reply(request.body.text().split('').reverse().join('')));
  });

  const channelNumber = await connect(engine, client, address);
  post(engine, client, channelNumber, OpCode.Request, { body: 'desserts' });
  const response = await next(client);
  const text = response.body.text();
  engine.put(response);
  await sayBye(engine, client, channelNumber);

  console.log(`${address}: ${text}`);
  await Promise.all([server.destroy(), client.destroy()]);
  await serving;
  return text;
}

// Port 0, no path and no name: each asks for a free place.
for (const address of [tcpServer('127.0.0.1', 0), udsServer(), memServer()]) {
  check((await converse(address)) === 'stressed', `the conversation works over ${address.kind}`);
}
await engine.destroy();
