import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const BUILT = join(dirname(dirname(__dirname)), 'dist', 'cli.js');
const DEADLINE_MS = 20_000;

jest.setTimeout(2 * DEADLINE_MS);

const running: Command[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map(command => command.kill()));
});

/** How a command ended. */
export interface Ended {
  /** Its exit status, or the signal that ended it. */
  readonly status: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command line as a process of its own. */
export class Command {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  constructor(...args: string[]) {
    const child = spawn(process.execPath, ['--throw-deprecation', BUILT, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    child.stdout.on('data', (text: Buffer) => (this.#stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => (this.#stderr += text.toString()));
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    this.#ended = new Promise(resolve => {
      child.on('close', (code, signal) => {
        resolve({ status: code ?? signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
    running.push(this);
  }

  /** The next line of its standard output. */
  async line(): Promise<string> {
    const next = await this.#within(this.#lines.next(), 'print a line');
    if (next.done === true) throw new Error(`it printed nothing more: ${this.#stderr}`);
    return next.value;
  }

  /** The next `count` lines of its standard output. */
  async lines(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) lines.push(await this.line());
    return lines;
  }

  /** Resolves when its standard error holds this. */
  async noted(text: RegExp): Promise<RegExpExecArray> {
    const found = new Promise<RegExpExecArray>(resolve => {
      const look = (): void => {
        const match = text.exec(this.#stderr);
        if (match !== null) resolve(match);
      };
      look();
      this.#process.stderr?.on('data', look);
    });
    return this.#within(found, `say ${String(text)}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Nobody reads what it prints from here on. */
  stopReading(): void {
    this.#process.stdout?.destroy();
  }

  /** Waits for it to end by itself. */
  end(): Promise<Ended> {
    return this.#within(this.#ended, 'end by itself');
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  async #within<T>(promise: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`it did not ${what} within ${String(DEADLINE_MS)} ms: ${this.#stderr}`));
      }, DEADLINE_MS);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Runs the command line to its end. */
export function rxtofu(...args: string[]): Promise<Ended> {
  return new Command(...args).end();
}

/** The objects of a standard output of `--json`. */
export function objects(stdout: string): Record<string, unknown>[] {
  expect(stdout.endsWith('\n')).toBe(true);
  return stdout
    .slice(0, -1)
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>);
}
