import { TcpAddress, tcpClient, tcpServer } from '../../lib/address/tcp-address.js';
import { refusal } from '../support/messages.js';

describe('tcpServer', () => {
  it.each<[string, TcpAddress, string]>([
    ['nothing: 127.0.0.1 and 7099', tcpServer(), 'tcp|127.0.0.1|7099'],
    ['all interfaces', tcpServer('0.0.0.0', 7100), 'tcp|0.0.0.0|7100'],
    ['an empty host: all interfaces', tcpServer(''), 'tcp||7099'],
    ['port 0: a free one', tcpServer('localhost', 0), 'tcp|localhost|0'],
    ['the highest port', tcpServer('127.0.0.1', 65_535), 'tcp|127.0.0.1|65535'],
    ['IPv6', tcpServer('::1', 7099), 'tcp|::1|7099'],
  ])('takes %s', (_, address, text) => {
    expect([address.toString(), address.side, address.kind]).toEqual([text, 'server', 'tcp']);
  });
});

describe('tcpClient', () => {
  it.each<[string, TcpAddress, string]>([
    ['nothing: 127.0.0.1 and 7099', tcpClient(), 'tcp|127.0.0.1|7099'],
    ['an empty host: 127.0.0.1', tcpClient('', 80), 'tcp|127.0.0.1|80'],
    ['a name', tcpClient('example.org', 1), 'tcp|example.org|1'],
    ['IPv6 with a zone', tcpClient('fe80::1%eth0', 65_535), 'tcp|fe80::1%eth0|65535'],
  ])('takes %s', (_, address, text) => {
    expect([address.toString(), address.side, address.kind]).toEqual([text, 'client', 'tcp']);
  });

  it('refuses port 0: there is nothing to connect to', () => {
    expect(refusal(() => tcpClient('127.0.0.1', 0))).toMatchObject({ status: 13, code: 'invalid_address' });
  });
});

describe.each([
  ['tcpServer', tcpServer],
  ['tcpClient', tcpClient],
])('%s', (_, make) => {
  it.each([-1, 65_536, 1.5, NaN, '80', null])('refuses port %p with invalid_address', port => {
    expect(refusal(() => make('127.0.0.1', port as number)).code).toBe('invalid_address');
  });

  it.each(['a b', 'a|b', 'a\r\nb', 'a\tb', 7, null])('refuses host %p with invalid_address', host => {
    expect(refusal(() => make(host as string, 80)).code).toBe('invalid_address');
  });
});

describe('the text behind tcp|', () => {
  it.each([
    ['127.0.0.1|7099', '127.0.0.1', 7099],
    ['|7099', '', 7099],
    ['0.0.0.0|0', '0.0.0.0', 0],
    ['::1|80', '::1', 80],
  ])('%p is a server address', (text, host, port) => {
    expect(TcpAddress.parse('server', text)).toMatchObject({ host, port, side: 'server' });
  });

  it.each([
    '',
    '127.0.0.1',
    '127.0.0.1|',
    '127.0.0.1|port',
    '127.0.0.1|65536',
    '127.0.0.1|-1',
    '127.0.0.1| 80',
    '127.0.0.1|80|',
    '127.0.0.1|80|more',
    '127.0.0.1|1e3',
    'a b|80',
  ])('%p is none', text => {
    expect(refusal(() => TcpAddress.parse('server', text)).code).toBe('invalid_address');
  });
});
