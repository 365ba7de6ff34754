import type { EngineMessage } from '../message/engine-message.js';
import { MessageType, OpCode } from '../message/op-code.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { frameLength } from '../wire/encoder.js';
import { Toll, tollOfSignal } from './credit-headers.js';
import type { WritableWaiters } from './writable-waiters.js';

/**
 * Refuses a message whose frame would make a send queue pass `maxQueuedBytes`, and tells those who wait for the queue. Into an empty
 * queue any legal frame passes.
 *
 * @throws TofuError `pool_empty`
 */
export function assertWithinSendLimit(
  message: EngineMessage,
  queuedBytes: number,
  maxQueuedBytes: number,
  waiters: WritableWaiters,
): void {
  if (queuedBytes === 0) return;
  const length = frameLength(message);
  if (queuedBytes + length <= maxQueuedBytes || alwaysPasses(message)) return;
  waiters.refused(length);
  throw overLimit(message.channel, length, queuedBytes, maxQueuedBytes);
}

function overLimit(channel: number, length: number, queuedBytes: number, maxQueuedBytes: number): TofuError {
  return new TofuError(
    Status.poolEmpty,
    `channel ${String(channel)} has ${String(queuedBytes)} bytes queued: this frame of ${String(length)} bytes would pass ` +
      `maxQueuedBytes (${String(maxQueuedBytes)}); wait for writable()`,
  );
}

/** What passes a full send queue: the conversation itself must be able to go on (design section 10). */
function alwaysPasses(message: EngineMessage): boolean {
  if (message.type !== MessageType.regular) return true;
  if (message.headersByteLength() === 0) return false;
  const headers = message.textHeaders;
  if (message.opCode !== OpCode.Signal) return headers.has('rx-error') || headers.has('rx-end');
  return tollOfSignal(headers) !== Toll.one;
}
