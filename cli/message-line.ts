import { type Message, statusName } from '../lib/index.js';
import type { Paint } from './colours.js';
import { operationName } from './operation-name.js';
import { textOf, visible } from './visible.js';

/** The most of a body that a line shows. `--json` shows all of it. */
const MAX_CHARACTERS = 1_000;
const MAX_BYTES = 32;

/** A message in one line for people. */
export function messageLine(message: Message, paint: Paint): string {
  const { channelNumber, messageId, body } = message;
  const operation = operationName(message.opCode) + (message.more ? ' more' : '');
  const words = [
    paint('dim', `channel ${String(channelNumber)}`),
    paint(message.isFromEngine() ? 'yellow' : 'cyan', operation),
    paint('dim', `id ${String(messageId)}`),
  ];
  if (message.isFromEngine()) words.push(paint('yellow', `engine ${statusName(message.status)}`));
  for (const [name, value] of message.textHeaders)
    words.push(`${paint('magenta', visible(name))}=${word(value)}`);
  words.push(`${String(body.byteLength)} B`);
  if (body.byteLength > 0) words.push(paint('green', shown(body.bytes())));
  return words.join('  ');
}

/** A value with blanks in it is quoted, so that the line can be taken apart again. */
function word(value: string): string {
  return /^[^\s"]+$/.test(value) ? visible(value) : quoted(value);
}

function quoted(text: string): string {
  return `"${visible(text.replace(/["\\]/g, '\\$&'))}"`;
}

function shown(bytes: Uint8Array): string {
  const text = textOf(bytes);
  if (text === null) {
    const hex = Buffer.from(bytes.subarray(0, MAX_BYTES)).toString('hex');
    return `<${hex}${bytes.length > MAX_BYTES ? '...' : ''}>`;
  }
  if (text.length <= MAX_CHARACTERS) return quoted(text);
  return `${quoted(text.slice(0, MAX_CHARACTERS))}...`;
}
