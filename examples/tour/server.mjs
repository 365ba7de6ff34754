// The tour's server: a process of its own, which listens on TCP and on a Unix socket. A client's hello says in its `work`
// header what is to be done with the connection; whoever doesn't say so is refused.
import {
  catchError,
  combineLatest,
  EMPTY,
  lastValueFrom,
  merge,
  mergeMap,
  switchMap,
  takeUntil,
  tap,
} from 'rxjs';
import { createEngine, keepAlive, listen, tcpServer, udsServer } from 'rxtofu';
import { toldToStop } from '../support/child.mjs';
import { createJobs } from './server-jobs.mjs';
import { readDocuments, workSlowly } from './server-signals.mjs';

const [folder, socketPath, port] = process.argv.slice(2);
const engine = createEngine();
const group = engine.createGroup();
const jobs = createJobs(engine, folder);

/** What may be done with a connection: an Observable that completes with its channel. */
const WORK = {
  jobs: peer => peer.serve(jobs(peer)),
  documents: readDocuments,
  slow: workSlowly(engine),
  heartbeat: peer => keepAlive(peer, { every: 50, within: Infinity }),
};
const workOf = hello => hello.textHeaders.get('work') ?? '';
const accept = hello =>
  Object.hasOwn(WORK, workOf(hello))
    ? { headers: { pid: String(process.pid) } }
    : { refuse: 'say what you come for' };

const addresses = [tcpServer('127.0.0.1', Number(port)), udsServer(socketPath)];
const serving$ = combineLatest(addresses.map(address => listen(group, address, { accept }))).pipe(
  tap(([tcp, uds]) =>
    process.send({ port: tcp.address.port, addresses: `${tcp.address} and ${uds.address}` }),
  ),
  switchMap(listeners => merge(...listeners.map(listener => listener.peers$))),
  // A client that is lost in the middle of something ends that, and nothing else.
  mergeMap(peer => WORK[workOf(peer.hello)](peer).pipe(catchError(() => EMPTY))),
  takeUntil(toldToStop()),
);

await lastValueFrom(serving$, { defaultValue: null });
await engine.destroy();
