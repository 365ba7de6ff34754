// Heartbeat: a peer that hangs is noticed by keepAlive, though its connection still stands.
import {
  catchError,
  EMPTY,
  filter,
  firstValueFrom,
  ignoreElements,
  lastValueFrom,
  merge,
  of,
  switchMap,
  tap,
} from 'rxjs';
import { connect, createEngine, keepAlive, tcpClient, tcpServer } from 'rxtofu';
import { check } from '../support/check.mjs';
import { startProcess } from '../support/child.mjs';
import { openListener } from '../support/open-listener.mjs';

const TIMING = { every: 50, within: 1_000 };

/** The peer, in a process of its own: it says that it is there until its channel closes. */
async function beat(port) {
  const engine = createEngine();
  const alive$ = connect(engine.createGroup(), tcpClient('127.0.0.1', port)).pipe(
    tap(() => process.send('connected')),
    switchMap(peer => keepAlive(peer, TIMING)),
    catchError(() => EMPTY), // the other side has given us up
  );
  await lastValueFrom(alive$, { defaultValue: null });
  await engine.destroy();
  process.disconnect();
}

async function watch() {
  const engine = createEngine();
  const listener = await openListener(engine.createGroup(), tcpServer('127.0.0.1', 0));
  const comes = firstValueFrom(listener.peers$);
  const { child, exited } = await startProcess(import.meta.url, String(listener.address.port));
  const peer = await comes;

  let beats = 0;
  const beats$ = peer.messages$.pipe(
    filter(message => message.textHeaders.has('rx-heartbeat')),
    tap(() => {
      // The peer hangs; its socket stays open, so nothing else tells us.
      if (++beats === 5) child.kill('SIGSTOP');
    }),
  );
  const gone = await firstValueFrom(
    merge(beats$, keepAlive(peer, TIMING)).pipe(
      ignoreElements(),
      catchError(error => of(error)),
    ),
  );
  console.log(`heard ${beats} heartbeats, then: ${gone.message}`);
  check(beats >= 5 && gone.code === 'peer_disconnected', 'a peer that stopped was noticed');
  check(engine.stats().channels.ready === 1, 'its connection still stood');

  peer.abort(); // a bye would wait for its answer: this closes at once
  await firstValueFrom(peer.closed$);
  child.kill('SIGCONT');
  check((await exited).code === 0, 'the peer, awake again, found its channel closed and ended');
  await engine.destroy();
}

await (process.argv[2] === undefined ? watch() : beat(Number(process.argv[2])));
