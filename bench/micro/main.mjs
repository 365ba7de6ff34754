// Parts of the library on their own, with mitata. They are no part of its interface, so they are built here, a file each.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const tsconfig = fileURLToPath(new URL('./tsconfig.json', import.meta.url));
const worker = fileURLToPath(new URL('./worker.mjs', import.meta.url));
const LIMIT_MS = 240_000;

/** Builds the parts, and measures them in a process of its own. @returns figures in nanoseconds, one entry a benchmark */
export function play() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  run(tsc, '--project', tsconfig);
  return JSON.parse(run('--expose-gc', worker));
}

function run(...args) {
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LIMIT_MS,
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}:\n${stdout}`);
  return stdout;
}
