import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chart } from './chart.mjs';
import { microTable, table } from './table.mjs';

const file = name => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Above each table: what it shows. */
const TITLES = {
  W1: 'W1: request and answer, 64 B, one in flight',
  W2: 'W2: request and answer, 64 B, 256 in flight',
  'W2-one-core': 'W2 with both processes on one core',
  W3: 'W3: one way, 64 B',
  W4: 'W4: one way, 60 KiB',
  W5: 'W5: 100 connections, 16 requests of 64 B in flight on each',
  W6: 'W6: one way to a handler that takes a millisecond each',
  'in-flight': 'Requests in flight',
  idle: '10,000 idle connections beside the one that works (16 requests of 64 B in flight)',
  fairness: 'Four clients, alone and beside one that holds every slot',
  memory: 'Bytes an idle connection takes in each process, of 10,000',
};

const CHARTED = ['W1', 'W2', 'W2-one-core', 'W3', 'W4', 'W5'];

/** Writes bench/RESULTS.md, bench/results.json and bench/chart.svg. */
export async function writeResults(figures) {
  const { results, micro } = figures;
  const charted = results.filter(({ name }) => CHARTED.includes(name));
  if (charted.length > 0) writeFileSync(file('chart.svg'), `${await chart(charted)}\n`);
  writeFileSync(file('results.json'), `${JSON.stringify(figures)}\n`);
  writeFileSync(file('RESULTS.md'), `${page(figures, charted.length > 0, micro)}\n`);
}

function page({ date, node, cpus, load, loadAtEnd, minutes, pinned, args, results }, hasChart, micro) {
  const sections = [];
  for (const { name, results: compared } of results) {
    const title = `## ${TITLES[name] ?? name}`;
    if (!sections.includes(title)) sections.push(title);
    sections.push(table(name, compared));
  }
  if (micro.length > 0) sections.push('## Parts on their own, nanoseconds', microTable(micro));
  const placed = pinned ? 'server and client on a core each' : 'processes not kept on a core';
  return [
    '# Results',
    `\`npm run bench -- ${args}\`, ${date}, node ${node}, ${cpus}; ${placed}; load ${load} at the start and ${loadAtEnd} at the end, of which the bench itself is up to 2; ${minutes} minutes. How it is measured, and what each rival does: [README.md](README.md). Every round of it: \`results.json\`.`,
    'Each cell is the median of the rounds, and their range. _To base_ is to the first row, within a round.',
    ...(hasChart ? ['![Rates and CPU time](chart.svg)'] : []),
    ...sections,
  ].join('\n\n');
}
