import { UdsAddress, udsClient, udsServer } from '../../lib/address/uds-address.js';
import { refusal } from '../support/messages.js';

/** 107 bytes, the most that a socket path holds. */
const LONGEST = '/'.padEnd(107, 'p');

describe('udsServer', () => {
  it.each<[string, UdsAddress, string]>([
    ['a path', udsServer('/tmp/app.sock'), 'uds|/tmp/app.sock'],
    ['nothing: a free path', udsServer(), 'uds|'],
    ['a path with spaces and bars', udsServer('/tmp/my app|1.sock'), 'uds|/tmp/my app|1.sock'],
    ['a path of 107 bytes', udsServer(LONGEST), `uds|${LONGEST}`],
  ])('takes %s', (_, address, text) => {
    expect([address.toString(), address.side, address.kind]).toEqual([text, 'server', 'uds']);
  });
});

describe('udsClient', () => {
  it.each(['/tmp/app.sock', './app.sock', LONGEST])('takes %p', path => {
    const address = udsClient(path);
    expect([address.toString(), address.path, address.side]).toEqual([`uds|${path}`, path, 'client']);
  });

  it('refuses an empty path: there is nothing to connect to', () => {
    expect(refusal(() => udsClient(''))).toMatchObject({ status: 13, code: 'invalid_address' });
  });
});

describe.each([
  ['udsServer', udsServer],
  ['udsClient', udsClient],
])('%s', (_, make) => {
  it.each([
    ['a path of 108 bytes', LONGEST + 'p'],
    ['a path of 108 bytes in fewer characters', `/${'ü'.repeat(53)}p`],
    ['a path with NUL', '/tmp/a\0b'],
    ['a path with CRLF', '/tmp/a\r\nb'],
    ['a path that is no string', 7],
  ])('refuses %s with invalid_address', (__, path) => {
    expect(refusal(() => make(path as string)).code).toBe('invalid_address');
  });
});

describe('the text behind uds|', () => {
  it('is the path', () => {
    expect(UdsAddress.parse('client', '/tmp/a|b.sock').path).toBe('/tmp/a|b.sock');
  });

  it('may be empty for a server only', () => {
    expect(UdsAddress.parse('server', '').path).toBe('');
    expect(refusal(() => UdsAddress.parse('client', '')).code).toBe('invalid_address');
  });
});
