// Fuzzes the library for as long as a night has time for: `npm run fuzz`, or, to repeat what failed, `npm run fuzz -- --seed N --runs M`.
// The same seed and the same number of runs give the same frames. CI runs the same specs with ten thousand frames.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const RUNS = 1_000_000;
const LIMIT_MS = 60 * 60_000;
const root = fileURLToPath(new URL('..', import.meta.url));

function wholeNumber(name, text) {
  if (/^\d{1,9}$/.test(text)) return text;
  console.error(`--${name} ${text}: that is no whole number below 1,000,000,000`);
  process.exit(2);
}

const { values } = parseArgs({ options: { seed: { type: 'string' }, runs: { type: 'string' } } });
const seed = wholeNumber('seed', values.seed ?? String(randomInt(1_000_000_000)));
const runs = wholeNumber('runs', values.runs ?? String(RUNS));

console.log(`again: npm run fuzz -- --seed ${seed} --runs ${runs}`);
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const { status, signal } = spawnSync(process.execPath, [jest, '--verbose', 'spec/fuzz'], {
  cwd: root,
  stdio: 'inherit',
  timeout: LIMIT_MS,
  env: { ...process.env, FUZZ_SEED: seed, FUZZ_RUNS: runs },
});
console.log(`that was: npm run fuzz -- --seed ${seed} --runs ${runs}`);
if (signal !== null) console.error(`no end after ${LIMIT_MS} ms`);
process.exitCode = status ?? 1;
