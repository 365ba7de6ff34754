// A message from its reader to whoever takes it, and its slot back.
import { GroupStream } from '../dist/lib/engine/group-stream.js';
import { OpCode } from '../dist/lib/message/op-code.js';
import { Multicast } from '../dist/lib/rx/multicast.js';
import { filter, map, Observable } from 'rxjs';
import { context, readMessage } from './messages.mjs';

function dispatching(name, subscribers, operators = []) {
  const multicast = new Multicast();
  const messages$ = new Observable(subscriber => multicast.add(subscriber));
  let taken = 0;
  for (let n = 0; n < subscribers; n++) messages$.pipe(...operators).subscribe(() => taken++);
  const stream = new GroupStream(context);
  stream.attach(multicast);
  let id = 0;
  const play = () => {
    stream.deliver(readMessage(++id & 0xffff, OpCode.Request), null);
    return taken;
  };
  return { name, play };
}

export const dispatch = [
  dispatching('dispatch: to a subscriber', 1),
  dispatching('dispatch: to 10 subscribers', 10),
  dispatching('dispatch: to a subscriber behind filter and map', 1, [
    filter(message => message.opCode === OpCode.Request),
    map(message => message.body.byteLength),
  ]),
];
