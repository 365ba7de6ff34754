import { readAddress } from '../../cli/address.js';
import { UsageError } from '../../cli/exit-status.js';

describe('an address of the command line', () => {
  it.each([
    ['tcp|127.0.0.1|7099', 'tcp|127.0.0.1|7099'],
    ['tcp:127.0.0.1:7099', 'tcp|127.0.0.1|7099'],
    ['tcp:example.org:1', 'tcp|example.org|1'],
    ['tcp|::1|7099', 'tcp|::1|7099'],
    ['tcp:[::1]:7099', 'tcp|::1|7099'],
    ['tcp:::1:7099', 'tcp|::1|7099'],
    ['tcp||7099', 'tcp|127.0.0.1|7099'],
    ['tcp::7099', 'tcp|127.0.0.1|7099'],
    ['uds|/tmp/app.sock', 'uds|/tmp/app.sock'],
    ['uds:/tmp/app.sock', 'uds|/tmp/app.sock'],
    ['uds:relative:path|', 'uds|relative:path|'],
  ])('%s means %s to a client', (text, header) => {
    expect(readAddress(text, 'client').toString()).toBe(header);
  });

  it.each([
    ['tcp||7099', 'tcp||7099'],
    ['tcp::0', 'tcp||0'],
    ['tcp:0.0.0.0:7099', 'tcp|0.0.0.0|7099'],
    ['uds|', 'uds|'],
    ['uds:', 'uds|'],
  ])('%s means %s to a listener', (text, header) => {
    expect(readAddress(text, 'server').toString()).toBe(header);
  });

  it.each([
    '',
    'tcp',
    'uds',
    'tcp|host',
    'tcp:host:',
    'tcp:host:99999',
    'tcp:host:0',
    'tcp|a|b|1',
    'TCP:a:1',
    'uds|',
    'mem|x',
    '127.0.0.1:7099',
    `uds:${'x'.repeat(108)}`,
  ])('%j is wrong use by a client', text => {
    expect(() => readAddress(text, 'client')).toThrow(UsageError);
    expect(() => readAddress(text, 'client')).toThrow(/^ADDRESS/);
  });
});
