// Graceful shutdown: bye waits for what is running on both sides; no reply is lost.
import { firstValueFrom, forkJoin, map, timer } from 'rxjs';
import { createEngine, openPeer, tcpServer } from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';

const engine = createEngine();
const listener = await openListener(engine.createGroup(), tcpServer('127.0.0.1', 0));
const comes = firstValueFrom(listener.peers$);
const client = await openPeer(engine.createGroup(), listener.address);
const server = await comes;

/** Work that takes a while; `running` tells how much of it there is. */
let running = 0;
let started = 0;
const slowly = ({ first }) => {
  running++;
  started++;
  return timer(50).pipe(
    map(() => {
      running--;
      return `${first.body.text()} done`;
    }),
  );
};
server.respond(slowly);
client.respond(slowly);

const replies = (peer, names) =>
  firstValueFrom(forkJoin(names.map(name => peer.request(name).pipe(map(reply => reply.body.text())))));

// Ten jobs run on the server when its operator says stop: first no new connections, then bye.
const jobs = replies(
  client,
  Array.from({ length: 10 }, (_, index) => `job ${index}`),
).catch(error => error);
const lastQuestion = replies(server, ['your state']).catch(error => error);
while (started < 11) await new Promise(setImmediate);
console.log(`${running} handlers run on both sides when the client says bye`);

await listener.close();
const goodbye = client.bye();
const tooLate = await firstValueFrom(client.request('one more')).catch(error => error);
check(tooLate.code === 'channel_closed', 'behind bye there are no new requests');

const done = await jobs;
check(done.length === 10 && done.every(text => text.endsWith('done')), 'every running job was answered');
check((await lastQuestion)[0] === 'your state done', "the server's own question, too");

await goodbye;
await firstValueFrom(server.closed$); // the other side of the channel hears of it a moment later
check(running === 0, 'no handler was left running');
const { channels, slots } = engine.stats();
check(channels.ready + channels.closing + channels.listening === 0, 'every channel is closed');
check(slots.used === 0, 'every slot is free');
await engine.destroy();
