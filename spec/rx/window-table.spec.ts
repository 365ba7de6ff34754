import { OpCode } from '../../lib/index.js';
import { MORE_BIT } from '../../lib/message/proto-byte.js';
import { idKey, WindowTable } from '../../lib/rx/window-table.js';

const { Request, Response, Signal } = OpCode;

describe('idKey', () => {
  it('tells 64-bit ids apart, also where a number can not', () => {
    const ids = [
      [0, 0],
      [0, 1],
      [0, 0xffff_ffff],
      [1, 0],
      [1, 0xffff_ffff],
      [0x1f_ffff, 0xffff_ffff],
      [0x20_0000, 0],
      [0x20_0000, 1],
      [0xffff_ffff, 0xffff_fffe],
      [0xffff_ffff, 0xffff_ffff],
    ] as const;
    expect(new Set(ids.map(([high, low]) => idKey(high, low))).size).toBe(ids.length);
  });

  it('is a number below 2^53', () => {
    expect(idKey(0x1f_ffff, 0xffff_ffff)).toBe(Number.MAX_SAFE_INTEGER);
    expect(typeof idKey(0x20_0000, 0)).toBe('string');
  });
});

describe('WindowTable', () => {
  it('finds what is open by channel, role and both halves of the id', () => {
    const table = new WindowTable<string>();
    table.set(1, Request, 0, 5, 'request');
    table.set(1, Response, 0, 5, 'response');
    table.set(1, Signal, 0, 5, 'signal');
    table.set(2, Request, 0, 5, 'channel 2');
    table.set(1, Request, 5, 0, 'high');
    expect(table.get(1, Request, 0, 5)).toBe('request');
    expect(table.get(1, Response, 0, 5)).toBe('response');
    expect(table.get(1, Signal, 0, 5)).toBe('signal');
    expect(table.get(2, Request, 0, 5)).toBe('channel 2');
    expect(table.get(1, Request, 5, 0)).toBe('high');
    expect(table.get(2, Response, 0, 5)).toBeUndefined();
    expect(table.get(3, Request, 0, 5)).toBeUndefined();
  });

  it('finds it whether or not more follows', () => {
    const table = new WindowTable<string>();
    table.set(1, Request | MORE_BIT, 0, 5, 'open');
    expect(table.get(1, Request, 0, 5)).toBe('open');
    table.delete(1, Request, 0, 5);
    expect(table.get(1, Request | MORE_BIT, 0, 5)).toBeUndefined();
  });

  it('counts what is open on a channel, and not ids that are only taken', () => {
    const table = new WindowTable<string>();
    expect(table.openOn(1)).toBe(0);
    table.set(1, Request, 0, 1, 'a');
    table.set(1, Response, 0, 1, 'b');
    table.set(1, Request, 0, 2, null);
    table.set(2, Request, 0, 1, 'c');
    expect(table.openOn(1)).toBe(2);
    expect(table.get(1, Request, 0, 2)).toBeNull();
    table.delete(1, Request, 0, 2);
    table.delete(1, Request, 0, 99);
    table.delete(9, Request, 0, 1);
    expect(table.openOn(1)).toBe(2);
    table.delete(1, Request, 0, 1);
    expect(table.openOn(1)).toBe(1);
    expect(table.openOn(2)).toBe(1);
  });

  it('counts ids that are only taken on a channel, for themselves', () => {
    const table = new WindowTable<string>();
    expect(table.takenOn(1)).toBe(0);
    table.set(1, Request, 0, 1, 'a');
    table.set(1, Request, 0, 2, null);
    table.set(1, Signal, 0, 2, null);
    table.set(2, Request, 0, 2, null);
    expect(table.takenOn(1)).toBe(2);
    table.delete(1, Request, 0, 2);
    table.delete(1, Request, 0, 2);
    table.delete(1, Request, 0, 1);
    expect([table.takenOn(1), table.takenOn(2)]).toEqual([1, 1]);
    table.deleteChannel(1);
    expect(table.takenOn(1)).toBe(0);
  });

  it('forgets a channel, and says what was open on it', () => {
    const table = new WindowTable<string>();
    table.set(1, Request, 0, 1, 'a');
    table.set(1, Signal, 0xffff_ffff, 1, 'b');
    table.set(1, Request, 0, 2, null);
    table.set(2, Request, 0, 1, 'c');
    expect(table.deleteChannel(1).sort()).toEqual(['a', 'b']);
    expect(table.deleteChannel(1)).toEqual([]);
    expect(table.openOn(1)).toBe(0);
    expect(table.get(1, Request, 0, 2)).toBeUndefined();
    expect(table.get(2, Request, 0, 1)).toBe('c');
  });

  it('forgets everything, and says what was open', () => {
    const table = new WindowTable<string>();
    table.set(1, Request, 0, 1, 'a');
    table.set(2, Request, 0, 1, 'b');
    table.set(2, Request, 0, 2, null);
    expect(table.clear().sort()).toEqual(['a', 'b']);
    expect(table.clear()).toEqual([]);
  });

  it('looks for one that is open on a channel', () => {
    const table = new WindowTable<string>();
    table.set(1, Request, 0, 1, 'a');
    table.set(1, Signal, 0, 1, 'b');
    table.set(2, Signal, 0, 1, 'c');
    table.set(2, Signal, 0, 2, null);
    expect(table.someOn(1, open => open === 'b')).toBe(true);
    expect(table.someOn(1, open => open === 'c')).toBe(false);
    expect(table.someOn(3, () => true)).toBe(false);
  });
});
