import type { EngineMessage } from '../message/engine-message.js';
import { MORE_BIT, OP_CODE_BITS, OUT_OF_BAND_BIT } from '../message/proto-byte.js';
import {
  BODY_LENGTH_AT,
  CHANNEL_AT,
  HEADER_BYTES,
  HEADERS_LENGTH_AT,
  ID_HIGH_AT,
  ID_LOW_AT,
  PROTO_AT,
  STATUS_AT,
  write16,
  write32,
} from './layout.js';

/** What of the proto byte may leave the process: origin and internal B never do. */
const SENT_BITS = OP_CODE_BITS | MORE_BIT | OUT_OF_BAND_BIT;

/** Bytes of the whole frame, 16..131086. */
export function frameLength(message: EngineMessage): number {
  return HEADER_BYTES + message.headersByteLength() + message.bodyByteLength();
}

/** Bytes of the frame without its body. */
export function headLength(message: EngineMessage): number {
  return HEADER_BYTES + message.headersByteLength();
}

/**
 * Writes a frame up to its body at `at` of `target`, which has room for it; origin and status go out as 0.
 * Answers where the body begins.
 */
export function writeHead(message: EngineMessage, target: Buffer, at: number): number {
  const headersLength = message.headersByteLength();
  write16(target, at + CHANNEL_AT, message.channel);
  target[at + PROTO_AT] = message.proto & SENT_BITS;
  target[at + STATUS_AT] = 0;
  write32(target, at + ID_HIGH_AT, message.idHigh);
  write32(target, at + ID_LOW_AT, message.idLow);
  write16(target, at + HEADERS_LENGTH_AT, headersLength);
  write16(target, at + BODY_LENGTH_AT, message.bodyByteLength());
  if (headersLength > 0) message.writeHeaders(target, at + HEADER_BYTES);
  return at + HEADER_BYTES + headersLength;
}

/** Writes a whole frame at `at` of `target`, which has room for it; answers where it ends. */
export function writeFrame(message: EngineMessage, target: Buffer, at: number): number {
  const bodyAt = writeHead(message, target, at);
  const bodyLength = message.bodyByteLength();
  if (bodyLength > 0) message.writeBody(target, bodyAt);
  return bodyAt + bodyLength;
}

/** The frame of a message in a buffer of its own. */
export function encodeFrame(message: EngineMessage): Buffer {
  const frame = Buffer.allocUnsafe(frameLength(message));
  writeFrame(message, frame, 0);
  return frame;
}
