import { EngineMessage } from '../../lib/message/engine-message.js';
import { OpCode } from '../../lib/message/op-code.js';
import type { MessageKeeper } from '../../lib/message/ownership.js';
import { TofuError } from '../../lib/message/tofu-error.js';
import { encodeFrame } from '../../lib/wire/encoder.js';

const NOTHING_HELD = {
  [Symbol.dispose](): void {
    // Nothing is held.
  },
};

/** A keeper that gives no slots: for messages on their own, without an engine. */
export const noKeeper: MessageKeeper<EngineMessage> = {
  retain: () => NOTHING_HELD,
  hold: () => NOTHING_HELD,
  put: () => undefined,
};

/** A message as `get()` makes it. */
export function freshMessage(): EngineMessage {
  return EngineMessage.fresh(noKeeper);
}

/** The fields of a message that was read; what is left out is that of an empty Request on channel 1. */
export interface ReadFields {
  channel?: number;
  proto?: number;
  status?: number;
  idHigh?: number;
  idLow?: number;
  headers?: string | Uint8Array;
  body?: string | Uint8Array;
}

/** A message as it is read from a chunk: its payload lies between bytes of other frames. */
export function readMessage(fields: ReadFields = {}): EngineMessage {
  const headers = Buffer.from(fields.headers ?? '');
  const body = Buffer.from(fields.body ?? '');
  const before = Buffer.from('x:before\r\n');
  const chunk = Buffer.concat([before, headers, body, Buffer.from('y:behind\r\n')]);
  return new EngineMessage(
    noKeeper,
    fields.channel ?? 1,
    fields.proto ?? OpCode.Request,
    fields.status ?? 0,
    fields.idHigh ?? 0,
    fields.idLow ?? 0,
    chunk,
    before.length,
    headers.length,
    body.length,
  );
}

/** The bytes of a message's text headers, as they go on the wire. */
export function headerBytes(message: EngineMessage): Buffer {
  return encodeFrame(message).subarray(16, 16 + message.textHeaders.byteLength);
}

/** The error that a call throws; fails when it throws none, or one that is no TofuError. */
export function refusal(call: () => unknown): TofuError {
  let thrown: unknown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  if (!(thrown instanceof TofuError)) throw new Error(`no TofuError was thrown, but: ${String(thrown)}`);
  return thrown;
}
