import fc from 'fast-check';
import type { EngineMessage } from '../../lib/message/engine-message.js';
import { encodeFrame } from '../../lib/wire/encoder.js';
import { freshMessage, readMessage, refusal } from '../support/messages.js';

const LIMIT = 65_535;

/** A fresh message with this body. */
function withBody(data: string | Uint8Array): EngineMessage {
  const message = freshMessage();
  message.body.append(data);
  return message;
}

/** The body as it goes on the wire. */
function onWire(message: EngineMessage): Buffer {
  return encodeFrame(message).subarray(16 + message.textHeaders.byteLength);
}

describe('an empty body', () => {
  it('has no bytes and no text', () => {
    const { body } = freshMessage();
    expect([body.byteLength, body.bytes().length, body.text()]).toEqual([0, 0, '']);
  });

  it.each([
    ['an empty string', ''],
    ['no bytes', new Uint8Array(0)],
  ] as const)('stays empty when %s is appended', (_, data) => {
    expect(withBody(data).body.byteLength).toBe(0);
  });
});

describe('append', () => {
  it('adds strings as UTF-8 and bytes as they are, in order', () => {
    const message = withBody('grüß ');
    message.body.append(Uint8Array.of(0x00, 0xff));
    message.body.append('€😀');
    expect(onWire(message).toString('hex')).toBe('6772c3bcc39f2000ffe282acf09f9880');
    expect(message.body.byteLength).toBe(16);
  });

  it('counts UTF-8 bytes, not characters', () => {
    expect(withBody('€'.repeat(100)).body.byteLength).toBe(300);
  });

  it('takes a Buffer and a view of a larger buffer', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5);
    const message = withBody(bytes.subarray(1, 3));
    message.body.append(Buffer.from(bytes.buffer, 3, 2));
    expect([...message.body.bytes()]).toEqual([2, 3, 4, 5]);
  });

  it('copies the bytes: what the caller does with them later changes nothing', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const message = withBody(bytes);
    message.body.append(bytes);
    bytes.fill(9);
    expect([...message.body.bytes()]).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it('takes a view of its own body', () => {
    const message = withBody('abc');
    for (let round = 0; round < 3; round++) message.body.append(message.body.bytes());
    expect(message.body.text()).toBe('abc'.repeat(8));
  });

  it('leaves the chunk that a body was read in alone', () => {
    const message = readMessage({ headers: 'a:b\r\n', body: 'read' });
    const chunk = message.body.buffer();
    const before = Buffer.from(chunk);
    message.body.append(' on');
    expect(message.body.text()).toBe('read on');
    expect(chunk).toEqual(before);
  });

  it('grows as pieces of any size and kind are added', () => {
    const piece = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
        const message = freshMessage();
        for (const data of pieces) message.body.append(data);
        const expected = Buffer.concat(pieces.map(data => Buffer.from(data as string)));
        expect(onWire(message)).toEqual(expected);
        expect(Buffer.from(message.body.bytes())).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it.each([[1], [null], [undefined], [{}], [[1, 2]], [new ArrayBuffer(2)]])(
    'refuses %p with invalid_message',
    data => {
      const message = withBody('kept');
      expect(refusal(() => message.body.append(data as unknown as string)).code).toBe('invalid_message');
      expect(message.body.text()).toBe('kept');
    },
  );
});

describe('the limit of 65535 bytes', () => {
  it('admits exactly that many, at once and in pieces', () => {
    expect(withBody(new Uint8Array(LIMIT)).body.byteLength).toBe(LIMIT);
    expect(withBody('x'.repeat(LIMIT)).body.byteLength).toBe(LIMIT);
    const pieced = withBody('x');
    for (let added = 1; added < LIMIT; added += 2) pieced.body.append('yz');
    expect(pieced.body.byteLength).toBe(LIMIT);
  });

  it.each([
    ['bytes', new Uint8Array(LIMIT + 1)],
    ['a string', 'x'.repeat(LIMIT + 1)],
    ['a short string of long characters', '€'.repeat(21_846)],
  ] as const)('refuses one more of %s with invalid_body_len', (_, data) => {
    const message = withBody('kept');
    expect(refusal(() => message.body.copy(data))).toMatchObject({ status: 8, code: 'invalid_body_len' });
    message.body.clear();
    expect(refusal(() => message.body.append(data)).code).toBe('invalid_body_len');
  });

  it('leaves a full body as it was when one more byte is refused', () => {
    const message = withBody('x'.repeat(LIMIT));
    expect(refusal(() => message.body.append('y')).code).toBe('invalid_body_len');
    expect(message.body.text()).toBe('x'.repeat(LIMIT));
  });
});

describe('copy', () => {
  it('replaces the whole body', () => {
    const message = withBody('a long text before');
    message.body.copy('short');
    expect(message.body.text()).toBe('short');
    message.body.copy(Uint8Array.of(0xca, 0xfe));
    expect(onWire(message).toString('hex')).toBe('cafe');
    message.body.copy('');
    expect(message.body.byteLength).toBe(0);
  });

  it('takes a view of its own body', () => {
    const message = withBody('0123456789');
    message.body.append('ab');
    message.body.copy(message.body.bytes().subarray(3, 7));
    expect(message.body.text()).toBe('3456');
  });

  it('takes a view of its own body that was read', () => {
    const message = readMessage({ body: '0123456789' });
    message.body.copy(message.body.bytes().subarray(2, 5));
    expect(message.body.text()).toBe('234');
  });

  it('leaves the body as it was when it refuses', () => {
    const message = withBody('kept');
    expect(refusal(() => message.body.copy(new Uint8Array(LIMIT + 1))).code).toBe('invalid_body_len');
    expect(refusal(() => message.body.copy(7 as unknown as string)).code).toBe('invalid_message');
    expect(message.body.text()).toBe('kept');
  });
});

describe('clear', () => {
  it('empties the body, which takes bytes again', () => {
    const message = withBody('before');
    message.body.clear();
    expect([message.body.byteLength, message.body.text(), onWire(message).length]).toEqual([0, '', 0]);
    message.body.append('after');
    expect(message.body.text()).toBe('after');
  });
});

describe('a body read', () => {
  it('is the bytes of its frame alone', () => {
    const { body } = readMessage({ headers: 'a:b\r\n', body: Uint8Array.of(0, 1, 254, 255) });
    expect([...body.bytes()]).toEqual([0, 1, 254, 255]);
  });

  it('shows U+FFFD for bytes that are no UTF-8, and keeps the bytes', () => {
    const message = readMessage({ body: Uint8Array.of(0x61, 0xff, 0x62) });
    expect(message.body.text()).toBe('a\ufffdb');
    expect(onWire(message).toString('hex')).toBe('61ff62');
  });

  it('keeps a byte order mark', () => {
    expect(readMessage({ body: '\ufeffa' }).body.text()).toBe('\ufeffa');
  });

  it('reads the same before and after it was on the wire, half characters too', () => {
    const { body } = withBody('\ud800!');
    expect(body.text()).toBe('\ufffd!');
    expect(Buffer.from(body.bytes()).toString('hex')).toBe('efbfbd21');
  });
});

describe('json', () => {
  it.each([[{ a: [1, 'ü', null] }], [[]], ['text'], [0], [null]])('reads %p', value => {
    expect(withBody(JSON.stringify(value)).body.json()).toEqual(value);
  });

  it.each(['', '{', 'undefined'])('refuses %p with invalid_message and the SyntaxError as cause', text => {
    const error = refusal(() => withBody(text).body.json());
    expect(error.code).toBe('invalid_message');
    expect(error.cause).toBeInstanceOf(SyntaxError);
  });
});
