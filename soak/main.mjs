// A server, a client that stays, and clients that come and go, for as long as is asked: does anything grow? See README.md.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Child } from './child.mjs';
import { churn } from './churn.mjs';
import { figure, verdict } from './slope.mjs';

/** How long it may take until nothing is under way any more, once nobody asks. */
const REST_MS = 10_000;
const MAX_MINUTES = 24 * 60;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, clients: { type: 'string', default: '3' } },
});
const [minutes, clients] = [Number(values.minutes), Number(values.clients)];
if (!(minutes > 0 && minutes <= MAX_MINUTES && Number.isInteger(clients) && clients >= 0 && clients <= 100)) {
  console.error(
    `usage: npm run soak -- --minutes 60 --clients 3 (up to ${MAX_MINUTES} minutes, 100 clients)`,
  );
  process.exit(2);
}
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => process.exit(code));
}

const totalMs = minutes * 60_000;
const sampleMs = Math.min(5_000, Math.max(250, totalMs / 240));
const printMs = minutes < 10 ? 10_000 : 60_000;

function print(at, name, { heap, rss, files, slots, ...counted }) {
  const rest = Object.entries(counted).map(([what, count]) => `${what} ${count}`);
  console.log(
    `${String(Math.round(at / 1000)).padStart(5)} s  ${name.padEnd(6)}  heap ${figure('heap', heap).padStart(9)}  ` +
      `rss ${figure('rss', rss).padStart(10)}  files ${files}  slots ${slots}  ${rest.join(', ')}`,
  );
}

/** Samples the two processes that stay, until the time is over. */
async function watch(processes) {
  const began = performance.now();
  const samples = Object.fromEntries(Object.keys(processes).map(name => [name, []]));
  let printed = 0;
  for (let at = 0; at < totalMs; at = performance.now() - began) {
    await sleep(Math.min(sampleMs, totalMs - at));
    const now = performance.now() - began;
    const isPrinted = now - printed >= printMs || now >= totalMs;
    if (isPrinted) printed = now;
    for (const [name, child] of Object.entries(processes)) {
      const sample = await child.ask('sample');
      samples[name].push({ at: now, ...sample });
      if (isPrinted) print(now, name, sample);
    }
  }
  return samples;
}

/** What the server still has under way when everybody has left; nothing, unless something is wrong. */
async function atRest(server, filesBefore) {
  const deadline = performance.now() + REST_MS;
  for (;;) {
    const { came, ...left } = await server.ask('rest');
    const files = (await server.ask('sample')).files - filesBefore;
    const isAtRest = files <= 0 && Object.values(left).every(count => count === 0);
    if (isAtRest || performance.now() > deadline) return { isAtRest, came, left: { ...left, files } };
    await sleep(50);
  }
}

const faults = [];
const server = new Child('server');
const port = await server.ready();
const { files: filesBefore } = await server.ask('sample');
const client = new Child('client', String(port));
await client.ready();

const over = new AbortController();
const churning = churn(port, clients, over.signal);
const samples = await watch({ server, client });
over.abort();
const tally = await churning;
console.log(`clients that came and went: ${JSON.stringify(tally)}`);
if (tally.failed > 0) faults.push(`${tally.failed} clients did not end as they were to`);

const { asked, wrong, ...clientLeft } = await client.end();
console.log(`the client that stayed asked ${asked} times, ${wrong} answers were wrong`);
if (wrong > 0) faults.push('wrong answers');
if (Object.values(clientLeft).some(count => count > 0))
  faults.push(`the client had left ${JSON.stringify(clientLeft)}`);

const rest = await atRest(server, filesBefore);
console.log(
  `connections that came to the server: ${rest.came}, left at the end: ${JSON.stringify(rest.left)}`,
);
if (!rest.isAtRest) faults.push('the server is not at rest');
await server.end();

for (const [name, taken] of Object.entries(samples)) {
  for (const { name: what, risen, bound, isFlat } of verdict(taken)) {
    const line = `${name} ${what}: ${figure(what, risen)} over the second half, at most ${figure(what, bound)}`;
    console.log(`${isFlat ? 'flat ' : 'GROWS'} ${line}`);
    if (!isFlat) faults.push(`${name} ${what} grows`);
  }
}
console.log(faults.length === 0 ? 'held flat' : `FAILED: ${faults.join('; ')}`);
process.exitCode = faults.length === 0 ? 0 : 1;
