'use strict';

// Talks over every network, ends as it is told (destroy or bye), and then has nothing more to do.
const {
  createEngine,
  memClient,
  memServer,
  OpCode,
  parseAddress,
  tcpClient,
  tcpServer,
  udsClient,
  udsServer,
} = require('../../../dist/index.cjs');

const NETWORKS = [
  [() => tcpServer('127.0.0.1', 0), bound => tcpClient('127.0.0.1', bound.port)],
  [() => udsServer(), bound => udsClient(bound.path)],
  [() => memServer(), bound => memClient(bound.name)],
];

const engine = createEngine();

function post(group, channelNumber, opCode, body = '') {
  const message = engine.get();
  message.opCode = opCode;
  message.channelNumber = channelNumber;
  message.body.append(body);
  return group.post(message);
}

/** The next message of an operation, put back at once. */
async function next(group, opCode) {
  const message = await group.waitReceive(5_000);
  if (message === null || message.opCode !== opCode) {
    throw new Error(`not operation ${String(opCode)}: ${String(message?.dump())}`);
  }
  const copy = message.clone();
  engine.put(message);
  return copy;
}

async function open(server, client, [listen, connect]) {
  const welcome = engine.get();
  listen().format(welcome);
  server.post(welcome);
  const listening = await next(server, OpCode.WelcomeResponse);
  const hello = engine.get();
  connect(parseAddress(listening)).format(hello);
  const { channelNumber } = client.post(hello);
  const request = await next(server, OpCode.HelloRequest);
  server.post(request.reply());
  await next(client, OpCode.HelloResponse);
  post(client, channelNumber, OpCode.Request, 'ping');
  server.post((await next(server, OpCode.Request)).reply('pong'));
  await next(client, OpCode.Response);
  return { listener: listening.channelNumber, channel: channelNumber };
}

async function sayBye(server, client, { listener, channel }) {
  post(client, channel, OpCode.ByeRequest);
  server.post((await next(server, OpCode.ByeRequest)).reply());
  await next(client, OpCode.ByeResponse);
  await next(client, OpCode.Signal);
  await next(server, OpCode.Signal);
  post(server, listener, OpCode.ByeSignal);
  await next(server, OpCode.Signal);
}

async function main(how) {
  const [server, client] = [engine.createGroup(), engine.createGroup()];
  for (const network of NETWORKS) {
    const opened = await open(server, client, network);
    if (how === 'bye') await sayBye(server, client, opened);
  }
  if (how === 'destroy') {
    // Under way: a connection that waits for its answer, and a pull that would wait for ever.
    const hello = engine.get();
    tcpClient('127.0.0.1', 9).format(hello);
    client.post(hello);
    server.waitReceive().catch(error => console.log(error.code));
    await engine.destroy();
  }
  console.log('done');
}

void main(process.argv[2]);
