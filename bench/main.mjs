// npm run bench -- [WORKLOAD ...] [--rounds N] [--seconds S]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { workloads } from './workloads.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '1' } },
});
const names = positionals.length > 0 ? positionals : Object.keys(workloads);
const unknown = names.find(name => !(name in workloads));
if (unknown !== undefined)
  throw new Error(`no workload ${unknown}: there are ${Object.keys(workloads).join(', ')}`);

const worker = fileURLToPath(new URL('./worker.mjs', import.meta.url));

/** The next message of this kind that a worker sends. */
async function heard(child, kind) {
  for (;;) {
    const [message] = await once(child, 'message', { signal: AbortSignal.timeout(60_000) });
    if (message.kind === kind) return message;
  }
}

/** One subject, once: fresh processes. */
async function measure(subject, name) {
  const server = fork(worker, [subject, 'server', name, values.seconds]);
  const client = fork(worker, [subject, 'client', name, values.seconds]);
  try {
    const { port } = await heard(server, 'port');
    const rate = Promise.race([heard(server, 'rate'), heard(client, 'rate')]);
    client.send({ kind: 'port', port });
    const { perSecond, messages } = await rate;
    const cpu = [heard(server, 'cpu'), heard(client, 'cpu')];
    server.send({ kind: 'cpu' });
    client.send({ kind: 'cpu' });
    const [ofServer, ofClient] = await Promise.all(cpu);
    return { perSecond, micros: (ofServer.micros + ofClient.micros) / messages };
  } finally {
    client.kill('SIGKILL');
    server.kill('SIGKILL');
  }
}

const sorted = numbers => [...numbers].sort((a, b) => a - b);
const median = numbers => sorted(numbers)[Math.floor(numbers.length / 2)];

console.log(
  `node ${process.version}, ${os.cpus().length} x ${os.cpus()[0].model}, load ${os.loadavg()[0].toFixed(1)}`,
);
console.log('workload  ratio to floor (min..max)   messages/s   cpu us a message, both sides (floor)');
for (const name of names) {
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const floor = await measure('floor', name);
    const engine = await measure('engine', name);
    rounds.push({ floor, engine, ratio: engine.perSecond / floor.perSecond });
  }
  const ratios = sorted(rounds.map(round => round.ratio));
  const line = [
    name.padEnd(9),
    `${median(ratios).toFixed(2)} (${ratios[0].toFixed(2)}..${ratios.at(-1).toFixed(2)})`.padEnd(27),
    Math.round(median(rounds.map(round => round.engine.perSecond)))
      .toLocaleString('en')
      .padStart(10),
    '  ',
    `${median(rounds.map(round => round.engine.micros)).toFixed(2)} (${median(rounds.map(round => round.floor.micros)).toFixed(2)})`,
  ];
  console.log(line.join(' '));
}
