/**
 * What the engine itself has to say: messages of origin engine that hold no slot and never wait for one
 * (protocol.md section 6).
 */
import { CONNECT_TO, LISTEN_ON } from '../address/address-header.js';
import { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { MORE_BIT, OP_CODE_BITS, ORIGIN_BIT } from '../message/proto-byte.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { MessagePool } from '../pool/message-pool.js';
import type { FrameDecoder } from '../wire/decoder.js';

/** A channel as far as a notice names it. */
interface Addressee {
  readonly number: number;
  readonly openingIdHigh: number;
  readonly openingIdLow: number;
  readonly context: { readonly pool: MessagePool };
}

/** The last message of every channel, with the id that opened it. */
export function channelClosed(channel: Addressee): EngineMessage {
  const message = onChannel(channel, OpCode.Signal, Status.channelClosed);
  message.endsChannel = true;
  return message;
}

/** A fault of the peer or of the socket: recv_failed or send_failed. */
export function faultSignal(channel: Addressee, status: Status): EngineMessage {
  return onChannel(channel, OpCode.Signal, status);
}

/** How listening went; `address` as bound, or as asked when it failed. */
export function welcomeResponse(
  channel: Addressee,
  status: Status,
  address: string | undefined,
): EngineMessage {
  const message = onChannel(channel, OpCode.WelcomeResponse, status);
  if (address !== undefined) appendAsRead(message, LISTEN_ON, address);
  return message;
}

/** A connection that could not be made; `address` as asked. */
export function failedHelloResponse(
  channel: Addressee,
  status: Status,
  address: string | undefined,
): EngineMessage {
  const message = onChannel(channel, OpCode.HelloResponse, status);
  if (address !== undefined) appendAsRead(message, CONNECT_TO, address);
  return message;
}

/** A message that was posted and can't be sent, whole, as it stands in its frame. */
export function returned(channel: Addressee, frame: FrameDecoder, status: Status): EngineMessage {
  return new EngineMessage(
    channel.context.pool,
    channel.number,
    (frame.proto & (OP_CODE_BITS | MORE_BIT)) | ORIGIN_BIT,
    status,
    frame.idHigh,
    frame.idLow,
    frame.payload,
    frame.payloadStart,
    frame.headersLength,
    frame.bodyLength,
  );
}

/** Receiving has to wait because no slot is free. */
export function poolEmpty(pool: MessagePool): EngineMessage {
  return signal(pool, Status.poolEmpty);
}

/** updateReceiver() without a message. */
export function receiverUpdate(pool: MessagePool): EngineMessage {
  return signal(pool, Status.receiverUpdate);
}

/** Whether this is a pool_empty of the engine. */
export function isPoolEmpty(message: EngineMessage): boolean {
  return message.statusByte === Status.poolEmpty && message.channel === 0;
}

function onChannel(channel: Addressee, opCode: OpCode, status: Status): EngineMessage {
  const message = signal(channel.context.pool, status);
  message.proto = opCode | ORIGIN_BIT;
  message.channel = channel.number;
  message.idHigh = channel.openingIdHigh;
  message.idLow = channel.openingIdLow;
  return message;
}

function signal(pool: MessagePool, status: Status): EngineMessage {
  const message = pool.unslotted();
  message.proto = OpCode.Signal | ORIGIN_BIT;
  message.statusByte = status;
  return message;
}

/**
 * An address as asked is shown where it can be written. One that was read, in a HelloRequest that is posted on, may be empty, hold
 * a line break, or be too long once its bytes that are no UTF-8 are U+FFFD.
 */
function appendAsRead(message: EngineMessage, name: string, value: string): void {
  try {
    message.textHeaders.append(name, value);
  } catch (error) {
    if (!(error instanceof TofuError)) throw error;
  }
}
