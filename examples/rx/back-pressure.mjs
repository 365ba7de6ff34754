// Back-pressure: pooled holds a message's slot while its slow handler runs, and the sender feels it.
import { firstValueFrom, lastValueFrom, take, tap, timer } from 'rxjs';
import { createEngine, OpCode, openPeer, pooled, postFrom, udsServer } from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';

const MESSAGES = 1_000;
const BODY = Buffer.alloc(8 * 1024, 'x');

const receiver = createEngine({ initialPoolMsgs: 8, maxPoolMsgs: 8 });
const sender = createEngine({ maxQueuedBytes: 64 * 1024 });
const listener = await openListener(receiver.createGroup(), udsServer());
const comes = firstValueFrom(listener.peers$);
const clientGroup = sender.createGroup();
const client = await openPeer(clientGroup, listener.address);
const server = await comes;

let posted = 0;
let received = 0;
let handled = 0;
let mostInFlight = 0;
let mostWaiting = 0;

// Two at a time, a millisecond each. Behind mergeMap or concatMap all of them would queue in this process.
const handling = lastValueFrom(
  server.signals$.pipe(
    tap(() => (mostWaiting = Math.max(mostWaiting, ++received - handled))),
    pooled(() => timer(1), 2),
    tap(() => {
      handled++;
      mostInFlight = Math.max(mostInFlight, posted - handled);
    }),
    take(MESSAGES),
  ),
);

// The source is pulled when the channel has room: the slow handler reaches all the way back into this generator.
async function* bodies() {
  while (posted < MESSAGES) {
    yield BODY;
    posted++;
  }
}
const headers$ = postFrom(clientGroup, bodies(), (body, message) => {
  message.opCode = OpCode.Signal;
  message.channelNumber = client.channelNumber;
  message.body.append(body);
});
await Promise.all([lastValueFrom(headers$), handling]);

console.log(`${MESSAGES} messages of 8 KiB; at most ${mostInFlight} between the generator and the handler`);
check(handled === MESSAGES, 'every message was handled');
check(mostWaiting <= 9, `the receiver held at most ${mostWaiting} (8 slots, and one for fairness)`);
check(mostInFlight <= 200, `${mostInFlight} in flight, most of them in the kernel's socket buffers`);
check(receiver.stats().brakeLost === 0 && receiver.stats().slots.used === 0, 'every slot came back');

await client.bye();
await Promise.all([sender.destroy(), receiver.destroy()]);
