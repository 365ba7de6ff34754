import { ChannelState } from '../engine/channel-state.js';
import type { EngineContext } from '../engine/context.js';
import type { GroupCore } from '../engine/group-core.js';
import type { Engine } from '../rx/engine.js';

/**
 * Makes sure that nothing is left of what went on in an engine: no slot held, no channel, no timer, no subscription. For the end of a
 * test, before or after `destroy()`; it looks at this moment and waits for nothing.
 *
 * @throws Error that lists, one line each, what is left
 * @example
 * afterEach(async () => {
 *   await engine.destroy();
 *   atRest(engine);
 * });
 */
export function atRest(engine: Engine): void {
  const { context, groups } = engine.core;
  const left = [
    ...slotsLeft(context, groups),
    ...channelsLeft(context),
    ...timersLeft(context),
    ...[...groups].flatMap(readersLeft),
    ...(context.pool.slots.isWatched ? ['pool.available$ is subscribed to'] : []),
  ];
  if (left.length === 0) return;
  throw new Error(`the engine is not at rest:\n${left.map(line => `- ${line}`).join('\n')}`);
}

function slotsLeft({ pool }: EngineContext, groups: ReadonlySet<GroupCore>): string[] {
  const { used, beyond } = pool.slots;
  if (used + beyond === 0) return [];
  const { window, pooled, request, retain } = pool.heldBy;
  const unread = [...groups].reduce((sum, group) => sum + group.stream.undelivered, 0);
  const holders = [
    `${count(unread, 'message')} unread in inboxes`,
    `${String(window)} in windows that nobody reads`,
    `${String(pooled)} in pooled`,
    `${String(request)} with handlers of requests`,
    `${String(retain)} retained`,
  ].filter(holder => !holder.startsWith('0 '));
  const rest = `${holders.length > 0 ? 'the rest ' : ''}got or pulled and not put`;
  return [`${count(used + beyond, 'slot')} held: ${[...holders, rest].join(', ')}`];
}

function channelsLeft({ table }: EngineContext): string[] {
  const channels = [...table.channels()];
  const unnumbered = table.size - channels.length;
  return [
    ...channels.map(({ number, state, claimant }) => {
      const is = state === ChannelState.closed ? 'closed, but nobody has taken its channel_closed' : state;
      return `channel ${String(number)}: ${is}${claimant === null ? '' : ', claimed'}`;
    }),
    ...(unnumbered > 0 ? [`${count(unnumbered, 'accepted socket')} without a hello`] : []),
  ];
}

function timersLeft({ deadlines }: EngineContext): string[] {
  const next = deadlines.next();
  if (next === Infinity) return [];
  return [
    `${count(deadlines.size, 'timer')}, the next one due in ${String(Math.ceil(next - deadlines.clock.now()))} ms`,
  ];
}

function readersLeft({ stream }: GroupCore): string[] {
  return [
    ...(stream.subscribers > 0 ? [`${count(stream.subscribers, 'subscription')} to a group`] : []),
    ...(stream.isTapped ? ["a group's status$ is subscribed to"] : []),
    ...(stream.isPulled ? ['a waitReceive waits'] : []),
  ];
}

function count(n: number, what: string): string {
  return `${String(n)} ${what}${n === 1 ? '' : 's'}`;
}
