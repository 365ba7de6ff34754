import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onCore } from './pinned.mjs';

const worker = fileURLToPath(new URL('./worker.mjs', import.meta.url));
const ROLES = ['server', 'client'];
/** The cores of server and client, where a cell names none. */
const APART = [0, 1];
const LIMIT_MS = 60_000;
const END_LIMIT_MS = 10_000;

/** One side of a round, seen from the runner. Nothing is waited for without end. */
export class SideProcess {
  #child;
  #calls = new Map();
  #nextCall = 0;
  #heard = new Map();
  #waiting = new Map();
  #gone = null;

  /** @param profiles the folder for CPU profiles, or undefined for none */
  constructor({ label, subject, dist, cores = APART }, role, workload, { profiles, isPinned }) {
    const name = `${label}-${workload.name}-${role}.cpuprofile`.replaceAll(/[ ,]+/g, '-');
    const node = [process.execPath];
    if (workload.kind === 'rest') node.push('--expose-gc');
    if (profiles !== undefined)
      node.push('--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${name}`);
    const [execPath, ...execArgv] = isPinned ? onCore(node, cores[ROLES.indexOf(role)]) : node;
    this.#child = fork(worker, [subject, role, JSON.stringify(workload)], {
      execPath,
      execArgv,
      env: dist === undefined ? process.env : { ...process.env, RXTOFU_DIST: dist },
    });
    this.#child.on('message', message => {
      this.#take(message);
    });
    this.#child.on('exit', (code, signal) => {
      this.#gone = new Error(`${label} ${role} has ended: ${signal ?? `exit ${code}`}`);
      for (const { reject } of [...this.#calls.values(), ...this.#waiting.values()]) reject(this.#gone);
    });
  }

  /** The answer to a question of worker.mjs. */
  ask(question, rest = {}) {
    const call = this.#nextCall++;
    const answered = this.#promise(this.#calls, call, question);
    if (this.#gone === null) this.#child.send({ call, question, ...rest });
    return answered;
  }

  /** Resolves when it tells of this, or has told already. */
  hear(kind) {
    const message = this.#heard.get(kind);
    return message === undefined ? this.#promise(this.#waiting, kind, kind) : Promise.resolve(message);
  }

  /** Stops the process where it is, until `goOn`. */
  stop() {
    this.#child.kill('SIGSTOP');
  }

  goOn() {
    this.#child.kill('SIGCONT');
  }

  /** Ends the process; it may write its profile before. */
  async end() {
    if (this.#gone !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.send({ question: 'end' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_LIMIT_MS);
    await ended;
    clearTimeout(timer);
  }

  #promise(table, key, what) {
    return new Promise((resolve, reject) => {
      if (this.#gone !== null) return void reject(this.#gone);
      const timer = setTimeout(() => reject(new Error(`no ${what} within ${LIMIT_MS} ms`)), LIMIT_MS);
      const settle = done => value => {
        clearTimeout(timer);
        table.delete(key);
        done(value);
      };
      table.set(key, { resolve: settle(resolve), reject: settle(reject) });
    });
  }

  #take(message) {
    if (message.kind === 'answer') this.#calls.get(message.call)?.resolve(message.answer);
    else {
      this.#heard.set(message.kind, message);
      this.#waiting.get(message.kind)?.resolve(message);
    }
  }
}
