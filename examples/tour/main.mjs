// A guided tour: a server process and this client, over TCP and a Unix socket, through everything that the library does.
// `npm start` builds the library and runs it. Ends with status 0 only if every check held.
import { join } from 'node:path';
import { concat, defer, ignoreElements, lastValueFrom, tap } from 'rxjs';
import { createEngine } from 'rxtofu';
import { startProcess } from '../support/child.mjs';
import { makeFile } from '../support/files.mjs';
import { tempFolder } from '../support/temp.mjs';
import { beAccepted, beRefused, startListening } from './arrival.mjs';
import { feelTheBrake } from './brakes.mjs';
import { askStats, sayGoodbye } from './goodbye.mjs';
import { noticeSilence, surviveKill } from './outage.mjs';
import { askMany, askOnce } from './questions.mjs';
import { createReport, table } from './report.mjs';
import { bothWays, sendDocuments } from './streams.mjs';
import { download, stopEarly, upload } from './transfers.mjs';

const MEBIBYTES = 32;
const LIMIT_MS = 45_000;
const startedAt = performance.now();

// The folder, and whatever server process is running, go when this process ends, whichever way it ends.
const folder = tempFolder();
const socketPath = join(folder, 'server.sock');

const engine = createEngine();
const report = createReport(engine);
const { check, step } = report;

// A tour that does not end is a failure, too.
setTimeout(() => {
  console.log(`FAILED: no end after ${LIMIT_MS} ms`);
  process.exit(1);
}, LIMIT_MS).unref();

/** What the steps share. */
const tour = {
  group: engine.createGroup(),
  check,
  socketPath,
  startServer: port => startProcess(new URL('server.mjs', import.meta.url), folder, socketPath, port),
  server: null,
  addresses: null,
  links: null,
  file: null,
  serverStats: null,
};

/** Between two steps: work that has no line. */
const quietly = action => defer(action).pipe(ignoreElements());

const walk$ = concat(
  step('listen', () => startListening(tour)),
  step('refused', () => beRefused(tour)),
  step('connect', () => beAccepted(tour)),
  step('request, response', () => askOnce(tour)),
  step('many requests', () => askMany(tour)),
  quietly(async () => {
    const path = join(folder, 'original');
    tour.file = { path, sha256: await makeFile(path, MEBIBYTES), bytes: MEBIBYTES * 2 ** 20 };
  }),
  step('upload', () => upload(tour)),
  step('download', () => download(tour)),
  step('stopped download', () => stopEarly(tour)),
  step('two-way stream', () => bothWays(tour)),
  step('windows', () => sendDocuments(tour)),
  step('back-pressure', () => feelTheBrake(tour)),
  step('server hangs', () => noticeSilence(tour)),
  step('server killed', () => surviveKill(tour)),
  quietly(() => askStats(tour).pipe(tap(stats => (tour.serverStats = stats)))),
  step('goodbye', () => sayGoodbye(tour)),
);

function poolRow(name, { slots, queuedBytes, channels }) {
  const open = Object.values(channels).reduce((sum, count) => sum + count, 0);
  return [name, ...[slots.free, slots.used, slots.beyond, slots.max, queuedBytes, open].map(String)];
}

function conclude() {
  const clientStats = engine.stats();
  const { serverStats } = tour;
  check(clientStats.slots.used + clientStats.slots.beyond === 0, 'the client holds no message any more');
  check(clientStats.queuedBytes === 0, 'no byte waits to be sent');
  check(clientStats.framesRejected + serverStats.framesRejected === 0, 'no frame was rejected');
  check(clientStats.brakeLost + serverStats.brakeLost === 0, 'no brake was lost');

  console.log(`\n${report.summary()}\n`);
  const header = ['pool', 'free', 'used', 'beyond', 'max', 'bytes queued', 'open channels'];
  const client = poolRow('client, at the end', clientStats);
  console.log(table([header, client, poolRow('server, answering this question', serverStats)]));
}

try {
  await lastValueFrom(walk$);
  conclude();
} catch (error) {
  console.log(error);
  check(false, 'the tour could go on');
} finally {
  await engine.destroy();
  tour.server?.child.kill('SIGKILL'); // gone already, if all went well
}

const { checks, failure } = report.verdict();
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
console.log(`\n${failure ?? `all ${checks} checks held`}, ${seconds} s`);
process.exitCode = failure === null ? 0 : 1;
