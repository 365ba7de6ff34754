// Runs every example, one after the other: examples/*.mjs, examples/rx/*.mjs and examples/*/main.mjs. Each must end by
// itself, with exit code 0, inside the time limit. They import the package by name, so the build must be there.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LIMIT_MS = 60_000;
const root = fileURLToPath(new URL('..', import.meta.url));

/** Folders in which each module is an example of its own. */
const FOLDERS = ['examples', join('examples', 'rx')];

function listExamples() {
  return FOLDERS.flatMap(folder =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
      const path = join(folder, entry.name);
      if (entry.isFile()) return path.endsWith('.mjs') ? [path] : [];
      const main = join(path, 'main.mjs');
      return existsSync(join(root, main)) ? [main] : [];
    }),
  ).sort();
}

function run(file) {
  return new Promise(resolve => {
    const startedAt = performance.now();
    const chunks = [];
    // Its own process group, so that a time-out also ends what the example started.
    const child = spawn(process.execPath, [file], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let isTimedOut = false;
    const timer = setTimeout(() => {
      isTimedOut = true;
      process.kill(-child.pid, 'SIGKILL');
    }, LIMIT_MS);
    child.stdout.on('data', chunk => chunks.push(chunk));
    child.stderr.on('data', chunk => chunks.push(chunk));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const outcome = isTimedOut ? `no end after ${LIMIT_MS} ms` : (signal ?? `exit ${code}`);
      const elapsedMs = Math.round(performance.now() - startedAt);
      resolve({ isOk: code === 0, outcome, elapsedMs, output: Buffer.concat(chunks).toString() });
    });
  });
}

const examples = listExamples();
if (examples.length === 0) throw new Error('examples/ holds nothing to run');

let failures = 0;
for (const file of examples) {
  const { isOk, outcome, elapsedMs, output } = await run(file);
  console.log(`${isOk ? 'ok  ' : 'FAIL'} ${file} (${outcome}, ${elapsedMs} ms)`);
  if (isOk) continue;
  failures += 1;
  console.log(output.replace(/^/gm, '     | '));
}
console.log(`${examples.length - failures} of ${examples.length} examples passed`);
process.exitCode = failures === 0 ? 0 : 1;
