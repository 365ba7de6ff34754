import { OpCode } from '../../lib/index.js';

/** What a frame says; what is left out is 0 or empty. */
export interface FrameFields {
  opCode?: OpCode;
  id?: number;
  headers?: string;
  body?: string | Uint8Array;
}

/** A frame as a peer writes it, put together by hand from protocol.md section 1. */
export function frame(fields: FrameFields): Buffer {
  const headers = Buffer.from(fields.headers ?? '');
  const body = Buffer.from(fields.body ?? '');
  const head = Buffer.alloc(16);
  head.writeUInt16BE(1, 0);
  head.writeUInt8(fields.opCode ?? OpCode.Request, 2);
  head.writeBigUInt64BE(BigInt(fields.id ?? 0), 4);
  head.writeUInt16BE(headers.length, 12);
  head.writeUInt16BE(body.length, 14);
  return Buffer.concat([head, headers, body]);
}

/** Requests with these ids, one behind the other. */
export function requestFrames(ids: readonly number[], body = ''): Buffer {
  return Buffer.concat(ids.map(id => frame({ id, body })));
}

/** The whole numbers from 1 to `last`. */
export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, n) => n + 1);
}
