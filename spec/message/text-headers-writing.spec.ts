import type { EngineMessage } from '../../lib/message/engine-message.js';
import { freshMessage, headerBytes, readMessage, refusal } from '../support/messages.js';

const LIMIT = 65_535;

/** A message whose headers take this many bytes, in one line. */
function withHeaderBytes(byteLength: number): EngineMessage {
  const message = freshMessage();
  message.textHeaders.append('k', 'v'.repeat(byteLength - 'k:\r\n'.length));
  return message;
}

describe('append', () => {
  it('writes a line `name:value` ended by CRLF, behind the others', () => {
    const message = freshMessage();
    message.textHeaders.append('b', '2');
    message.textHeaders.append('a', 'x:y z');
    message.textHeaders.append('b', '1');
    expect(headerBytes(message).toString()).toBe('b:2\r\na:x:y z\r\nb:1\r\n');
    expect(message.textHeaders.byteLength).toBe(19);
    expect(message.textHeaders.getAll('b')).toEqual(['2', '1']);
  });

  it('trims spaces and tabs off name and value', () => {
    const message = freshMessage();
    message.textHeaders.append(' \tname\t ', '\t a  b \t');
    expect(headerBytes(message).toString()).toBe('name:a  b\r\n');
  });

  it('writes UTF-8 and counts its bytes', () => {
    const message = freshMessage();
    message.textHeaders.append('größe', '5 €');
    expect(headerBytes(message).toString('hex')).toBe('6772c3b6c39f653a3520e282ac0d0a');
    expect(message.textHeaders.byteLength).toBe(15);
  });

  it.each([
    ['an empty name', '', 'v'],
    ['a name of spaces alone', ' \t', 'v'],
    ['a name with a colon', 'a:b', 'v'],
    ['a name with CR', 'a\rb', 'v'],
    ['a name with LF', 'a\nb', 'v'],
    ['a name that ends with CRLF', 'a\r\n', 'v'],
    ['an empty value', 'a', ''],
    ['a value of spaces alone', 'a', '\t '],
    ['a value with CR', 'a', 'x\ry'],
    ['a value with LF', 'a', 'x\ny'],
    ['a value that ends with CRLF', 'a', 'x\r\n'],
    ['a name that is no string', 7, 'v'],
    ['a value that is no string', 'a', null],
  ])('refuses %s with invalid_message', (_, name, value) => {
    const message = freshMessage();
    message.textHeaders.append('kept', '1');
    const error = refusal(() => {
      message.textHeaders.append(name as string, value as string);
    });
    expect(error).toMatchObject({ status: 5, code: 'invalid_message' });
    expect(headerBytes(message).toString()).toBe('kept:1\r\n');
  });
});

describe('append to a block that was read', () => {
  it.each([
    ['a whole line', 'a:1\r\n', 'a:1\r\nb:2\r\n'],
    ['a last line without CRLF', 'a:1', 'a:1\r\nb:2\r\n'],
    ['an unusual block', '\r\na: 1 \r\nflag', '\r\na: 1 \r\nflag\r\nb:2\r\n'],
    ['a last line that ends with CR', 'a:1\r', 'a:1\r\r\nb:2\r\n'],
  ])('keeps %s as it is and goes on behind it', (_, block, bytes) => {
    const message = readMessage({ headers: block, body: 'body' });
    message.textHeaders.append('b', '2');
    expect(headerBytes(message).toString()).toBe(bytes);
    expect(message.textHeaders.byteLength).toBe(bytes.length);
    expect(message.textHeaders.get('b')).toBe('2');
    expect(message.body.text()).toBe('body');
  });

  it('keeps bytes that are no UTF-8', () => {
    const message = readMessage({ headers: Buffer.from('613aff0d0a', 'hex') });
    message.textHeaders.append('b', '2');
    expect(headerBytes(message).toString('hex')).toBe('613aff0d0a623a320d0a');
  });

  it.each([
    ['in the middle', 'a:1\r\n:x\r\nc:3\r\n', 'a:1\r\nb:2\r\n'],
    ['at the start', ':x\r\nc:3\r\n', 'b:2\r\n'],
    ['at the end', 'a:1\r\n:', 'a:1\r\nb:2\r\n'],
  ])('drops what nobody reads, from an empty name %s on', (_, block, bytes) => {
    const message = readMessage({ headers: block });
    message.textHeaders.append('b', '2');
    expect(message.textHeaders.get('b')).toBe('2');
    expect(headerBytes(message).toString()).toBe(bytes);
  });

  it('adds several lines', () => {
    const message = readMessage({ headers: 'a:1' });
    message.textHeaders.append('b', '2');
    message.textHeaders.append('c', '3');
    expect(headerBytes(message).toString()).toBe('a:1\r\nb:2\r\nc:3\r\n');
    expect(headerBytes(message.clone()).toString()).toBe('a:1\r\nb:2\r\nc:3\r\n');
  });

  it('leaves the chunk that was read alone', () => {
    const message = readMessage({ headers: 'a:1\r\n', body: 'body' });
    const other = readMessage({ headers: 'a:1\r\n', body: 'body' });
    message.textHeaders.append('b', '2');
    expect([headerBytes(other).toString(), other.body.text()]).toEqual(['a:1\r\n', 'body']);
  });
});

