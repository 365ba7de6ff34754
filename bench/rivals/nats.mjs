// Requests and publications through a broker, which the server's side starts; its CPU time counts there. The brake is a flush behind each batch.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { onAnyCore } from '../runner/pinned.mjs';
import { batchOf, clientOf } from './load.mjs';

const SUBJECT = 'bench';
const to = port => connect({ servers: `127.0.0.1:${port}` });

export async function server({ kind, body }, side) {
  const payload = Buffer.alloc(body, 1);
  const port = await startBroker(side);
  const connection = await to(port);
  connection.subscribe(SUBJECT, {
    callback: kind === 'pour' ? () => side.count() : (_error, message) => message.respond(payload),
  });
  await connection.flush();
  side.listening(port);
}

export const client = clientOf(async port => {
  const connection = await to(port);
  return {
    ask(payload, answered) {
      void connection.request(SUBJECT, payload, { timeout: 60_000 }).then(answered);
    },
    async pour(payload) {
      for (;;) {
        for (let n = 0; n < batchOf(payload); n++) connection.publish(SUBJECT, payload);
        await connection.flush();
      }
    },
  };
});

async function startBroker(side) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-nats-'));
  const [command, ...args] = onAnyCore([
    'nats-server',
    '-a',
    '127.0.0.1',
    '-p',
    '-1',
    '--ports_file_dir',
    folder,
  ]);
  const broker = spawn(command, args, { stdio: 'ignore' });
  process.on('exit', () => {
    broker.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  await once(broker, 'spawn');
  side.alsoCounts(broker.pid);
  for (let tries = 0; tries < 200; tries++) {
    const [file] = readdirSync(folder);
    const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8');
    if (text.endsWith('}')) return Number(new URL(JSON.parse(text).nats[0]).port);
    await wait(25);
  }
  throw new Error('nats-server told no port');
}
