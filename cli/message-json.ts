import { type Message, statusName } from '../lib/index.js';
import { operationName } from './operation-name.js';

/** A message as `--json` prints it: everything of it; the id as a string, since it may be past what a JSON number holds. */
export function messageJson(message: Message): object {
  const bytes = message.body.bytes();
  return {
    event: 'message',
    channel: message.channelNumber,
    operation: operationName(message.opCode),
    origin: message.isFromEngine() ? 'engine' : 'application',
    status: statusName(message.status),
    more: message.more,
    id: String(message.messageId),
    headers: [...message.textHeaders],
    bytes: bytes.length,
    ...bodyJson(bytes),
  };
}

function bodyJson(bytes: Uint8Array): { text: string } | { base64: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}
