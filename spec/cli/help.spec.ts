import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rxtofu } from '../support/command.js';

const root = dirname(dirname(__dirname));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  bin: Record<string, string>;
  dependencies?: unknown;
};

const COMMANDS: Record<string, string[]> = {
  listen: ['--quiet', '--json', '--help'],
  send: ['--header', '--body', '--timeout', '--json', '--help'],
  ping: ['--count', '--timeout', '--json', '--help'],
  bench: ['--seconds', '--in-flight', '--size', '--timeout', '--json', '--help'],
};

describe('help', () => {
  it.each([['--help'], ['-h']])('lists every command at %s, and ends with 0', async flag => {
    const { status, stdout, stderr } = await rxtofu(flag);
    expect([...stdout.matchAll(/^ {2}([a-z]+) {2}/gm)].map(([, name]) => name)).toEqual(
      Object.keys(COMMANDS),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it.each(Object.entries(COMMANDS))('tells every flag of %s', async (command, flags) => {
    const { status, stdout, stderr } = await rxtofu(command, '--help');
    expect([...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name)).toEqual(flags);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it.each([[['--help']], [['--version']], [['send', '--help']]])(
    'ends with 1 when %j can not be written',
    args => {
      const full = openSync('/dev/full', 'w');
      const { status, stderr } = spawnSync(process.execPath, [join(root, 'dist', 'cli.js'), ...args], {
        stdio: ['ignore', full, 'pipe'],
        timeout: 20_000,
        encoding: 'utf8',
      });
      closeSync(full);
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: 'rxtofu: ENOSPC: no space left on device, write\n',
      });
    },
  );

  it.each([['--version'], ['-v']])('prints the version of the package at %s', async flag => {
    expect(await rxtofu(flag)).toEqual({ status: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });
});

describe('the package', () => {
  it('has the command line as its command, and no dependencies', () => {
    const built = join(root, manifest.bin['rxtofu'] ?? '');
    expect(existsSync(built)).toBe(true);
    expect(readFileSync(built, 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true);
    expect(manifest.dependencies).toBeUndefined();
  });

  it('holds the licence of everything that is bundled', () => {
    const licences = readFileSync(join(root, 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    const named = [...licences.matchAll(/^(\S+) \d+\.\d+\.\d+ \(MIT\)$/gm)].map(([, name]) => name);
    expect(named).toEqual([
      'ansi-regex',
      'cli-progress',
      'emoji-regex',
      'is-fullwidth-code-point',
      'string-width',
      'strip-ansi',
    ]);
    expect(licences.match(/Permission is hereby granted/g)).toHaveLength(named.length);
  });
});
