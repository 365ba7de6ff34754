/**
 * Which headers may come from the wire at all, whatever the channel's state (protocol.md section 10). Rules that depend on
 * what was said before are the engine's.
 */
import {
  isOpCode,
  MessageRole,
  MessageType,
  OpCode,
  opCodeName,
  roleOf,
  typeOf,
} from '../message/op-code.js';
import { INTERNAL_B_BIT, MORE_BIT, OP_CODE_BITS, ORIGIN_BIT } from '../message/proto-byte.js';

/** One entry a proto byte: 1 when it may come from a peer. A look-up instead of six tests a frame. */
const LEGAL_PROTO = Uint8Array.from({ length: 256 }, (_, proto) => (protoFault(proto) === null ? 1 : 0));

/** One entry an opCode: 1 when its frames must carry a message_id other than 0. */
const NEEDS_ID = Uint8Array.from({ length: 16 }, (_, opCode) => (needsId(opCode) ? 1 : 0));

/** Whether a frame with this header may come from a peer. */
export function isLegalHeader(proto: number, status: number, idHigh: number, idLow: number): boolean {
  return (
    LEGAL_PROTO[proto] === 1 &&
    status === 0 &&
    ((idHigh | idLow) !== 0 || NEEDS_ID[proto & OP_CODE_BITS] === 0)
  );
}

/** The rule that a header breaks, in words; null for a legal one. */
export function headerFault(proto: number, status: number, idHigh: number, idLow: number): string | null {
  const fault = protoFault(proto);
  if (fault !== null) return fault;
  if (status !== 0) return `status ${String(status)} on the wire`;
  if ((idHigh | idLow) === 0 && needsId(proto & OP_CODE_BITS)) {
    return `${opCodeName((proto & OP_CODE_BITS) as OpCode)} with message_id 0`;
  }
  return null;
}

function protoFault(proto: number): string | null {
  const opCode = proto & OP_CODE_BITS;
  if (!isOpCode(opCode)) return `opCode ${String(opCode)} is invalid`;
  if (opCode === OpCode.ByeSignal || typeOf(opCode) === MessageType.welcome)
    return `${opCodeName(opCode)} on the wire`;
  if ((proto & ORIGIN_BIT) !== 0) return 'origin engine on the wire';
  if ((proto & INTERNAL_B_BIT) !== 0) return 'internal bit B set';
  if ((proto & MORE_BIT) !== 0 && typeOf(opCode) !== MessageType.regular)
    return `more on ${opCodeName(opCode)}`;
  return null;
}

/** "On the wire id 0 is legal on Request and Signal only." */
function needsId(opCode: number): boolean {
  return (
    isOpCode(opCode) && !(typeOf(opCode) === MessageType.regular && roleOf(opCode) !== MessageRole.response)
  );
}
