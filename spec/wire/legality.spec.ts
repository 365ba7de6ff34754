import { headerFault, isLegalHeader } from '../../lib/wire/legality.js';

/** proto, status, id. */
type Header = [proto: number, status: number, id: bigint];

function faultOf([proto, status, id]: Header): string | null {
  const [high, low] = [Number(id >> 32n), Number(id & 0xffff_ffffn)];
  const fault = headerFault(proto, status, high, low);
  expect(isLegalHeader(proto, status, high, low)).toBe(fault === null);
  return fault;
}

describe('a header from the wire', () => {
  it.each<[string, Header]>([
    ['a Request', [0x00, 0, 1n]],
    ['a Response', [0x01, 0, 1n]],
    ['a Signal', [0x02, 0, 1n]],
    ['a HelloRequest', [0x03, 0, 1n]],
    ['a HelloResponse', [0x04, 0, 1n]],
    ['a ByeRequest', [0x05, 0, 1n]],
    ['a ByeResponse', [0x06, 0, 1n]],
    ['`more` on a Request', [0x20, 0, 1n]],
    ['`more` on a Response', [0x21, 0, 1n]],
    ['`more` on a Signal', [0x22, 0, 1n]],
    ['bit A', [0x42, 0, 1n]],
    ['bit A on a HelloRequest', [0x43, 0, 1n]],
    ['bit A with `more`', [0x60, 0, 1n]],
    ['id 0 on a Request', [0x00, 0, 0n]],
    ['id 0 on a Signal', [0x02, 0, 0n]],
    ['id 2^64-1', [0x01, 0, 2n ** 64n - 1n]],
    ['an id with an upper half alone', [0x01, 0, 2n ** 63n]],
  ])('may have %s', (_, header) => {
    expect(faultOf(header)).toBeNull();
  });

  it.each<[string, Header, RegExp]>([
    ['opCode 10', [0x0a, 0, 1n], /opCode 10\b/],
    ['opCode 15', [0x0f, 0, 1n], /opCode 15\b/],
    ['opCode 10 with id 0', [0x0a, 0, 0n], /opCode 10\b/],
    ['a ByeSignal', [0x07, 0, 1n], /ByeSignal/],
    ['a WelcomeRequest', [0x08, 0, 1n], /WelcomeRequest/],
    ['a WelcomeResponse', [0x09, 0, 1n], /WelcomeResponse/],
    ['origin engine', [0x12, 0, 1n], /origin/],
    ['internal B', [0x80, 0, 1n], /internal.*B/],
    ['status 1', [0x00, 1, 1n], /status 1\b/],
    ['status 255', [0x02, 255, 1n], /status 255\b/],
    ['`more` on a HelloRequest', [0x23, 0, 1n], /more.*HelloRequest/],
    ['`more` on a HelloResponse', [0x24, 0, 1n], /more.*HelloResponse/],
    ['`more` on a ByeRequest', [0x25, 0, 1n], /more.*ByeRequest/],
    ['`more` on a ByeResponse', [0x26, 0, 1n], /more.*ByeResponse/],
    ['a Response with id 0', [0x01, 0, 0n], /Response.*message_id 0/],
    ['a HelloRequest with id 0', [0x03, 0, 0n], /HelloRequest.*message_id 0/],
    ['a HelloResponse with id 0', [0x04, 0, 0n], /HelloResponse.*message_id 0/],
    ['a ByeRequest with id 0', [0x05, 0, 0n], /ByeRequest.*message_id 0/],
    ['a ByeResponse with id 0', [0x06, 0, 0n], /ByeResponse.*message_id 0/],
  ])('may not have %s, and the fault names it', (_, header, name) => {
    expect(faultOf(header)).toMatch(name);
  });

  it('is legal for these proto bytes and no others', () => {
    const legal = Array.from({ length: 256 }, (_, proto) => proto).filter(p => faultOf([p, 0, 1n]) === null);
    const once = [0, 1, 2, 3, 4, 5, 6, 0x20, 0x21, 0x22];
    expect(legal).toEqual([...once, ...once.map(proto => proto | 0x40)].sort((a, b) => a - b));
  });
});
