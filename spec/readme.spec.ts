import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createEngine, Status, statusName } from '../lib/index.js';
import { ChannelState, TRANSITIONS } from '../lib/engine/channel-state.js';
import { EVENT_NAMES } from './support/watching.js';

const root = dirname(__dirname);
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The first code block of a language. */
function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``).exec(readme);
  if (found?.[1] === undefined) throw new Error(`README has no ${language} block`);
  return found[1];
}

describe('the README', () => {
  const lines = readme.split('\n');

  it('shows both commands on its first screen', () => {
    const top = lines.slice(0, 40).join('\n');
    expect(top).toContain('npm ci && npm start');
    expect(top).toContain('npm cit');
  });

  it('opens with a program that prints HELLO and ends', () => {
    const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', block('js')], {
      cwd: root,
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(printed).toBe('HELLO\n');
    expect(lines.slice(0, 60).join('\n')).toContain(block('js'));
  });

  it('draws exactly the transitions of the channel table', () => {
    const drawn = [...block('mermaid').matchAll(/^ {2}(\w+) --> (\w+): (\w+)$/gm)].map(
      ([, from, to, event]) => `${String(from)} -${String(event)}-> ${String(to)}`,
    );
    const table = Object.values(ChannelState).flatMap(from =>
      Object.entries(TRANSITIONS[from]).map(([event, to]) => `${from} -${event}-> ${to}`),
    );
    expect(drawn.sort()).toEqual(table.sort());
  });

  it('names every status, in its table or among those that the engine never makes', () => {
    const inTable = [...readme.matchAll(/^\| (\d+) +\| `(\w+)`/gm)].map(([, n, name]) => [Number(n), name]);
    for (const [n, name] of inTable) expect(name).toBe(statusName(n as number));
    const named = /The other numbers of the protocol \(([\d, ]+)\)/.exec(readme)?.[1] ?? '';
    const all = [...inTable.map(([n]) => n as number), ...named.split(',').map(Number)];
    expect(all.sort((a, b) => a - b)).toEqual(Object.values(Status));
  });

  it('lists every option with the default that it has', () => {
    const listed = [...readme.matchAll(/^\| `(\w+)` +\| ([\w, ]+?) +\|/gm)].map(([, name]) => name);
    for (const name of listed) {
      expect(() => createEngine({ [name as string]: -1 })).toThrow(name);
    }
    expect(listed.length).toBeGreaterThanOrEqual(10);
  });
});

describe('the page on seeing what happens', () => {
  const page = readFileSync(join(root, 'docs', 'observability.md'), 'utf8');

  it('lists every event, once', () => {
    const listed = [...page.matchAll(/^\| `rxtofu:([\w:]+)` +\|/gm)].map(([, name]) => name);
    expect(listed).toEqual([...EVENT_NAMES]);
  });

  it('lists every number of stats()', () => {
    const numbers = page.slice(page.indexOf('## Numbers'), page.indexOf('## Events'));
    const rows = [...numbers.matchAll(/^\| (`[\w`, ]+`) +\|/gm)].map(([, names]) => names);
    const listed = rows.flatMap(names => (names as string).replaceAll('`', '').split(', '));
    expect(listed.sort()).toEqual(Object.keys(createEngine().stats()).sort());
  });
});

describe('the decisions', () => {
  it('are all in their index', () => {
    const folder = join(root, 'docs', 'decisions');
    const index = readFileSync(join(folder, 'README.md'), 'utf8');
    const records = readdirSync(folder).filter(file => file !== 'README.md');
    expect(records.filter(file => !index.includes(`(${file})`))).toEqual([]);
  });
});
