import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rxtofu } from '../support/command.js';

const NOWHERE = 'uds:/nowhere';

describe('wrong use', () => {
  it.each([
    [[], 'rxtofu: COMMAND is missing'],
    [['sing'], 'rxtofu: "sing" is no command'],
    [['--loud'], "rxtofu: unknown option '--loud'"],
    [['listen'], 'rxtofu listen: ADDRESS is missing'],
    [['send', NOWHERE, 'again'], 'rxtofu send: "again" is too much: one ADDRESS is all that is taken'],
    [['send', 'nowhere'], 'rxtofu send: ADDRESS "nowhere" is none of tcp|host|port and uds|path'],
    [['send', 'tcp:7099'], 'rxtofu send: ADDRESS "tcp:7099" is not tcp:host:port'],
    [['send', 'tcp|localhost|0'], 'rxtofu send: ADDRESS: port 0 is no integer of 1..65535'],
    [['listen', 'mem|name'], 'rxtofu listen: ADDRESS "mem|name" reaches nothing outside its process'],
    [['send', NOWHERE, '--loud'], "rxtofu send: unknown option '--loud'"],
    [['send', NOWHERE, '--json=yes'], "rxtofu send: Option '--json' does not take an argument"],
    [['send', NOWHERE, '--body'], "rxtofu send: Option '--body <value>' argument missing"],
    [['send', NOWHERE, '--header', 'name'], 'rxtofu send: --header "name" is not name=value'],
    [['send', NOWHERE, '--header', '=value'], 'rxtofu send: --header "=value" has no name'],
    [['send', NOWHERE, '--header', 'name='], 'rxtofu send: --header "name=" has no value'],
    [
      ['send', NOWHERE, '--header', 'rx-end=1'],
      'rxtofu send: --header "rx-end=1" begins with rx-, which is reserved',
    ],
    [
      ['send', NOWHERE, '--header', 'a:b=1'],
      'rxtofu send: --header "a:b=1" holds a line break, or a colon in its name',
    ],
    [
      ['send', NOWHERE, '--header', 'name\n=1'],
      'rxtofu send: --header "name\\n=1" holds a line break, or a colon in its name',
    ],
    [['send', NOWHERE, '--body', 'a', '--body', 'b'], 'rxtofu send: --body is given more than once'],
    [
      ['send', NOWHERE, '--body', '--json'],
      'rxtofu send: --body has no value; one that begins with - is written --body=VALUE',
    ],
    [
      ['ping', NOWHERE, '--count', '-1'],
      'rxtofu ping: --count has no value; one that begins with - is written --count=VALUE',
    ],
    [['ping', NOWHERE, '--count=-1'], 'rxtofu ping: --count "-1" is no whole number of 1..1000000'],
    [['send', NOWHERE, '--body', '@/nowhere'], "rxtofu send: --body @/nowhere can't be read: ENOENT"],
    [
      ['send', NOWHERE, '--timeout', 'soon'],
      'rxtofu send: --timeout "soon" is no whole number of 0..2147483647',
    ],
    [['ping', NOWHERE, '--count', '0'], 'rxtofu ping: --count "0" is no whole number of 1..1000000'],
    [['ping', NOWHERE, '--count', '1.5'], 'rxtofu ping: --count "1.5" is no whole number of 1..1000000'],
    [['bench', NOWHERE, '--seconds', '0'], 'rxtofu bench: --seconds "0" is no number of 0.1..3600'],
    [
      ['bench', NOWHERE, '--in-flight', '99999'],
      'rxtofu bench: --in-flight "99999" is no whole number of 1..16384',
    ],
    [['bench', NOWHERE, '--size', '65536'], 'rxtofu bench: --size "65536" is no whole number of 0..65535'],
  ])('%j ends with 2, and names what is wrong in at most six lines', async (args, line) => {
    const { status, stdout, stderr } = await rxtofu(...args);
    const [first, ...more] = stderr.trimEnd().split('\n');
    expect(first?.startsWith(line)).toBe(true);
    expect(more).toEqual([
      expect.stringMatching(/^usage: rxtofu /),
      expect.stringMatching(/--help` tells more$/),
    ]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  it('is a folder for a body', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rxtofu-'));
    try {
      const { status, stderr } = await rxtofu('send', NOWHERE, '--body', `@${folder}`);
      expect(status).toBe(2);
      expect(stderr).toContain(`rxtofu send: --body @${folder} is a folder\n`);
    } finally {
      rmdirSync(folder);
    }
  });
});
