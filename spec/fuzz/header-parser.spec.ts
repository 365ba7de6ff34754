import { TofuError } from '../../lib/index.js';
import { encodeFrame } from '../../lib/wire/encoder.js';
import { fuzz, limitOf, titleOf } from '../support/fuzz/budget.js';
import { HEADER_BLOCKS } from '../support/fuzz/corpus.js';
import { hostileTexts } from '../support/fuzz/mutations.js';
import { readHeaders } from '../support/fuzz/reference-reader.js';
import { readMessage } from '../support/messages.js';

/** Room for what is appended behind. */
const MOST = 60_000;

function check(block: Buffer): void {
  const message = readMessage({ headers: block });
  const { textHeaders } = message;
  const expected = readHeaders(block);
  expectSame([...textHeaders], expected);
  for (const [name] of expected) {
    const values = expected.filter(header => header[0] === name).map(header => header[1]);
    expectSame(textHeaders.getAll(name), values);
    expectSame([textHeaders.get(name), textHeaders.has(name)], [values[0], true]);
  }
  if (!encodeFrame(message).subarray(16).equals(block)) throw new Error('sent on, it is another block');
  append(message, expected);
}

/** Writes what was read as a header of its own: it is read back as it was written, or refused, and then nothing has changed. */
function append(message: ReturnType<typeof readMessage>, before: [string, string][]): void {
  for (const [name, value] of [['name', 'value'] as [string, string], ...before]) {
    const lines = [...message.textHeaders];
    try {
      message.textHeaders.append(name, value);
    } catch (error) {
      if (!(error instanceof TofuError)) throw error;
      expectSame([...message.textHeaders], lines);
      continue;
    }
    const written = message.clone();
    expectSame([...message.textHeaders], [...lines, [trimmed(name), value]]);
    expectSame(readHeaders(encodeFrame(message).subarray(16)), [...written.textHeaders]);
  }
}

/** Written names are trimmed, and values that were read have no blanks around them. */
function trimmed(name: string): string {
  let text = name;
  while (/^[ \t]/.test(text)) text = text.slice(1);
  while (/[ \t]$/.test(text)) text = text.slice(0, -1);
  return text;
}

function expectSame(actual: unknown, expected: unknown): void {
  // As strict as expect, at a fraction of its cost.
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual).toEqual(expected);
}

describe('text headers read as a second reader of the protocol reads them', () => {
  it(
    titleOf('headers'),
    () => fuzz({ name: 'headers', inputs: hostileTexts(HEADER_BLOCKS, MOST), framesIn: () => 1, check }),
    limitOf('headers'),
  );
});
