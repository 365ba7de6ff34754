'use strict';

// A claimant that throws at every message: says what became of its errors, its slots and the other messages.
const { createEngine, memClient, memServer, OpCode, parseAddress } = require('../../../dist/index.cjs');

const errors = [];
process.on('uncaughtException', error => errors.push(error.message));

async function main() {
  const engine = createEngine();
  const [server, client] = [engine.createGroup(), engine.createGroup()];
  const welcome = engine.get();
  memServer().format(welcome);
  server.post(welcome);
  const listening = await server.waitReceive();
  const channels = [];
  for (let n = 0; n < 2; n++) {
    const hello = engine.get();
    memClient(parseAddress(listening).name).format(hello);
    channels.push(client.post(hello).channelNumber);
    const request = await server.waitReceive();
    server.post(request.reply());
    engine.put(request);
    engine.put(await client.waitReceive());
  }
  engine.put(listening);

  let seen = 0;
  client.claim(channels[0], message => {
    seen++;
    throw new Error(`at ${message.isFromEngine() ? 'the end' : message.body.text()}`);
  });
  // The server's numbers, by connection: asked for by a message that comes back.
  const numbers = [];
  for (const channel of channels) {
    const ask = engine.get();
    ask.channelNumber = channel;
    client.post(ask);
    const request = await server.waitReceive();
    numbers.push(request.channelNumber);
    engine.put(request);
  }
  for (const [number, body] of [
    [numbers[0], 'one'],
    [numbers[1], 'for the group'],
    [numbers[0], 'two'],
  ]) {
    const message = engine.get();
    message.channelNumber = number;
    message.body.append(body);
    server.post(message);
  }
  const other = await client.waitReceive();
  const bye = engine.get();
  bye.opCode = OpCode.ByeSignal;
  bye.channelNumber = numbers[0];
  server.post(bye);
  engine.put(await server.waitReceive());
  const deadline = Date.now() + 4_000;
  while (errors.length < 3 && Date.now() < deadline) await new Promise(resolve => setImmediate(resolve));
  const others = [other.body.text()];
  engine.put(other);
  const { used, beyond } = engine.pool.stats();
  console.log(JSON.stringify({ seen, errors, others, held: used + beyond }));
  await engine.destroy();
}

void main();
