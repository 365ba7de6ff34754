// Signals in a row to a handler that takes a millisecond each; `oneByOne(project)` is the operator that makes them wait.
import { map, tap, timer } from 'rxjs';
import { OpCode, postFrom } from '../rxtofu.mjs';
import { connectPeers, listenForPeers } from './peers.mjs';

export function serve(side, oneByOne) {
  listenForPeers(side, (peer, engine) => {
    handleSlowly(side, engine, peer.signals$, oneByOne);
  });
}

/** Handles each message a millisecond behind the one before it. */
export function handleSlowly(side, engine, messages$, oneByOne) {
  let received = 0;
  messages$
    .pipe(
      tap(() => received++),
      oneByOne(message => timer(1).pipe(map(() => message.body.bytes()))),
    )
    .subscribe(body => {
      side.handled(Buffer.from(body.buffer, body.byteOffset, 4).readUInt32BE(0));
    });
  side.gauge('received', () => received);
  side.gauge('slots', () => engine.stats().slots.used);
}

export function drive(workload, port, side) {
  const { body, messages } = workload;
  const payload = Buffer.alloc(body, 2);
  connectPeers(workload, port, side, (peer, group, engine) => {
    let posted = 0;
    postFrom(group, numbers(messages), (number, message) => {
      message.opCode = OpCode.Signal;
      message.channelNumber = peer.channelNumber;
      payload.writeUInt32BE(number, 0);
      message.body.append(payload);
    }).subscribe(() => {
      posted++;
    });
    side.gauge('posted', () => posted);
    // But for the hello.
    side.gauge('sent', () => engine.stats().messagesOut - 1);
  });
}

async function* numbers(end) {
  for (let number = 0; number < end; number++) yield number;
}
