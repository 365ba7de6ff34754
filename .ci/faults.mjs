// Plays rounds of faults: `npm run faults -- --rounds 1000 --seed 7`. Each round draws from a seed of its own, the next number; a round
// that fails is told with the command that plays it again. What the plan of a seed does is always the same, though not when it happens.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
for (const [name, value] of Object.entries(values)) {
  if (/^[1-9]\d{0,8}$/.test(value)) continue;
  console.error(`--${name} ${value} is no whole number above 0`);
  process.exit(2);
}

console.log(`${values.rounds} rounds from seed ${values.seed}`);
const jest = ['node_modules/jest/bin/jest.js', '--runInBand', 'spec/faults/rounds'];
// A process group of its own, so that what the rounds have started ends with them.
const child = spawn(process.execPath, ['--throw-deprecation', ...jest], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  env: { ...process.env, ROUNDS: values.rounds, SEED: values.seed },
  detached: true,
  stdio: ['ignore', 'inherit', 'inherit'],
});

function endGroup() {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
process.once('exit', endGroup);
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => process.exit(code));
}
// Two seconds a round, and some to begin with.
const limit = setTimeout(
  () => {
    console.error('no end in time');
    process.exit(1);
  },
  60_000 + 2_000 * Number(values.rounds),
);
child.on('exit', (code, signal) => {
  clearTimeout(limit);
  process.exitCode = signal === null ? code : 1;
});
