import { MemAddress, memClient, memServer } from '../../lib/address/mem-address.js';
import { refusal } from '../support/messages.js';

describe('memServer', () => {
  it('takes a name, or nothing for a free one', () => {
    expect([memServer('inner').toString(), memServer().toString()]).toEqual(['mem|inner', 'mem|']);
    expect(memServer('inner')).toMatchObject({ kind: 'mem', side: 'server', name: 'inner' });
  });
});

describe('memClient', () => {
  it('takes a name', () => {
    expect(memClient('a b|c').toString()).toBe('mem|a b|c');
    expect(memClient('inner')).toMatchObject({ kind: 'mem', side: 'client', name: 'inner' });
  });

  it('refuses an empty name: there is nothing to connect to', () => {
    expect(refusal(() => memClient(''))).toMatchObject({ status: 13, code: 'invalid_address' });
  });
});

describe.each([
  ['memServer', memServer],
  ['memClient', memClient],
])('%s', (_, make) => {
  it.each(['a\r\nb', 'a\n', ' a', 'a\t', 7, null])('refuses %p with invalid_address', name => {
    expect(refusal(() => make(name as string)).code).toBe('invalid_address');
  });
});

describe('the text behind mem|', () => {
  it('is the name', () => {
    expect(MemAddress.parse('server', '').name).toBe('');
    expect(MemAddress.parse('client', 'a|b').name).toBe('a|b');
  });
});
