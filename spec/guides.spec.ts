import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Status, statusName } from '../lib/index.js';

const root = dirname(__dirname);
const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');
const guides = readdirSync(join(root, 'docs', 'guides')).filter(file => file.endsWith('.md'));

describe('the guides', () => {
  it('are all in their index and in the README', () => {
    expect(guides.length).toBeGreaterThanOrEqual(11);
    const index = read('docs', 'README.md');
    const readme = read('README.md');
    expect(guides.filter(file => !index.includes(`(guides/${file})`))).toEqual([]);
    expect(guides.filter(file => !readme.includes(`(docs/guides/${file})`))).toEqual([]);
  });

  it('are all on the site', () => {
    const { projectDocuments } = JSON.parse(read('typedoc.json')) as { projectDocuments: string[] };
    expect(projectDocuments).toEqual(expect.arrayContaining(guides.map(file => `docs/guides/${file}`)));
  });

  it('say of every status when it comes, and what to do', () => {
    const rows = [...read('docs', 'guides', 'errors-and-statuses.md').matchAll(/^\| (\d+) .*$/gm)].map(
      ([row]) => row.split('|').map(cell => cell.trim()),
    );
    expect(rows.map(([, n]) => Number(n))).toEqual(Object.values(Status));
    for (const [, n, name, when, what] of rows) {
      expect(name).toBe(`\`${statusName(Number(n))}\``);
      expect(when).not.toBe('');
      expect(what).not.toBe('');
    }
  });
});
