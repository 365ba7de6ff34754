import type { Message } from '../message/message.js';
import { opCodeName } from '../message/op-code.js';
import { statusName } from '../message/status.js';

/** A message in words and plain values, so that a failing comparison can be read. */
export interface MessageDescription {
  /** The name of the operation, such as `Response`. */
  readonly opCode: string;
  /** Who made it. */
  readonly origin: 'application' | 'engine';
  /** Whether another part with this id follows. */
  readonly more: boolean;
  /** The name of the status, such as `channel_closed`. */
  readonly status: string;
  /** The channel number, the receiver's own. */
  readonly channel: number;
  /** The message_id in digits. */
  readonly id: string;
  /** Each header as `name: value`, in order. */
  readonly headers: readonly string[];
  /** The body read as UTF-8. */
  readonly body: string;
}

/**
 * What a message says, as plain data that outlives it. Takes nothing and holds nothing.
 *
 * @example
 * expectObservable(group.pipe(map(describeMessage), map(m => m.body))).toBe('--a', { a: 'pong' });
 */
export function describeMessage(message: Message): MessageDescription {
  return {
    opCode: opCodeName(message.opCode),
    origin: message.isFromEngine() ? 'engine' : 'application',
    more: message.more,
    status: statusName(message.status),
    channel: message.channelNumber,
    id: String(message.messageId),
    headers: [...message.textHeaders].map(([name, value]) => `${name}: ${value}`),
    body: message.body.text(),
  };
}
