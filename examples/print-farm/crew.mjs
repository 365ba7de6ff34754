// The crew: worker processes, each started again when it was killed.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));

export class Crew {
  #path;
  #alive = new Map(); // name -> child
  #exits = [];
  #isHiring = true;

  /** @param path where the spool listens */
  constructor(path) {
    this.#path = path;
    process.once('exit', () => {
      for (const child of this.#alive.values()) child.kill('SIGKILL');
    });
  }

  /** Starts a worker for a place; the first of place 2 is called 2a. */
  hire(place, languages, shift = 0) {
    const name = `${place}${String.fromCharCode(97 + shift)}`;
    const args = [WORKER, this.#path, name, languages.join()];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    this.#alive.set(name, child);
    this.#exits.push(
      new Promise(resolve => {
        child.once('exit', (code, signal) => {
          this.#alive.delete(name);
          resolve({ name, code, signal });
          if (signal !== null && this.#isHiring) this.hire(place, languages, shift + 1);
        });
      }),
    );
  }

  /** Ends a worker in the middle of whatever it does. */
  kill(name) {
    return this.#alive.get(name)?.kill('SIGKILL') ?? false;
  }

  /** Hires nobody any more; resolves with how each worker ended. */
  async dismiss() {
    this.#isHiring = false;
    return Promise.all(this.#exits);
  }
}
