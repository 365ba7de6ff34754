// Reconnecting: a Link connects again when its server is killed, and retry asks again what was not answered.
import { from, lastValueFrom, mergeMap, map, retry, tap, toArray } from 'rxjs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { backoff, createEngine, keepConnected, udsClient, udsServer } from 'rxtofu';
import { check } from '../support/check.mjs';
import { startProcess, toldToStop } from '../support/child.mjs';
import { openListener } from '../support/open-listener.mjs';
import { tempFolder } from '../support/temp.mjs';

const JOBS = 300;

/** The server, in a process of its own. One job takes it 2 ms. */
async function serve(path) {
  const engine = createEngine();
  // The socket file of a server that was killed is replaced.
  const listener = await openListener(engine.createGroup(), udsServer(path));
  const work = async request => {
    await setTimeout(2);
    return `job ${request.messageId} done`;
  };
  listener.peers$.pipe(mergeMap(peer => peer.serve(work))).subscribe();
  process.send('ready');
  await toldToStop();
  await engine.destroy();
}

async function askForJobs(path) {
  const startServer = () => startProcess(import.meta.url, path);
  let server = await startServer();

  const engine = createEngine();
  const link = keepConnected(engine.createGroup(), udsClient(path), { backoff: { initial: 20, max: 500 } });
  const states = [];
  link.state$.subscribe(state => {
    states.push(state);
    console.log(`link: ${state}`);
  });

  let answers = 0;
  let lost = 0;
  let restarting;
  async function restart() {
    console.log(`process ${server.child.pid} is killed after ${answers} answers`);
    server.child.kill('SIGKILL');
    await server.exited;
    await setTimeout(100); // long enough to see the Link try in vain
    server = await startServer();
  }

  /** One job. Whether a request was handled that the connection took with it is not known: a job must bear being done twice. */
  const doJob = number =>
    link.request('', { messageId: number }).pipe(
      tap({ error: () => lost++ }),
      retry({ count: 20, delay: backoff({ initial: 20, max: 500 }) }),
      map(reply => reply.body.text()),
    );
  const done = await lastValueFrom(
    from(Array.from({ length: JOBS }, (_, index) => index + 1)).pipe(
      mergeMap(doJob, 8),
      tap(() => {
        if (++answers === JOBS / 3) restarting = restart();
      }),
      toArray(),
    ),
  );
  await restarting;

  check(lost > 0, `${lost} requests were under way when the server died, and were asked again`);
  check(new Set(done).size === JOBS && done.length === JOBS, `all ${JOBS} jobs are answered, each once`);
  check(states.filter(state => state === 'connected').length === 2, 'the link connected twice');

  await link.close();
  check(states.at(-1) === 'closed', 'and is closed');
  await engine.destroy();
  server.child.kill('SIGTERM');
  check((await server.exited).code === 0, 'the server ended by itself');
}

await (process.argv[2] === undefined
  ? askForJobs(join(tempFolder(), 'server.sock'))
  : serve(process.argv[2]));
