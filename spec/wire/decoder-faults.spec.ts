import { Decoded, FrameDecoder } from '../../lib/wire/decoder.js';
import { cut, decodeAll } from '../support/wire-frames.js';

const LEGAL = '00010000000000000000000100000000';

/** Headers that no peer may send (protocol.md section 10), as literal hex. */
const ILLEGAL: [string, string, RegExp][] = [
  ['opCode 10', '00010a00000000000000000100000000', /opCode 10\b/],
  ['opCode 11', '00010b00000000000000000100000000', /opCode 11\b/],
  ['opCode 12', '00010c00000000000000000100000000', /opCode 12\b/],
  ['opCode 13', '00010d00000000000000000100000000', /opCode 13\b/],
  ['opCode 14', '00010e00000000000000000100000000', /opCode 14\b/],
  ['opCode 15', '00010f00000000000000000100000000', /opCode 15\b/],
  ['a ByeSignal', '00010700000000000000000100000000', /ByeSignal/],
  ['a WelcomeRequest', '00010800000000000000000100000000', /WelcomeRequest/],
  ['a WelcomeResponse', '00010900000000000000000100000000', /WelcomeResponse/],
  ['origin engine', '00011200000000000000000100000000', /origin/],
  ['internal B', '00018200000000000000000100000000', /internal.*B/],
  ['status 22', '00010216000000000000000100000000', /status 22\b/],
  ['more on a HelloRequest', '00012300000000000000000100000000', /more.*HelloRequest/],
  ['more on a HelloResponse', '00012400000000000000000100000000', /more.*HelloResponse/],
  ['more on a ByeRequest', '00012500000000000000000100000000', /more.*ByeRequest/],
  ['more on a ByeResponse', '00012600000000000000000100000000', /more.*ByeResponse/],
  ['a Response with message_id 0', '00010100000000000000000000000000', /Response.*message_id 0/],
  ['a HelloRequest with message_id 0', '00010300000000000000000000000000', /HelloRequest.*message_id 0/],
  ['a HelloResponse with message_id 0', '00010400000000000000000000000000', /HelloResponse.*message_id 0/],
  ['a ByeRequest with message_id 0', '00010500000000000000000000000000', /ByeRequest.*message_id 0/],
  ['a ByeResponse with message_id 0', '00010600000000000000000000000000', /ByeResponse.*message_id 0/],
];

function bytes(...hex: string[]): Buffer {
  return Buffer.from(hex.join(''), 'hex');
}

describe('an illegal header', () => {
  it.each(ILLEGAL)('with %s, %s, ends the reading and is named', (_, hex, name) => {
    const decoder = new FrameDecoder();
    expect(decodeAll(decoder, [bytes(hex)])).toEqual({ frames: [], last: Decoded.illegal });
    expect(decoder.fault()).toMatch(name);
  });

  it.each(ILLEGAL)('with %s, cut, is found at its 16th byte', (_, hex, name) => {
    const decoder = new FrameDecoder();
    const [first, last] = cut(bytes(hex), 15) as [Buffer, Buffer];
    expect(decodeAll(decoder, [first]).last).toBe(Decoded.needMore);
    expect(decodeAll(decoder, [last]).last).toBe(Decoded.illegal);
    expect(decoder.fault()).toMatch(name);
  });

  it('is found before its payload has come', () => {
    const decoder = new FrameDecoder();
    expect(decodeAll(decoder, [bytes('00011200000000000000000bffffffff')]).last).toBe(Decoded.illegal);
    expect(decoder.isMidFrame()).toBe(false);
  });

  it('leaves the legal frames before it to be read, and nothing behind it', () => {
    const decoder = new FrameDecoder();
    const { frames, last } = decodeAll(decoder, [bytes(LEGAL, LEGAL, ILLEGAL[0]?.[1] ?? '', LEGAL)]);
    expect([frames.length, last]).toEqual([2, Decoded.illegal]);
  });
});

describe('a decoder after a fault', () => {
  it('is of no further use, while another goes on', () => {
    const broken = new FrameDecoder();
    const other = new FrameDecoder();
    other.feed(bytes(LEGAL.slice(0, 20)));
    expect(other.next()).toBe(Decoded.needMore);
    expect(decodeAll(broken, [bytes(ILLEGAL[0]?.[1] ?? '')]).last).toBe(Decoded.illegal);
    for (let again = 0; again < 3; again++) {
      expect(broken.next()).toBe(Decoded.illegal);
      expect(decodeAll(broken, [bytes(LEGAL)])).toEqual({ frames: [], last: Decoded.illegal });
    }
    expect(broken.fault()).toMatch(/opCode 10\b/);
    expect(decodeAll(other, [bytes(LEGAL.slice(20)), bytes(LEGAL)]).frames).toHaveLength(2);
  });
});
