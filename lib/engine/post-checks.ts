import { assertMessage } from '../message/assert-message.js';
import type { EngineMessage } from '../message/engine-message.js';
import { MAX_BODY_BYTES, MAX_HEADERS_BYTES } from '../message/limits.js';
import {
  isOpCode,
  MessageRole,
  MessageType,
  OpCode,
  opCodeName,
  roleOf,
  typeOf,
} from '../message/op-code.js';
import { Use } from '../message/ownership.js';
import { MORE_BIT, OP_CODE_BITS } from '../message/proto-byte.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';

/** A message that may be posted or handed to updateReceiver: it is one, and it is the caller's own. */
export function assertOwned(value: unknown, call: string): asserts value is EngineMessage {
  assertMessage(value, call);
  if (value.use !== Use.owned) throw notOwned(value, call);
}

function notOwned({ use }: EngineMessage, call: string): TofuError {
  return use === Use.spent
    ? new TofuError(Status.invalidMessage, `${call} was given a message that was posted or put before`)
    : new TofuError(Status.notAllowed, `${call} was given a message that was pushed: use reply() or clone()`);
}

/**
 * What a message must be, whatever the channel: protocol.md section 5, checks 1 to 7, in their order.
 *
 * @throws TofuError with the status of the check; the message stays the caller's, untouched
 */
export function assertWellFormed(message: EngineMessage): void {
  const opCode = message.proto & OP_CODE_BITS;
  // What nearly every message is.
  const isPlain =
    (opCode === OpCode.Request || opCode === OpCode.Signal) &&
    message.channel !== 0 &&
    message.headersByteLength() <= MAX_HEADERS_BYTES &&
    message.bodyByteLength() <= MAX_BODY_BYTES;
  if (!isPlain) assertEachRule(message, opCode);
}

function assertEachRule(message: EngineMessage, opCode: number): void {
  const headersLength = message.headersByteLength();
  const bodyLength = message.bodyByteLength();
  if (!isOpCode(opCode))
    throw new TofuError(Status.invalidOpCode, `opCode ${String(opCode)} is none of 0..9`);
  const name = opCodeName(opCode);
  const opens = opCode === OpCode.HelloRequest || opCode === OpCode.WelcomeRequest;
  if (roleOf(opCode) === MessageRole.response && (message.idHigh | message.idLow) === 0) {
    throw new TofuError(
      Status.invalidMessageId,
      `${name} with messageId 0: a response carries its request's id`,
    );
  }
  if ((message.proto & MORE_BIT) !== 0 && typeOf(opCode) !== MessageType.regular) {
    throw new TofuError(
      Status.invalidMoreUsage,
      `${name} with more: only Request, Response and Signal may have it`,
    );
  }
  if (message.channel === 0 && !opens) {
    throw new TofuError(
      Status.invalidChannelNumber,
      `${name} on channelNumber 0, which only HelloRequest and WelcomeRequest may have`,
    );
  }
  if (headersLength > MAX_HEADERS_BYTES) {
    throw new TofuError(
      Status.invalidHeadersLen,
      `textHeaders of ${String(headersLength)} bytes are over the limit of ${String(MAX_HEADERS_BYTES)}`,
    );
  }
  if (opens && headersLength === 0) {
    throw new TofuError(Status.wrongAddress, `${name} without text headers: use an address's format()`);
  }
  if (bodyLength > MAX_BODY_BYTES) {
    throw new TofuError(
      Status.invalidBodyLen,
      `body of ${String(bodyLength)} bytes is over the limit of ${String(MAX_BODY_BYTES)}`,
    );
  }
}
