import {
  grantHeaders,
  grantOf,
  Toll,
  tollOfFrame,
  tollOfSignal,
  windowOf,
} from '../../lib/engine/credit-headers.js';
import { OpCode } from '../../lib/index.js';
import { Decoded, FrameDecoder } from '../../lib/wire/decoder.js';
import { frame, type FrameFields } from '../support/frames.js';
import { readMessage } from '../support/messages.js';

/** A decoder with this frame at hand, bytes of others before it. */
function atHand(fields: FrameFields): FrameDecoder {
  const decoder = new FrameDecoder();
  decoder.feed(Buffer.concat([frame({ id: 1, headers: 'rx-credit:99\r\n' }), frame(fields)]));
  expect(decoder.next()).toBe(Decoded.frame);
  decoder.consume();
  expect(decoder.next()).toBe(Decoded.frame);
  return decoder;
}

/** What a grant may say, and what it says. */
const COUNTS: [value: string, count: number][] = [
  ['1', 1],
  ['64', 64],
  ['2147483647', 2 ** 31 - 1],
  ['007', 7],
  ['0', NaN],
  ['-1', NaN],
  ['+1', NaN],
  ['1.5', NaN],
  ['1e3', NaN],
  ['0x10', NaN],
  ['', NaN],
  ['abc', NaN],
  ['64 64', NaN],
  ['2147483648', NaN],
  ['4294967297', NaN],
  ['99999999999', NaN],
  ['1'.repeat(400), NaN],
  ['Infinity', NaN],
  ['NaN', NaN],
  ['٣', NaN],
];

describe('a grant', () => {
  it.each(COUNTS)('of %j is %d', (value, count) => {
    expect(grantOf(atHand({ opCode: OpCode.Signal, headers: `rx-credit:${value}\r\n` }))).toBe(count);
  });

  it('is trimmed as all header values are', () => {
    expect(grantOf(atHand({ opCode: OpCode.Signal, headers: 'rx-credit: \t32 \r\n' }))).toBe(32);
  });

  it('is the first where there are two', () => {
    expect(grantOf(atHand({ opCode: OpCode.Signal, headers: 'rx-credit:5\r\nrx-credit:9\r\n' }))).toBe(5);
    expect(grantOf(atHand({ opCode: OpCode.Signal, headers: 'rx-credit:\r\nrx-credit:9\r\n' }))).toBeNaN();
  });
});

describe('a grant as it is written', () => {
  it.each([1, 64, 2_457, 2_147_483_647])('of %d is read as that', count => {
    const headers = grantHeaders(count).toString('latin1');
    expect(headers).toBe(`rx-credit:${String(count)}\r\n`);
    const frame = atHand({ opCode: OpCode.Signal, headers });
    expect(tollOfFrame(frame)).toBe(Toll.credit);
    expect(grantOf(frame)).toBe(count);
  });

  it.each(['rx-credit:64', 'rx-credit:64\r\nx:1\r\n', 'x:1\r\nrx-credit:64\r\n', 'rx-credit:64 \r\n'])(
    'is not the only one that is read: %j',
    headers => {
      const frame = atHand({ opCode: OpCode.Signal, headers });
      expect(tollOfFrame(frame)).toBe(Toll.credit);
      expect(grantOf(frame)).toBe(64);
    },
  );

  it.each(['rx-credjt:64\r\n', 'rx-credit;64\r\n', 'RX-CREDIT:6\r\n'])('is not %j', headers => {
    expect(tollOfFrame(atHand({ opCode: OpCode.Signal, headers }))).toBe(Toll.one);
  });
});

describe('a window', () => {
  it.each(COUNTS)('of %j is %d', (value, count) => {
    expect(windowOf(readMessage({ headers: `a:b\r\nrx-window:${value}\r\n` }).textHeaders)).toBe(count);
  });

  it('is none where the hello has no such header', () => {
    expect(windowOf(readMessage({ headers: 'Rx-Window:64\r\nrx-windows:64\r\n' }).textHeaders)).toBeNaN();
  });
});

describe('what a message costs', () => {
  it.each<[string, FrameFields, Toll]>([
    ['a Request', { opCode: OpCode.Request }, Toll.one],
    ['a Response', { opCode: OpCode.Response, id: 1 }, Toll.one],
    ['a Signal', { opCode: OpCode.Signal }, Toll.one],
    ['a Signal with other headers', { opCode: OpCode.Signal, headers: 'rx-creditor:1\r\na:b\r\n' }, Toll.one],
    ['a Request with rx-credit', { opCode: OpCode.Request, headers: 'rx-credit:1\r\n' }, Toll.one],
    ['a Response with rx-cancel', { opCode: OpCode.Response, id: 1, headers: 'rx-cancel:1\r\n' }, Toll.one],
    ['a Signal with rx-cancel', { opCode: OpCode.Signal, headers: 'a:b\r\nrx-cancel:1\r\n' }, Toll.cancel],
    ['a Signal with rx-heartbeat', { opCode: OpCode.Signal, headers: 'rx-heartbeat:1\r\n' }, Toll.heartbeat],
    ['a Signal with rx-credit', { opCode: OpCode.Signal, headers: 'rx-credit:1\r\n' }, Toll.credit],
    ['a Signal with rx-credit of nothing', { opCode: OpCode.Signal, headers: 'rx-credit:\r\n' }, Toll.credit],
    [
      'a Signal with all of them',
      { opCode: OpCode.Signal, headers: 'rx-heartbeat:1\r\nrx-cancel:1\r\nrx-credit:1\r\n' },
      Toll.credit,
    ],
    ['a HelloRequest', { opCode: OpCode.HelloRequest, id: 1, headers: 'rx-window:64\r\n' }, Toll.none],
    ['a HelloResponse', { opCode: OpCode.HelloResponse, id: 1 }, Toll.none],
    ['a ByeRequest', { opCode: OpCode.ByeRequest, id: 1 }, Toll.none],
    ['a ByeResponse', { opCode: OpCode.ByeResponse, id: 1 }, Toll.none],
  ])('%s', (_name, fields, toll) => {
    expect(tollOfFrame(atHand(fields))).toBe(toll);
    if (fields.opCode === OpCode.Signal) {
      expect(tollOfSignal(readMessage({ headers: fields.headers ?? '' }).textHeaders)).toBe(toll);
    }
  });
});
