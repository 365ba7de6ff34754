import { OpCode } from '../../lib/message/op-code.js';
import { encodeFrame, frameLength, headLength, writeFrame, writeHead } from '../../lib/wire/encoder.js';
import { freshMessage, readMessage } from '../support/messages.js';

/** Every operation on channel 0x1234 with id 2, as literal hex. */
const FRAMES: [keyof typeof OpCode, string][] = [
  ['Request', '12340000000000000000000200000000'],
  ['Response', '12340100000000000000000200000000'],
  ['Signal', '12340200000000000000000200000000'],
  ['HelloRequest', '12340300000000000000000200000000'],
  ['HelloResponse', '12340400000000000000000200000000'],
  ['ByeRequest', '12340500000000000000000200000000'],
  ['ByeResponse', '12340600000000000000000200000000'],
];

describe('encodeFrame', () => {
  it.each(FRAMES)('writes a %s as %s', (name, hex) => {
    const message = freshMessage();
    message.channelNumber = 0x1234;
    message.opCode = OpCode[name];
    message.messageId = 2n;
    expect(encodeFrame(message).toString('hex')).toBe(hex);
  });

  it.each([
    ['Request', '00012000000000000000000100000000'],
    ['Response', '00012100000000000000000100000000'],
    ['Signal', '00012200000000000000000100000000'],
  ] as const)('writes `more` on a %s into bit 5', (name, hex) => {
    const message = freshMessage();
    message.channelNumber = 1;
    message.opCode = OpCode[name];
    message.messageId = 1n;
    message.more = true;
    expect(encodeFrame(message).toString('hex')).toBe(hex);
  });

  it('writes header, text headers and body one behind the other', () => {
    const message = freshMessage();
    message.channelNumber = 65_534;
    message.opCode = OpCode.Response;
    message.messageId = 0x0102_0304_0506_0708n;
    message.textHeaders.append('a', 'b');
    message.body.append('hé');
    expect(encodeFrame(message).toString('hex')).toBe(
      'fffe01000102030405060708' + '00050003' + '613a620d0a' + '68c3a9',
    );
  });

  it.each([
    [0n, '0000000000000000'],
    [1n, '0000000000000001'],
    [2n ** 32n - 1n, '00000000ffffffff'],
    [2n ** 32n, '0000000100000000'],
    [2n ** 53n + 1n, '0020000000000001'],
    [2n ** 63n, '8000000000000000'],
    [2n ** 64n - 1n, 'ffffffffffffffff'],
  ])('writes id %i as %s', (id, hex) => {
    const message = freshMessage();
    message.messageId = id;
    expect(encodeFrame(message).subarray(4, 12).toString('hex')).toBe(hex);
  });

  it('sends the out-of-band bit, and neither origin nor internal B nor status', () => {
    const message = readMessage({ channel: 1, proto: 0xf2, status: 22, idLow: 1 });
    expect(encodeFrame(message).toString('hex')).toBe('00016200000000000000000100000000');
  });

  it('writes 65535 bytes of headers and of body', () => {
    const message = freshMessage();
    message.textHeaders.append('k', 'v'.repeat(65_531));
    message.body.append(new Uint8Array(65_535).fill(7));
    const frame = encodeFrame(message);
    expect(frame.length).toBe(131_086);
    expect(frame.subarray(12, 16).toString('hex')).toBe('ffffffff');
    expect(frame.subarray(16, 18).toString()).toBe('k:');
    expect(frame.subarray(16 + 65_533, 16 + 65_536).toString('hex')).toBe('0d0a07');
    expect(frame.at(-1)).toBe(7);
  });

  it('sends what was read on byte for byte', () => {
    const headers = Buffer.from('613a20ff20', 'hex');
    const message = readMessage({ channel: 9, proto: 0x21, idLow: 3, headers, body: Uint8Array.of(0, 255) });
    const hex = '00092100000000000000000300050002613a20ff2000ff';
    expect(encodeFrame(message).toString('hex')).toBe(hex);
    expect(encodeFrame(message.clone()).toString('hex')).toBe(hex);
  });
});

describe('the lengths of a frame', () => {
  it('are those of its bytes, with and without the body', () => {
    const message = freshMessage();
    expect([headLength(message), frameLength(message)]).toEqual([16, 16]);
    message.textHeaders.append('größe', '5 €');
    message.body.append('€');
    expect([headLength(message), frameLength(message)]).toEqual([31, 34]);
    expect(encodeFrame(message)).toHaveLength(34);
  });
});

describe('writing into a larger buffer', () => {
  it('fills the frame’s own bytes alone, and says where they end', () => {
    const message = readMessage({ headers: 'a:1', body: 'text' });
    const target = Buffer.alloc(30, 0xee);
    expect(writeFrame(message, target, 3)).toBe(26);
    expect(target.subarray(3, 26)).toEqual(encodeFrame(message));
    expect([...target.subarray(0, 3), ...target.subarray(26)]).toEqual(Array(7).fill(0xee));
  });

  it('leaves the body out when only the head is asked for', () => {
    const message = readMessage({ headers: 'a:1', body: 'text' });
    const target = Buffer.alloc(30, 0xee);
    expect(writeHead(message, target, 3)).toBe(22);
    expect(target.subarray(3, 22)).toEqual(encodeFrame(message).subarray(0, 19));
    expect([...target.subarray(22)]).toEqual(Array(8).fill(0xee));
  });
});
