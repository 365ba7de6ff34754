import {
  BODY_LENGTH_AT,
  CHANNEL_AT,
  HEADER_BYTES,
  HEADERS_LENGTH_AT,
  ID_HIGH_AT,
  ID_LOW_AT,
  PROTO_AT,
  read16,
  read32,
  STATUS_AT,
  write16,
  write32,
} from '../../lib/wire/layout.js';

describe('the layout of a header', () => {
  it('is that of protocol.md section 1', () => {
    expect({
      channel: CHANNEL_AT,
      proto: PROTO_AT,
      status: STATUS_AT,
      idHigh: ID_HIGH_AT,
      idLow: ID_LOW_AT,
      headersLength: HEADERS_LENGTH_AT,
      bodyLength: BODY_LENGTH_AT,
      whole: HEADER_BYTES,
    }).toEqual({
      channel: 0,
      proto: 2,
      status: 3,
      idHigh: 4,
      idLow: 8,
      headersLength: 12,
      bodyLength: 14,
      whole: 16,
    });
  });
});

describe('an integer', () => {
  it.each([
    [0, '0000'],
    [1, '0001'],
    [0x0102, '0102'],
    [0x8000, '8000'],
    [0xffff, 'ffff'],
  ])('of 16 bits, %i, is big-endian: %s', (value, hex) => {
    const bytes = Buffer.alloc(4, 0xee);
    write16(bytes, 1, value);
    expect(bytes.toString('hex')).toBe(`ee${hex}ee`);
    expect(read16(bytes, 1)).toBe(value);
  });

  it.each([
    [0, '00000000'],
    [1, '00000001'],
    [0x0102_0304, '01020304'],
    [0x7fff_ffff, '7fffffff'],
    [0x8000_0000, '80000000'],
    [0xffff_ffff, 'ffffffff'],
  ])('of 32 bits, %i, is big-endian and unsigned: %s', (value, hex) => {
    const bytes = Buffer.alloc(6, 0xee);
    write32(bytes, 1, value);
    expect(bytes.toString('hex')).toBe(`ee${hex}ee`);
    expect(read32(bytes, 1)).toBe(value);
  });
});
