// node bench/report/profile.mjs FILE.cpuprofile [...]: the functions with the most time of their own.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const TOP = 25;

/** Self time by function, most first, as shares of the time that was not idle. */
function selfTimes({ nodes, samples, timeDeltas }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byFunction = new Map();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const { functionName, url, lineNumber } = frames.get(id);
    if (functionName === '(idle)' || functionName === '(program)') continue;
    const key = `${functionName || '(anonymous)'} ${basename(url)}:${lineNumber + 1}`;
    busy += timeDeltas[index];
    byFunction.set(key, (byFunction.get(key) ?? 0) + timeDeltas[index]);
  }
  return [...byFunction]
    .sort(([, a], [, b]) => b - a)
    .map(([name, micros]) => ({ name, share: micros / busy }));
}

for (const file of process.argv.slice(2)) {
  console.log(basename(file));
  for (const { name, share } of selfTimes(JSON.parse(readFileSync(file, 'utf8'))).slice(0, TOP))
    console.log(`${(share * 100).toFixed(1).padStart(6)} %  ${name}`);
}
