// npm run bench -- [EXPERIMENT ...] [--subjects a,b] [--dist NAME=FOLDER,...] [--rounds N] [--seconds S] [--messages N] [--together] [--json FILE] [--cpu-prof FOLDER]
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { experiments, onEachBuild } from './experiments.mjs';
import { machine } from './report/machine.mjs';
import { table } from './report/table.mjs';
import { compare } from './runner/compare.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    subjects: { type: 'string' },
    dist: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string', default: '1' },
    messages: { type: 'string' },
    together: { type: 'boolean', default: false },
    json: { type: 'string' },
    'cpu-prof': { type: 'string' },
  },
});

function known(names, all, what) {
  const unknown = names.find(name => !all.includes(name));
  if (unknown !== undefined) throw new Error(`no ${what} ${unknown}: there are ${all.join(', ')}`);
  return names;
}

function numberOf(option, whenAbsent) {
  const number = values[option] === undefined ? whenAbsent : Number(values[option]);
  if (number !== undefined && !(number > 0)) throw new Error(`--${option} is ${values[option]}`);
  return number;
}

/** --dist before=FOLDER,after=FOLDER: builds of the library; the first is what the others are measured by. */
function buildsOf(list) {
  return list.split(',').map(pair => {
    const [, name, folder] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
    if (name === undefined) throw new Error(`--dist ${pair}: NAME=FOLDER is what it takes`);
    return { name, path: resolve(folder) };
  });
}

const names =
  positionals.length > 0
    ? known(positionals, Object.keys(experiments), 'experiment')
    : Object.keys(experiments);
const inAll = [
  ...new Set(
    Object.values(experiments)
      .flat(2)
      .map(cell => cell.subject),
  ),
];
const chosen = values.subjects === undefined ? inAll : known(values.subjects.split(','), inAll, 'subject');

const builds = values.dist === undefined ? null : buildsOf(values.dist);

const where = machine();
console.log(`${where.date}, node ${where.node}, ${where.cpus}, load ${where.load}`);
const results = [];
for (const name of names) {
  const options = {
    // A slow handler takes the time that it takes, and its figures are not rates.
    rounds: numberOf('rounds', name === 'W6' ? 1 : 5),
    ms: numberOf('seconds') * 1000,
    warmUpMs: 500,
    messages: numberOf('messages'),
    isTogether: values.together,
    profiles: values['cpu-prof'],
  };
  for (const cells of experiments[name]) {
    const played = cells.filter(cell => chosen.includes(cell.subject));
    if (played.length === 0) continue;
    const compared = await compare(builds === null ? played : onEachBuild(played, builds), options);
    results.push({ name, results: compared });
    console.log(`\n${table(name, compared)}`);
  }
}
if (values.json !== undefined) {
  const args = process.argv.slice(2).join(' ');
  writeFileSync(values.json, `${JSON.stringify({ ...where, args, results }, null, 2)}\n`);
}
