import { createEngine, type Message, OpCode, Status } from '../../lib/index.js';
import { EngineMessage } from '../../lib/message/engine-message.js';
import { MORE_BIT, ORIGIN_BIT } from '../../lib/message/proto-byte.js';

/** An engine without a channel: it opens nothing, and so has nothing to destroy. */
const { pool } = createEngine().core.context;

interface Fields {
  opCode?: OpCode;
  origin?: 'application' | 'engine';
  status?: Status;
  channel?: number;
  more?: boolean;
  body?: string | Uint8Array;
}

/** A message that no group delivered: for operators, to which it is a value like any other. It holds no slot. */
export function looseMessage(fields: Fields = {}): Message {
  const message = EngineMessage.fresh(pool);
  const { opCode = OpCode.Request, origin = 'application', more = false } = fields;
  message.proto = opCode | (origin === 'engine' ? ORIGIN_BIT : 0) | (more ? MORE_BIT : 0);
  message.statusByte = fields.status ?? Status.success;
  message.channel = fields.channel ?? 1;
  if (fields.body !== undefined) message.body.append(fields.body);
  return message;
}
