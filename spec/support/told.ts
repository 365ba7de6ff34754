import type { Subscription } from 'rxjs';
import type { ChannelGroup, Engine, Message, OpCode } from '../../lib/index.js';

/** Puts a message on a group's own stream, synchronously; it holds a slot, as one that was read does. */
export function tell(engine: Engine, group: ChannelGroup, text: string, opCode?: OpCode): void {
  const message = engine.get();
  message.body.append(text);
  if (opCode !== undefined) message.opCode = opCode;
  group.updateReceiver(message);
}

/** Messages that hold a slot of the engine, or were made beyond them. */
export function held(engine: Engine): number {
  const { used, beyond } = engine.stats().slots;
  return used + beyond;
}

/** What a message says. */
export function text(message: Message): string {
  return message.body.text();
}

/** Subscribes to a group, and logs what it is told under a name. */
export function hear(
  group: ChannelGroup,
  log: string[],
  name: string,
  then?: (message: Message) => void,
): Subscription {
  return group.subscribe({
    next: message => {
      log.push(name + text(message));
      then?.(message);
    },
    error: () => log.push(`${name}#`),
    complete: () => log.push(`${name}|`),
  });
}
