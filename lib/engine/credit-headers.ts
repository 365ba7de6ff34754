/** The headers by which two engines agree on credit, and give it (design section 6). */
import { HeaderBlock, type TextHeaders } from '../message/text-headers.js';
import { OpCode } from '../message/op-code.js';
import { OP_CODE_BITS } from '../message/proto-byte.js';
import type { FrameDecoder } from '../wire/decoder.js';

/** On HelloRequest and HelloResponse: so many messages may come before the first grant. */
export const RX_WINDOW = 'rx-window';
/** On a Signal: so many more. */
export const RX_CREDIT = 'rx-credit';
/** On a Signal: whoever asked under this id wants no more. */
export const RX_CANCEL = 'rx-cancel';
/** On a Signal: I am there. */
export const RX_HEARTBEAT = 'rx-heartbeat';

const MAX_GRANT = 2 ** 31 - 1;

/** What a message costs its sender. */
export const Toll = {
  /** One credit. */
  one: 0,
  /** Nothing: it is a hello or a bye. */
  none: 1,
  /** Nothing, nor a slot: it is a grant, */
  credit: 2,
  /** it tells that a stream was given up, */
  cancel: 3,
  /** or that somebody is there. */
  heartbeat: 4,
} as const;
export type Toll = (typeof Toll)[keyof typeof Toll];

/** Whether this frame costs one credit, as nearly all do, as far as can be told at a glance: `tollOfFrame` is too long for the hot loop to inline. */
export function isPlain(frame: FrameDecoder): boolean {
  return frame.headersLength === 0 && (frame.proto & OP_CODE_BITS) <= OpCode.Signal;
}

/** What the frame at hand costs. */
export function tollOfFrame(frame: FrameDecoder): Toll {
  const opCode = frame.proto & OP_CODE_BITS;
  if (opCode !== OpCode.Signal || frame.headersLength === 0)
    return opCode <= OpCode.Signal ? Toll.one : Toll.none;
  return Number.isNaN(grantAsWritten(frame)) ? tollOfSignal(headersOf(frame)) : Toll.credit;
}

/** What a Signal with these headers costs. */
export function tollOfSignal(headers: TextHeaders): Toll {
  if (headers.has(RX_CREDIT)) return Toll.credit;
  if (headers.has(RX_CANCEL)) return Toll.cancel;
  return headers.has(RX_HEARTBEAT) ? Toll.heartbeat : Toll.one;
}

/** The grant of a frame; NaN where it is no number in 1..2^31-1. */
export function grantOf(frame: FrameDecoder): number {
  const plain = grantAsWritten(frame);
  return Number.isNaN(plain) ? countOf(headersOf(frame).get(RX_CREDIT)) : inRange(plain);
}

const GRANT = Buffer.from(`${RX_CREDIT}:`, 'latin1');
const CRLF_BYTES = 2;
const ZERO = 0x30;
const CR = 0x0d;
const LF = 0x0a;

/** The text headers of a grant of `n`. */
export function grantHeaders(n: number): Buffer {
  return Buffer.from(`${RX_CREDIT}:${String(n)}\r\n`, 'latin1');
}

/**
 * The number in a frame whose headers are as `grantHeaders` writes them, read where it lies; NaN for all others. Grants are few among the messages,
 * but a block made and parsed for each was most of what they cost.
 */
function grantAsWritten({ payload, payloadStart, headersLength }: FrameDecoder): number {
  const digits = headersLength - GRANT.length - CRLF_BYTES;
  if (digits < 1 || digits > 10) return NaN;
  for (let n = 0; n < GRANT.length; n++) if (payload[payloadStart + n] !== GRANT[n]) return NaN;
  let at = payloadStart + GRANT.length;
  let count = 0;
  for (const end = at + digits; at < end; at++) {
    const digit = (payload[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return NaN;
    count = 10 * count + digit;
  }
  return payload[at] === CR && payload[at + 1] === LF ? count : NaN;
}

/** The window that a hello offers; NaN where it offers none. */
export function windowOf(headers: TextHeaders): number {
  return countOf(headers.get(RX_WINDOW));
}

function countOf(value: string | undefined): number {
  if (value === undefined || !/^\d{1,10}$/.test(value)) return NaN;
  return inRange(Number(value));
}

function inRange(count: number): number {
  return count >= 1 && count <= MAX_GRANT ? count : NaN;
}

function headersOf(frame: FrameDecoder): TextHeaders {
  return new HeaderBlock(UNCHANGEABLE, frame.payload, frame.payloadStart, frame.headersLength);
}

const UNCHANGEABLE = {
  assertChangeable: (): void => {
    throw new Error('a frame is read, not changed');
  },
};
