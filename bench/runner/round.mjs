import { setTimeout as wait } from 'node:timers/promises';
import { kernelBytes } from './kernel-buffers.mjs';
import { SideProcess } from './side-process.mjs';

const SAMPLE_EVERY_MS = 50;
const SETTLE_MS = 500;

/** One cell, once: fresh processes for both sides. */
export async function playRound(cell, workload, options) {
  const sides = await begin(cell, workload, options);
  try {
    if (workload.kind === 'rest') return await restAt(sides, workload);
    return workload.kind === 'slow' ? await follow(sides, workload) : await gauge(sides, workload, options);
  } finally {
    await end(sides);
  }
}

/** Both sides as fresh processes, once all connections stand and, unless nothing is said on them, the first message has come. */
export async function begin(cell, workload, options) {
  const server = new SideProcess(cell, 'server', workload, options);
  const client = new SideProcess(cell, 'client', workload, options);
  try {
    await server.ask('start');
    const { port } = await server.hear('listening');
    const atStart = workload.kind === 'rest' ? await memoryOf({ server, client }) : null;
    await client.ask('start', { port });
    await client.hear('opened');
    if (workload.kind !== 'rest') await (workload.kind === 'ask' ? client : server).hear('began');
    return { server, client, port, atStart };
  } catch (error) {
    await end({ server, client });
    throw error;
  }
}

/** The client first: to it a server that goes is a failure. */
export async function end({ server, client }) {
  await client.end();
  await server.end();
}

const memoryOf = ({ server, client }) => Promise.all([server.ask('memory'), client.ask('memory')]);

/** What both sides take more than at the start, a connection. */
async function restAt({ atStart, ...sides }, { idle }) {
  await wait(SETTLE_MS);
  const now = await memoryOf(sides);
  const [ofServer, ofClient] = now.map(({ rss, retained }, index) => ({
    rss: (rss - atStart[index].rss) / idle,
    retained: (retained - atStart[index].retained) / idle,
  }));
  return { serverBytes: ofServer, clientBytes: ofClient };
}

/** The rate, and the CPU time of both sides, between two moments behind a warm-up. */
export async function gauge({ server, client }, { kind }, { warmUpMs, ms }) {
  const sample = () => Promise.all([server.ask('sample'), client.ask('sample')]);
  await wait(warmUpMs);
  const before = await sample();
  await wait(ms);
  const after = await sample();
  const [server_, client_] = before.map((start, index) => ({
    total: after[index].total - start.total,
    ms: after[index].at - start.at,
    cpuMicros: after[index].cpuMicros - start.cpuMicros,
  }));
  const counting = kind === 'ask' ? client_ : server_;
  return {
    perSecond: (counting.total / counting.ms) * 1000,
    serverCpuMicros: server_.cpuMicros / counting.total,
    clientCpuMicros: client_.cpuMicros / counting.total,
  };
}

/** Samples until all is handled: the peaks of what was sent and is not handled, and where it is. */
async function follow({ server, client, port }, { body, messages }) {
  const frameBytes = body + 16;
  const limitMs = Date.now() + 60_000 + 10 * messages;
  const began = Date.now();
  const peak = { posted: 0, sent: 0, received: 0, slots: 0, kernelBytes: 0, sentBeyondKernel: 0 };
  const raise = (name, value) => (peak[name] = Math.max(peak[name], value));
  for (;;) {
    const [ofServer, ofClient] = await Promise.all([server.ask('sample'), client.ask('sample')]);
    const inKernel = kernelBytes(port);
    const { total: handled, received, slots = 0 } = ofServer;
    raise('posted', ofClient.posted - handled);
    raise('sent', ofClient.sent - handled);
    raise('received', received - handled);
    raise('slots', slots);
    if (inKernel !== null) {
      raise('kernelBytes', inKernel);
      raise('sentBeyondKernel', Math.ceil(ofClient.sent - handled - inKernel / frameBytes));
    }
    if (handled >= messages) break;
    if (Date.now() > limitMs) throw new Error(`${messages} messages took too long: ${handled} were handled`);
    await wait(SAMPLE_EVERY_MS);
  }
  const seconds = (Date.now() - began) / 1000;
  const [ofServer, ofClient] = await Promise.all([server.ask('verdict'), client.ask('verdict')]);
  return {
    seconds,
    peak,
    serverPeakRss: ofServer.peakRss,
    clientPeakRss: ofClient.peakRss,
    serverRise: ofServer.peakRss - ofServer.rssAtStart,
    clientRise: ofClient.peakRss - ofClient.rssAtStart,
    wrongOrder: ofServer.wrongOrder,
    twice: ofServer.twice,
  };
}
