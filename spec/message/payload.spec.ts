import { appendHeaders, fill, type HeadersInit, type Payload } from '../../lib/message/payload.js';
import { freshMessage, headerBytes, refusal } from '../support/messages.js';

/** Headers as they are written, and the body. */
function filled(payload: Payload): [string, string] {
  const message = freshMessage();
  fill(message, payload);
  return [headerBytes(message).toString(), message.body.text()];
}

describe('a payload', () => {
  it.each<[string, Payload, string, string]>([
    ['a string is the body', 'text', '', 'text'],
    ['an empty string is an empty body', '', '', ''],
    ['bytes are the body', Uint8Array.of(0x61, 0x62), '', 'ab'],
    ['a Buffer is the body', Buffer.from('ab'), '', 'ab'],
    ['a body alone', { body: 'text' }, '', 'text'],
    ['a body of bytes', { body: Uint8Array.of(0x61) }, '', 'a'],
    ['a record of headers', { headers: { b: '2', a: '1' } }, 'b:2\r\na:1\r\n', ''],
    ['an array for a repeated name', { headers: { a: ['1', '2'], b: 'x' } }, 'a:1\r\na:2\r\nb:x\r\n', ''],
    [
      'pairs of headers, in order',
      {
        headers: [
          ['a', '1'],
          ['b', 'x'],
          ['a', '2'],
        ],
      },
      'a:1\r\nb:x\r\na:2\r\n',
      '',
    ],
    ['a Map of headers', { headers: new Map([['a', '1']]) }, 'a:1\r\n', ''],
    ['body and headers', { headers: { a: '1' }, body: 'text' }, 'a:1\r\n', 'text'],
    ['neither', {}, '', ''],
  ])('%s', (_, payload, headers, body) => {
    expect(filled(payload)).toEqual([headers, body]);
  });

  it('goes behind what the message has', () => {
    const message = freshMessage();
    fill(message, { headers: { a: '1' }, body: 'one' });
    fill(message, { headers: { a: '2' }, body: 'two' });
    expect([headerBytes(message).toString(), message.body.text()]).toEqual(['a:1\r\na:2\r\n', 'onetwo']);
  });

  it('takes the headers of another message', () => {
    const message = freshMessage();
    fill(message, { headers: { a: ['1', '2'] } });
    expect(filled({ headers: message.textHeaders })).toEqual(['a:1\r\na:2\r\n', '']);
  });

  it.each([[null], [undefined], [7], [true], [() => 'text']])(
    '%p is refused with invalid_message',
    payload => {
      expect(refusal(() => filled(payload as unknown as Payload)).code).toBe('invalid_message');
    },
  );

  it.each([
    ['an object with neither', { ok: true }],
    ['an array', ['a', 'b']],
    ['an empty array', []],
    ['a Map', new Map([['body', 'text']])],
    ['an ArrayBuffer', new ArrayBuffer(2)],
    ['a generator', (function* () {})()],
  ])('%s is refused with invalid_message, and leaves nothing behind', (_, payload) => {
    const message = freshMessage();
    const error = refusal(() => {
      fill(message, payload as Payload);
    });
    expect(error.code).toBe('invalid_message');
    expect([message.textHeaders.byteLength, message.body.byteLength]).toEqual([0, 0]);
  });

  it('with a body that is none is refused with invalid_message', () => {
    expect(refusal(() => filled({ body: 7 } as unknown as Payload)).code).toBe('invalid_message');
  });

  it('over the limits is refused as append refuses it', () => {
    expect(refusal(() => filled('x'.repeat(65_536))).code).toBe('invalid_body_len');
    expect(refusal(() => filled({ headers: { k: 'x'.repeat(65_532) } })).code).toBe('invalid_headers_len');
  });
});

describe('appendHeaders', () => {
  it.each<[string, HeadersInit]>([
    ['a record', { '': 'x' }],
    ['an array in a record', { a: ['1', ''] }],
    ['pairs', [['a:', 'x']]],
    ['a value that is no string', { a: 7 } as unknown as HeadersInit],
  ])('refuses what append refuses in %s', (_, headers) => {
    const error = refusal(() => {
      appendHeaders(freshMessage(), headers);
    });
    expect(error.code).toBe('invalid_message');
  });
});
