import { freshMessage, headerBytes, readMessage } from '../support/messages.js';

/** What a header block reads as. */
function read(block: string | Uint8Array): [string, string][] {
  return [...readMessage({ headers: block }).textHeaders];
}

describe('a header block that is read', () => {
  it.each<[string, string, [string, string][]]>([
    ['one line', 'a:b\r\n', [['a', 'b']]],
    [
      'several lines, in order',
      'b:2\r\na:1\r\n',
      [
        ['b', '2'],
        ['a', '1'],
      ],
    ],
    [
      'repeated names, in order',
      'a:1\r\nb:x\r\na:2\r\n',
      [
        ['a', '1'],
        ['b', 'x'],
        ['a', '2'],
      ],
    ],
    [
      'names that differ in case',
      'Key:1\r\nkey:2\r\n',
      [
        ['Key', '1'],
        ['key', '2'],
      ],
    ],
    ['a value that holds colons', 'url:tcp://h:1\r\n', [['url', 'tcp://h:1']]],
    ['spaces and tabs around a value', 'a: \t b c\t \r\n', [['a', 'b c']]],
    ['spaces within a value', 'a:b  c\r\n', [['a', 'b  c']]],
    ['spaces around a name, which stay', ' a :b\r\n', [[' a ', 'b']]],
    [
      'an empty value',
      'a:\r\nb:x\r\n',
      [
        ['a', ''],
        ['b', 'x'],
      ],
    ],
    ['a value of spaces alone', 'a: \t\r\n', [['a', '']]],
    [
      'empty lines, which are skipped',
      '\r\na:1\r\n\r\n\r\nb:2\r\n\r\n',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a last line without CRLF',
      'a:1\r\nb:2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['one line without CRLF', 'a:1', [['a', '1']]],
    [
      'a line without a colon: a name with an empty value',
      'flag\r\nb:2\r\n',
      [
        ['flag', ''],
        ['b', '2'],
      ],
    ],
    [
      'a last line without colon and CRLF',
      'a:1\r\nflag',
      [
        ['a', '1'],
        ['flag', ''],
      ],
    ],
    ['an empty name, where reading stops', 'a:1\r\n:x\r\nb:2\r\n', [['a', '1']]],
    ['an empty name at the start', ':x\r\nb:2\r\n', []],
    ['a colon alone', ':', []],
    ['empty lines alone', '\r\n\r\n', []],
    ['CR alone, which ends no line', 'a:1\rb:2\r\n', [['a', '1\rb:2']]],
    ['LF alone, which ends no line', 'a:1\nb:2\r\n', [['a', '1\nb:2']]],
    ['other white space around a value, which stays', 'a:\u00a0b\v\r\n', [['a', '\u00a0b\v']]],
    ['UTF-8', 'größe:5 €\r\n', [['größe', '5 €']]],
  ])('reads %s', (_, block, headers) => {
    expect(read(block)).toEqual(headers);
  });

  it('shows U+FFFD for bytes that are no UTF-8', () => {
    expect(read(Buffer.from('613aff62ff0d0affc33a780d0a', 'hex'))).toEqual([
      ['a', '\ufffdb\ufffd'],
      ['\ufffd\ufffd', 'x'],
    ]);
  });

  it('reads nothing of its neighbours in the chunk', () => {
    expect([...readMessage({ headers: '', body: 'z:1\r\n' }).textHeaders]).toEqual([]);
    expect([...readMessage({ headers: 'a:1', body: 'z:1\r\n' }).textHeaders]).toEqual([['a', '1']]);
  });

  it.each([
    'a: spaced \t\r\n',
    '\r\na:1\r\n\r\n:stop\r\nb:2',
    'flag',
    'Key:1\r\nkey:2\r\nKey:3\r\n',
    '\ufeffa:1\r\n',
  ])('sends %p on byte for byte after it was read', block => {
    const message = readMessage({ headers: block });
    expect(message.textHeaders.has('a')).toBe(read(block).some(([name]) => name === 'a'));
    expect(headerBytes(message).toString()).toBe(block);
    expect(headerBytes(message.clone()).toString()).toBe(block);
  });

  it('sends bytes that are no UTF-8 on byte for byte', () => {
    const block = Buffer.from('613affc3280d0a00fe', 'hex');
    const message = readMessage({ headers: block });
    expect([...message.textHeaders]).toHaveLength(2);
    expect(headerBytes(message)).toEqual(block);
    expect(headerBytes(message.clone())).toEqual(block);
  });
});

describe('looking up', () => {
  const { textHeaders } = readMessage({ headers: 'a:1\r\nB:x\r\na:2\r\nempty:\r\n' });

  it('get finds the first value of a name, or undefined', () => {
    expect(['a', 'B', 'empty', 'b', 'A', ''].map(name => textHeaders.get(name))).toEqual([
      '1',
      'x',
      '',
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('getAll finds every value of a name, in order', () => {
    expect(textHeaders.getAll('a')).toEqual(['1', '2']);
    expect(textHeaders.getAll('b')).toEqual([]);
  });

  it('has tells names apart by case', () => {
    expect(['a', 'A', 'B', 'b', 'empty'].map(name => textHeaders.has(name))).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it.each(['constructor', '__proto__', 'toString'])('finds no header %s where there is none', name => {
    expect([textHeaders.get(name), textHeaders.getAll(name), textHeaders.has(name)]).toEqual([
      undefined,
      [],
      false,
    ]);
  });

  it('gives its own list away, not the headers themselves', () => {
    const message = readMessage({ headers: 'a:1\r\n' });
    message.textHeaders.getAll('a').push('2');
    for (const header of message.textHeaders) header[1] = 'changed';
    expect([...message.textHeaders]).toEqual([['a', '1']]);
  });

  it('finds nothing on a message without headers', () => {
    const { textHeaders: none } = freshMessage();
    expect([none.get('a'), none.getAll('a'), none.has('a'), [...none], none.byteLength]).toEqual([
      undefined,
      [],
      false,
      [],
      0,
    ]);
  });
});
