import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const DEADLINE_MS = 4_000;

const running: Child[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill();
});

/** A process that runs one of the scripts in `children/` on the built package. */
export class Child {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #stderr = '';
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>;

  constructor(script: string, ...args: string[]) {
    this.#process = launch(script, args);
    this.#process.stderr.on('data', (text: Buffer) => (this.#stderr += text.toString()));
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
    this.exited = new Promise(resolve => {
      this.#process.on('exit', (code, signal) => {
        resolve(code ?? signal);
      });
    });
    running.push(this);
  }

  /** The next line that it prints. */
  async line(): Promise<string> {
    const next = await this.#within(this.#lines.next(), 'print a line');
    if (next.done === true) throw new Error(`the child printed nothing more: ${this.#stderr}`);
    return next.value;
  }

  /** Every line that it still prints, up to its end. */
  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const next = await this.#within(this.#lines.next(), 'print a line or end');
      if (next.done === true) return lines;
      lines.push(next.value);
    }
  }

  /** Waits for it to end by itself. */
  async end(): Promise<number | NodeJS.Signals | null> {
    const how = await this.#within(this.exited, 'end by itself');
    if (this.#stderr !== '') throw new Error(`the child complained: ${this.#stderr}`);
    return how;
  }

  /** Tells it that nobody needs it any more. */
  release(): void {
    this.#process.stdin.end();
  }

  /** SIGSTOP: it stands still, and its sockets stay open. */
  stop(): void {
    this.#process.kill('SIGSTOP');
  }

  /** SIGCONT: it goes on. */
  resume(): void {
    this.#process.kill('SIGCONT');
  }

  /** Ends it at once: nothing in it gets to say a word. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  async #within<T>(promise: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`the child did not ${what} within ${String(DEADLINE_MS)} ms: ${this.#stderr}`));
      }, DEADLINE_MS);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * A script whose name ends in `@n` may have no more than n files open, sockets included. One whose name ends in `@full` finds its first argument, a
 * folder, on a disk of its own that has room for one more file, and is gone with it.
 */
function launch(name: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  const [script, limit] = name.split('@') as [string, string | undefined];
  const node = [process.execPath, '--throw-deprecation', join(__dirname, 'children', script), ...args];
  const command =
    limit === undefined
      ? node
      : limit === 'full'
        ? onFullDisk(args[0] as string, node)
        : withFiles(limit, node);
  return spawn(command[0] as string, command.slice(1));
}

// `exec`: the process that is signalled is node, not the shell.

function withFiles(limit: string, command: readonly string[]): string[] {
  return ['sh', '-c', 'ulimit -n "$0" && exec "$@"', limit, ...command];
}

/** The folder itself is the first of the two files. */
function onFullDisk(folder: string, command: readonly string[]): string[] {
  const mount = 'mount -t tmpfs -o nr_inodes=2 none "$0" && exec "$@"';
  return ['unshare', '--mount', '--map-root-user', 'sh', '-c', mount, folder, ...command];
}
