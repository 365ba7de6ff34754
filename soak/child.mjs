// A process of the soak, seen from its parent. Nothing is waited for without end, and none outlives the parent.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const LIMIT_MS = 20_000;
/** A small young generation: else what a process has in memory follows its load, by tens of MiB, and says little of what it keeps. */
const NODE_OPTIONS = ['--expose-gc', '--max-semi-space-size=2'];
const alive = new Set();

process.once('exit', () => {
  for (const child of alive) child.kill();
});

export class Child {
  #name;
  #process;
  #calls = new Map();
  #nextCall = 0;
  #ready;
  /** Its exit code, or the signal that ended it. */
  exited;

  constructor(name, ...args) {
    this.#name = name;
    this.#process = fork(fileURLToPath(new URL(`./${name}.mjs`, import.meta.url)), args, {
      execArgv: NODE_OPTIONS,
    });
    alive.add(this);
    this.exited = once(this.#process, 'exit').then(([code, signal]) => {
      alive.delete(this);
      for (const { fail } of this.#calls.values()) fail();
      return code ?? signal;
    });
    this.#ready = this.#promise('ready');
    // Nobody waits for those that are killed while they start.
    this.#ready.catch(() => undefined);
    this.#process.on('message', ({ ready, call, answer }) => {
      const key = ready === undefined ? call : 'ready';
      this.#calls.get(key)?.settle(ready ?? answer);
    });
  }

  /** What it says when it has started. */
  ready() {
    return this.#ready;
  }

  /** Asks a question of report-self.mjs. */
  ask(question) {
    const call = this.#nextCall++;
    const answered = this.#promise(call);
    // One that has ended meanwhile answers by that.
    if (this.#process.connected) this.#process.send({ call, question }, () => undefined);
    return answered;
  }

  /** Asks it to end; what it had left then. */
  async end() {
    const rest = await this.ask('end');
    const how = await this.exited;
    if (how !== 0) throw new Error(`the ${this.#name} ended with ${how}`);
    return rest;
  }

  kill() {
    this.#process.kill('SIGKILL');
  }

  #promise(key) {
    return new Promise((resolve, reject) => {
      const fail = why => {
        clearTimeout(timer);
        this.#calls.delete(key);
        reject(new Error(`the ${this.#name} ${why ?? 'has ended'}`));
      };
      const timer = setTimeout(fail, LIMIT_MS, `said nothing for ${LIMIT_MS} ms`);
      const settle = value => {
        clearTimeout(timer);
        this.#calls.delete(key);
        resolve(value);
      };
      this.#calls.set(key, { settle, fail });
    });
  }
}
