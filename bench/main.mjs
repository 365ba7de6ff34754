// npm run bench -- [EXPERIMENT ...] [--subjects a,b] [--against a,b] [--dist NAME=FOLDER,...] [--rounds N] [--seconds S] [--messages N] [--idle N] [--together] [--alternate]
//                  [--unpinned] [--json FILE] [--results] [--smoke] [--cpu-prof FOLDER]
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { experiments, onEachBuild } from './experiments.mjs';
import { hasCommand, install } from './install.mjs';
import { play as playMicro } from './micro/main.mjs';
import { machine } from './report/machine.mjs';
import { progressOf } from './report/progress.mjs';
import { microTable, table } from './report/table.mjs';
import { rivalNames } from './rivals/index.mjs';
import { compare } from './runner/compare.mjs';
import { canPin } from './runner/pinned.mjs';
import { smoke } from './smoke.mjs';

const MICRO = 'micro';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    subjects: { type: 'string' },
    against: { type: 'string' },
    dist: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string', default: '1' },
    messages: { type: 'string' },
    idle: { type: 'string' },
    together: { type: 'boolean', default: false },
    alternate: { type: 'boolean', default: false },
    unpinned: { type: 'boolean', default: false },
    json: { type: 'string' },
    results: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
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

const inAll = [
  ...new Set(
    Object.values(experiments)
      .flat(2)
      .map(cell => cell.subject),
  ),
];

/** Who takes part: all, unless told. Whom `--subjects` names it names alone; `--against` names rivals. */
function chosenSubjects() {
  const listed = (option, all, what) => known(values[option].split(',').filter(Boolean), all, what);
  const subjects = values.subjects === undefined ? inAll : listed('subjects', inAll, 'subject');
  const own = values.against === undefined ? subjects : subjects.filter(name => !rivalNames.includes(name));
  const rivals = values.against === undefined ? [] : listed('against', rivalNames, 'rival');
  const chosen = [...own, ...rivals];
  const needsPackages = chosen.some(name => rivalNames.includes(name)) || names.includes(MICRO);
  const hasPackages = needsPackages && install();
  if (chosen.includes('nats') && !hasCommand('nats-server'))
    console.error('bench: there is no nats-server here (apt install nats-server), so nats is left out');
  return {
    hasPackages,
    chosen: chosen.filter(
      name => !rivalNames.includes(name) || (hasPackages && (name !== 'nats' || hasCommand('nats-server'))),
    ),
  };
}

if (values.smoke) process.exit((await smoke(experiments)) ? 0 : 1);

const all = [...Object.keys(experiments), MICRO];
const names = positionals.length > 0 ? known(positionals, all, 'experiment') : all;
const { chosen, hasPackages } = chosenSubjects();
// A slow handler takes the time that it takes, and its figures are not rates.
const roundsOf = name => numberOf('rounds', name === 'W6' ? 1 : 5);
const builds = values.dist === undefined ? null : buildsOf(values.dist);
const comparisons = names.flatMap(name =>
  (experiments[name] ?? [])
    .map(cells => ({ name, cells: cells.filter(cell => chosen.includes(cell.subject)) }))
    .filter(({ cells }) => cells.length > 0)
    .map(({ cells }) => ({ name, cells: builds === null ? cells : onEachBuild(cells, builds) })),
);

const began = Date.now();
const where = { ...machine(), pinned: canPin && !values.unpinned };
console.log(`${where.date}, node ${where.node}, ${where.cpus}, load ${where.load}`);
const progress = progressOf(
  comparisons.reduce((sum, { name, cells }) => sum + roundsOf(name) * cells.length, 0),
);
const results = [];
for (const { name, cells } of comparisons) {
  const options = {
    rounds: roundsOf(name),
    ms: numberOf('seconds') * 1000,
    warmUpMs: 500,
    messages: numberOf('messages'),
    idle: numberOf('idle'),
    isTogether: values.together,
    isAlternating: values.alternate,
    isPinned: !values.unpinned,
    profiles: values['cpu-prof'],
    onRound: ({ label }) => progress.step(name, label),
  };
  try {
    const compared = await compare(cells, options);
    results.push({ name, results: compared });
    console.log(`\n${table(name, compared)}`);
  } catch (error) {
    // What was measured until now is worth keeping.
    console.error(`bench: ${name} failed: ${error.message}`);
    process.exitCode = 1;
  }
}
progress.stop();

const micro = names.includes(MICRO) && hasPackages ? playMicro() : [];
if (micro.length > 0) console.log(`\n${microTable(micro)}`);

const figures = {
  ...where,
  loadAtEnd: machine().load,
  minutes: Number(((Date.now() - began) / 60_000).toFixed(1)),
  args: process.argv.slice(2).join(' '),
  results,
  micro,
};
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
if (values.results) {
  const { writeResults } = await import('./report/results.mjs');
  await writeResults(figures);
}
