import { paintFor, plain } from '../../cli/colours.js';
import { messageLine } from '../../cli/message-line.js';
import { OpCode } from '../../lib/index.js';
import { engineForSpec } from '../support/engines.js';

type Content = { body?: string | Uint8Array; headers?: [string, string][] };

function line({ body = '', headers = [] }: Content, paint = plain): string {
  const message = engineForSpec().get();
  message.opCode = OpCode.Request;
  message.channelNumber = 3;
  message.messageId = 5;
  for (const [name, value] of headers) message.textHeaders.append(name, value);
  message.body.append(body);
  const text = messageLine(message, paint);
  message[Symbol.dispose]();
  return text;
}

const start = 'channel 3  Request  id 5';

describe('the line of a message', () => {
  it.each<[string, Content, string]>([
    ['shows a text', { body: 'grüß dich' }, '11 B  "grüß dich"'],
    ['escapes line breaks, tabs and quotes', { body: 'a\r\n\t"\\' }, '6 B  "a\\r\\n\\t\\"\\\\"'],
    ['shows bytes that are no UTF-8 in hex', { body: Uint8Array.of(0xc3, 0x28) }, '2 B  <c328>'],
    ['shows a text with control characters in hex', { body: 'a\u001b[2J' }, '5 B  <611b5b324a>'],
    ['shows the first 32 bytes in hex', { body: new Uint8Array(33) }, `33 B  <${'00'.repeat(32)}...>`],
    [
      'shows the first 1000 characters of a text',
      { body: 'x'.repeat(1_001) },
      `1001 B  "${'x'.repeat(1_000)}"...`,
    ],
    ['escapes what turns the reading direction', { body: 'a\u202eb' }, '5 B  "a\\u{202e}b"'],
    [
      'shows headers in order, quoted where they hold blanks',
      {
        headers: [
          ['a', '1'],
          ['b', 'x y'],
          ['a', '"'],
        ],
      },
      'a=1  b="x y"  a="\\""  0 B',
    ],
    [
      'escapes control characters in headers',
      { headers: [['a\u001b', '\u009b2J']] },
      'a\\u{1b}=\\u{9b}2J  0 B',
    ],
  ])('%s', (_, content, end) => {
    expect(line(content)).toBe(`${start}  ${end}`);
  });

  it('has colours on a terminal that has them, and nowhere else', () => {
    const stream = (isTTY: boolean, colours: boolean): NodeJS.WriteStream =>
      ({ isTTY, hasColors: () => colours }) as NodeJS.WriteStream;
    expect(line({ body: 'x' }, paintFor(stream(true, true)))).toContain('\u001b[32m"x"\u001b[0m');
    expect(line({ body: 'x' }, paintFor(stream(true, false)))).toBe(`${start}  1 B  "x"`);
    expect(line({ body: 'x' }, paintFor(stream(false, true)))).toBe(`${start}  1 B  "x"`);
  });
});
