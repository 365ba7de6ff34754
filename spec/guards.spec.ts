import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/** Folders of spec/ whose files are not specs themselves: helpers, recorded bytes, type assertions. */
const NOT_SPECS = ['support', 'golden', 'types'];

const root = dirname(__dirname);
const libDirectory = join(root, 'lib');

function listFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

const files = listFiles(__dirname);
const specs = files.filter(file => file.endsWith('.spec.ts'));

describe('the spec folder', () => {
  it('holds only *.spec.ts files outside support, golden and types', () => {
    const inHelperFolder = (file: string): boolean =>
      NOT_SPECS.some(name => file.startsWith(`spec/${name}/`));
    expect(files.filter(file => !file.endsWith('.spec.ts') && !inHelperFolder(file))).toEqual([]);
  });

  it('is run whole: jest lists every spec file', () => {
    const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
    const answer = execFileSync(process.execPath, [jest, '--listTests', '--json'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const listed = (JSON.parse(answer) as string[]).map(file => relative(root, file).split(sep).join('/'));
    expect(listed.sort()).toEqual(specs);
  });

  it.each(specs)('focuses and leaves out nothing in %s', file => {
    const text = readFileSync(join(root, file), 'utf8');
    expect(text).not.toMatch(/\b(?:describe|it|test)(?:\.\w+)*\.(?:only|skip)\b/);
    expect(text).not.toMatch(/\b(?:fdescribe|fit|xdescribe|xit|xtest)\b\s*[(.`]/);
  });
});

describe('the map of the library', () => {
  const rooms = readdirSync(libDirectory, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name);

  it('has rooms to map', () => {
    expect(rooms).not.toEqual([]);
  });

  it.each(rooms)('mentions the room %s/ in lib/README.md', room => {
    const map = readFileSync(join(libDirectory, 'README.md'), 'utf8');
    expect(map).toMatch(new RegExp(`(?:^|[^\\w-])${room}(?:/|\`)`, 'm'));
  });
});
