import { type OpCode, opCodeName } from './op-code.js';
import { statusName } from './status.js';

/** What the line tells of a message. */
interface Dumpable {
  readonly opCode: OpCode;
  readonly more: boolean;
  readonly statusByte: number;
  readonly channel: number;
  readonly messageId: bigint;
  isFromEngine(): boolean;
  headersByteLength(): number;
  bodyByteLength(): number;
}

/** A message in one line for people. */
export function dumpLine(message: Dumpable): string {
  return [
    opCodeName(message.opCode),
    message.isFromEngine() ? 'engine' : 'application',
    message.more ? 'more' : 'last',
    statusName(message.statusByte),
    `channel ${String(message.channel)}`,
    `id ${String(message.messageId)}`,
    `headers ${String(message.headersByteLength())} B`,
    `body ${String(message.bodyByteLength())} B`,
  ].join(' ');
}
