import { OpCode } from '../lib/index.js';

const NAMES = new Map<OpCode, string>(Object.entries(OpCode).map(([name, opCode]) => [opCode, name]));

/** The name of an operation, such as `HelloRequest`. */
export function operationName(opCode: OpCode): string {
  return NAMES.get(opCode) ?? String(opCode);
}
