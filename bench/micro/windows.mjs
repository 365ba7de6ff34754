// Streams of messages cut into windows: the operator's own cost, a message.
import { mergeMap, Subject } from 'rxjs';
import { windowByMessageId } from '../dist/lib/operators/window-by-message-id.js';
import { OpCode } from '../dist/lib/message/op-code.js';
import { MORE_BIT } from '../dist/lib/message/proto-byte.js';
import { Use } from '../dist/lib/message/ownership.js';
import { context, readMessage } from './messages.mjs';

/** Windows of `length` messages each, `atOnce` of them open at any time, read as they come. */
function windowing(name, length, atOnce) {
  const source$ = new Subject();
  let taken = 0;
  source$
    .pipe(
      windowByMessageId(),
      mergeMap(window => window),
    )
    .subscribe(() => taken++);
  const push = (id, proto) => {
    const message = readMessage(id, proto);
    message.use = Use.dispatching;
    message.holds = 1;
    source$.next(message);
    message.use = Use.shared;
    context.pool.drop(message);
  };
  let first = 0;
  const play = () => {
    for (let n = 1; n <= length; n++)
      for (let id = first + 1; id <= first + atOnce; id++)
        push(id, n < length ? OpCode.Request | MORE_BIT : OpCode.Request);
    first = (first + atOnce) & 0xffffff;
    return taken;
  };
  return { name, units: length * atOnce, play };
}

export const windows = [
  windowing('windows: of 1 message', 1, 1),
  windowing('windows: of 16 messages', 16, 1),
  windowing('windows: of 16 messages, 100 open', 16, 100),
];
