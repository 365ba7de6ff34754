// What mitata measures, as JSON on stdout.
import { bench, run } from 'mitata';
import { codec } from './codec.mjs';
import { dispatch } from './dispatch.mjs';
import { pool } from './pool.mjs';
import { windows } from './windows.mjs';

for (const { name, units = 1, play } of [...codec, ...pool, ...dispatch, ...windows])
  bench(JSON.stringify({ name, units }), play);

const { benchmarks } = await run({ format: 'quiet', throw: true });
const figures = benchmarks.map(({ alias, runs: [{ stats }] }) => {
  const { name, units } = JSON.parse(alias);
  const [median, mean, p99] = [stats.p50, stats.avg, stats.p99].map(ns => ns / units);
  return { name, median, mean, p99 };
});
console.log(JSON.stringify(figures));
