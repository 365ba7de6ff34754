'use strict';

// A server that accepts what connects, and then reads nothing more until it is killed.
const { createEngine, OpCode, tcpServer } = require('../../../dist/index.cjs');

async function main() {
  const engine = createEngine({ initialPoolMsgs: 4, maxPoolMsgs: 4 });
  const group = engine.createGroup();
  const welcome = engine.get();
  tcpServer('127.0.0.1', 0).format(welcome);
  group.post(welcome);
  const listening = await group.waitReceive();
  console.log(listening.textHeaders.get('~listen_on'));
  const hello = await group.waitReceive();
  if (hello.opCode !== OpCode.HelloRequest) throw new Error(`no hello: ${hello.dump()}`);
  group.post(hello.reply());
}

void main();
