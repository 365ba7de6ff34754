/** Arguments as callers without types give them: what can't be used is refused by name, before anything is done with it. */
import { isObservable } from 'rxjs';
import { describe } from '../message/describe.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';

/** @throws TofuError `not_allowed` for what is no ChannelGroup */
export function assertGroup(value: unknown): void {
  if (!hasMember(value, 'core', 'object')) refuse('group', value, 'ChannelGroup');
}

/** @throws TofuError `invalid_address` for what is no Address */
export function assertAddress(value: unknown): void {
  if (hasMember(value, 'side', 'string') && hasMember(value, 'format', 'function')) return;
  refuse('address', value, 'Address', Status.invalidAddress);
}

/** @throws TofuError `not_allowed` for what is no function */
export function assertFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') refuse(name, value, 'function');
}

/** @throws TofuError `not_allowed` for what is no scheduler */
export function assertScheduler(value: unknown): void {
  if (hasMember(value, 'now', 'function') && hasMember(value, 'schedule', 'function')) return;
  refuse('scheduler', value, 'scheduler');
}

/** @throws TofuError `not_allowed` for what is no Peer */
export function assertPeer(value: unknown): void {
  const { messages$, closed$ } = (value ?? {}) as Record<'messages$' | 'closed$', unknown>;
  if (!isObservable(messages$) || !isObservable(closed$)) refuse('peer', value, 'Peer');
}

/** Options; null means none, too. */
export function optionsOf<T extends object>(options: T | null): Partial<T> {
  return options ?? {};
}

function hasMember(value: unknown, name: string, type: string): boolean {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as Record<string, unknown>)[name] === type
  );
}

function refuse(name: string, value: unknown, kind: string, status: Status = Status.notAllowed): never {
  throw new TofuError(status, `${name} is ${describe(value)}, which is no ${kind}`);
}
