// A guided tour: a server process and this client, over TCP and a Unix socket, through everything that the core does.
// `npm start` builds the library and runs it. Ends with status 0 only if every check held.
import { join } from 'node:path';
import { createEngine, OpCode, tcpClient, udsClient } from 'rxtofu';
import { startProcess } from '../support/child.mjs';
import { makeFile } from '../support/files.mjs';
import { tempFolder } from '../support/temp.mjs';
import { connect, nextFromPeer, post } from '../support/verbs.mjs';
import { sayGoodbye } from './goodbye.mjs';
import { loseServer, recover } from './outage.mjs';
import { askMany, askOnce } from './questions.mjs';
import { createReport, table } from './report.mjs';
import { bothWays, download, stopEarly, upload } from './transfers.mjs';

const MEBIBYTES = 32;
const LIMIT_MS = 45_000;
const startedAt = performance.now();

// The folder, and whatever server process is running, go when this process ends, whichever way it ends.
const folder = tempFolder();
const socketPath = join(folder, 'server.sock');
const startServer = port => startProcess(new URL('server.mjs', import.meta.url), folder, socketPath, port);

const engine = createEngine();
const report = createReport(engine);
const { check, step } = report;
const group = engine.createGroup();

// A tour that does not end is a failure, too.
setTimeout(() => {
  console.log(`FAILED: no end after ${LIMIT_MS} ms`);
  process.exit(1);
}, LIMIT_MS).unref();

/** What the steps share. */
const tour = { engine, group, check, folder, file: null, server: null, addresses: null, channels: null };

async function stats(channelNumber) {
  post(engine, group, channelNumber, OpCode.Request, { headers: { job: 'stats' } });
  const response = await nextFromPeer(engine, group);
  const answer = response.body.json();
  engine.put(response);
  return answer;
}

async function walk() {
  await step('listen', async () => {
    tour.server = await startServer(0);
    const { port, addresses } = tour.server.ready;
    tour.addresses = { tcp: tcpClient('127.0.0.1', port), uds: udsClient(socketPath) };
    return `server process ${tour.server.child.pid} listens on ${addresses}, on one group`;
  });
  await step('connect', async () => {
    const { tcp, uds } = tour.addresses;
    tour.channels = { tcp: await connect(engine, group, tcp), uds: await connect(engine, group, uds) };
    return `channel ${tour.channels.tcp} over tcp, channel ${tour.channels.uds} over uds, one group here, too`;
  });
  await step('request, response', () => askOnce(tour));
  await step('many requests', () => askMany(tour));

  const path = join(folder, 'original');
  tour.file = { path, sha256: await makeFile(path, MEBIBYTES), bytes: MEBIBYTES * 2 ** 20 };
  await step('upload', () => upload(tour));
  await step('download', () => download(tour));
  await step('stopped download', () => stopEarly(tour));
  await step('two-way stream', () => bothWays(tour));

  let unanswered;
  await step('server killed', async () => {
    const lost = await loseServer(tour);
    unanswered = lost.unanswered;
    return lost.line;
  });
  await step('reconnect, resend', () =>
    recover(tour, unanswered, () => startServer(tour.addresses.tcp.port)),
  );

  const serverStats = await stats(tour.channels.tcp);
  await step('goodbye', () => sayGoodbye(tour));
  return serverStats;
}

function poolRow(name, { slots, queuedBytes, channels }) {
  const open = Object.values(channels).reduce((sum, count) => sum + count, 0);
  return [name, ...[slots.free, slots.used, slots.beyond, slots.max, queuedBytes, open].map(String)];
}

try {
  const serverStats = await walk();
  const clientStats = engine.stats();
  check(clientStats.slots.used + clientStats.slots.beyond === 0, 'the client holds no message any more');
  check(clientStats.queuedBytes === 0, 'no byte waits to be sent');
  check(clientStats.framesRejected + serverStats.framesRejected === 0, 'no frame was rejected');

  console.log(`\n${report.summary()}\n`);
  const header = ['pool', 'free', 'used', 'beyond', 'max', 'bytes queued', 'open channels'];
  const client = poolRow('client, at the end', clientStats);
  console.log(table([header, client, poolRow('server, answering this question', serverStats)]));
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
