'use strict';

// Everything that there is a line for: a connection, a request that is answered and one whose handler fails, a frame that breaks a
// rule, an empty pool, a goodbye. With `throwing`, whoever listens throws at each event.
const { EventEmitter, once } = require('node:events');
const { subscribe } = require('node:diagnostics_channel');
const net = require('node:net');
const { firstValueFrom } = require('rxjs');
const { createEngine, listen, openPeer, tcpServer, TofuError, Status } = require('../../../dist/index.cjs');

const errors = [];
process.on('uncaughtException', error => errors.push(error.message));

if (process.argv[2] === 'throwing') {
  for (const name of ['connect', 'accept', 'close', 'frame:rejected', 'request:start', 'request:end']) {
    subscribe(`rxtofu:${name}`, () => {
      throw new Error(`at ${name}`);
    });
  }
}

async function main() {
  const server = createEngine();
  const client = createEngine();
  const listening = new EventEmitter();
  let there;
  const subscription = listen(server.createGroup(), tcpServer('127.0.0.1', 0)).subscribe(listener => {
    listener.peers$.subscribe(peer => {
      there = peer;
      peer.respond(request => {
        const text = request.first.body.text();
        if (text === 'fail') throw new TofuError(Status.processingFailed, '100%s of "it"');
        return text.toUpperCase();
      });
    });
    listening.emit('listener', listener);
  });
  const [listener] = await once(listening, 'listener');
  const peer = await openPeer(client.createGroup(), listener.address);
  const reply = await firstValueFrom(peer.request('ping', { messageId: 7 }));
  const failure = await firstValueFrom(peer.request('fail', { messageId: 8 })).catch(error => error.code);
  const socket = net.connect({ host: '127.0.0.1', port: listener.address.port });
  socket.on('error', () => undefined);
  socket.write(Buffer.alloc(16, 0xff));
  await new Promise(resolve => socket.on('close', resolve));
  await peer.bye();
  await firstValueFrom(there.closed$);
  subscription.unsubscribe();
  await Promise.all([server.destroy(), client.destroy()]);
  const deadline = Date.now() + 4_000;
  while (errors.length < Number(process.argv[3] ?? 0) && Date.now() < deadline) {
    await new Promise(resolve => setImmediate(resolve));
  }
  const held = [server, client].map(({ pool }) => pool.stats().used + pool.stats().beyond);
  console.log(JSON.stringify({ reply: reply.body.text(), failure, errors, held }));
}

void main();