describe('clear', () => {
  it('removes written and read headers, and takes new ones', () => {
    for (const message of [withHeaderBytes(10), readMessage({ headers: 'a:1' })]) {
      message.textHeaders.clear();
      expect([message.textHeaders.byteLength, [...message.textHeaders]]).toEqual([0, []]);
      message.textHeaders.append('b', '2');
      expect(headerBytes(message).toString()).toBe('b:2\r\n');
    }
  });
});

describe('remove', () => {
  it('removes every header of a name, and keeps the others in order', () => {
    const message = readMessage({ headers: 'a:1\r\nb: 2\r\na:3\r\nflag\r\nA:4' });
    message.textHeaders.remove('a');
    expect([...message.textHeaders]).toEqual([
      ['b', '2'],
      ['flag', ''],
      ['A', '4'],
    ]);
  });

  it('touches nothing when there is no such header', () => {
    const block = Buffer.from('613a20ff0d0a666c6167', 'hex');
    const message = readMessage({ headers: block });
    message.textHeaders.remove('b');
    expect(headerBytes(message)).toEqual(block);
  });
});

describe('the limit of 65535 bytes', () => {
  it('admits exactly that many, in one line and in many', () => {
    expect(withHeaderBytes(LIMIT).textHeaders.byteLength).toBe(LIMIT);
    const message = freshMessage();
    for (let line = 0; line < LIMIT / 15; line++) message.textHeaders.append('name', 'a value.');
    expect(message.textHeaders.byteLength).toBe(LIMIT);
    expect(message.textHeaders.getAll('name')).toHaveLength(LIMIT / 15);
  });

  it('refuses one more with invalid_headers_len', () => {
    const error = refusal(() => withHeaderBytes(LIMIT + 1));
    expect(error).toMatchObject({ status: 7, code: 'invalid_headers_len' });
  });

  it('leaves full headers as they were when one more is refused', () => {
    const message = withHeaderBytes(LIMIT - 4);
    const before = headerBytes(message);
    const error = refusal(() => {
      message.textHeaders.append('a', 'b');
    });
    expect(error.code).toBe('invalid_headers_len');
    expect(headerBytes(message)).toEqual(before);
  });

  it('counts the CRLF that a block which was read needs', () => {
    const full = readMessage({ headers: 'k:' + 'v'.repeat(LIMIT - 9) });
    full.textHeaders.append('a', 'b');
    expect(full.textHeaders.byteLength).toBe(LIMIT);
    const over = readMessage({ headers: 'k:' + 'v'.repeat(LIMIT - 8) });
    const error = refusal(() => {
      over.textHeaders.append('a', 'b');
    });
    expect(error.code).toBe('invalid_headers_len');
    expect(over.textHeaders.byteLength).toBe(LIMIT - 6);
  });

  it('counts UTF-8 bytes', () => {
    const message = freshMessage();
    message.textHeaders.append('k', '€'.repeat(21_843));
    expect(message.textHeaders.byteLength).toBe(4 + 65_529);
    expect(
      refusal(() => {
        message.textHeaders.append('k', '€');
      }).code,
    ).toBe('invalid_headers_len');
  });
});
