import type { Address } from '../../lib/index.js';
import { type Status, statusName } from '../../lib/message/status.js';
import {
  type Link,
  type LinkReceiver,
  type Listening,
  type ListenReceiver,
  type Transport,
  Written,
} from '../../lib/transport/transport.js';

/** How long a spec waits for what must come. */
const DEADLINE_MS = 4_000;

/** What happened, in order, for specs that wait for it. */
class Log {
  readonly events: string[] = [];
  /** What the contract forbids and happened all the same. */
  readonly faults: string[] = [];
  /** Set while a call is made that may not call back. */
  calling = false;
  #waiting: { holds: () => boolean; resolve: () => void }[] = [];

  protected add(event: string): void {
    if (this.calling) this.faults.push(`${event} before the call had returned`);
    if (this.events.at(-1)?.startsWith('close') === true) this.faults.push(`${event} after close`);
    this.events.push(event);
    this.#check();
  }

  /** Waits until this holds; asked at each event. */
  async until(holds: () => boolean, what: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${what} did not happen; so far: ${this.events.slice(-20).join(', ')}`));
      }, DEADLINE_MS);
      this.#waiting.push({
        holds,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      });
      this.#check();
    });
  }

  #check(): void {
    this.#waiting = this.#waiting.filter(({ holds, resolve }) => {
      if (!holds()) return true;
      resolve();
      return false;
    });
  }
}

/** Hears of one end of a connection: its events (`open`, `data`, `drain`, `end`, `close <status>`) and its bytes. */
export class LinkLog extends Log implements LinkReceiver {
  link: Link | null = null;
  readonly #chunks: Buffer[] = [];
  length = 0;
  /** Called with every chunk, after it was noted. */
  onData: ((chunk: Buffer) => void) | null = null;

  linkOnOpen(): void {
    this.add('open');
  }
  linkOnData(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.length += chunk.length;
    if (this.events.at(-1) !== 'data') this.add('data');
    else this.add(this.events.pop() as string);
    this.onData?.(chunk);
  }
  linkOnDrain(): void {
    this.add('drain');
  }
  linkOnEnd(): void {
    this.add('end');
  }
  linkOnClose(end: Status): void {
    this.add(`close ${statusName(end)}`);
  }

  /** The link, once there is one. */
  get own(): Link {
    if (this.link === null) throw new Error('no link yet');
    return this.link;
  }

  /** Everything that came, in order. */
  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  untilEvent(event: string): Promise<void> {
    return this.until(() => this.events.includes(event), event);
  }

  untilBytes(length: number): Promise<void> {
    return this.until(() => this.length >= length, `${String(length)} bytes`);
  }

  untilClosed(): Promise<void> {
    return this.until(() => this.events.some(event => event.startsWith('close')), 'close');
  }
}

/** Hears of a listener: `ready <address>`, `fail <status>`, `link`. */
export class ListenLog extends Log implements ListenReceiver {
  listening: Listening | null = null;
  bound: Address | null = null;
  readonly links: LinkLog[] = [];
  refuses = false;

  listeningOnReady(bound: Address): void {
    this.bound = bound;
    this.add(`ready ${bound.toString()}`);
  }
  listeningOnFail(status: Status): void {
    this.add(`fail ${statusName(status)}`);
  }
  listeningOnLink(link: Link): LinkReceiver | null {
    const log = new LinkLog();
    log.link = link;
    if (!this.refuses) this.links.push(log);
    this.add('link');
    return this.refuses ? null : log;
  }

  /** The connection that came as number `n`, from 0. */
  async accepted(n = 0): Promise<LinkLog> {
    await this.until(() => this.links.length > n, `connection ${String(n)}`);
    return this.links[n] as LinkLog;
  }

  /** Waits until it listens or has failed. */
  async settled(): Promise<string> {
    const said = (): string | undefined => this.events.find(event => /^(?:ready|fail)/.test(event));
    await this.until(() => said() !== undefined, 'ready or fail');
    return said() as string;
  }
}

const listening: Listening[] = [];
const logs: (LinkLog | ListenLog)[] = [];

/** Begins to listen. Closed after the spec. */
export function listen(transport: Transport, address: Address): ListenLog {
  const log = new ListenLog();
  log.calling = true;
  log.listening = transport.listen(address, log);
  log.calling = false;
  listening.push(log.listening);
  logs.push(log);
  return log;
}

/** Begins a connection. Reset after the spec. */
export function dial(transport: Transport, address: Address): LinkLog {
  const log = new LinkLog();
  log.calling = true;
  log.link = transport.dial(address, log);
  log.calling = false;
  logs.push(log);
  return log;
}

afterEach(() => {
  const all = logs.splice(0).flatMap(log => (log instanceof ListenLog ? [log, ...log.links] : [log]));
  for (const one of listening.splice(0)) one.close();
  for (const log of all) {
    if (log instanceof LinkLog && !log.events.some(event => event.startsWith('close'))) log.own.reset();
  }
  expect(all.flatMap(log => log.faults)).toEqual([]);
});

/** Writes as the engine does: whole pieces, and nothing more between `full` and `drain`. */
export async function writeInStep(log: LinkLog, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) {
    const drains = (): number => log.events.filter(event => event === 'drain').length;
    const before = drains();
    log.calling = true;
    const written = log.own.write(piece);
    log.calling = false;
    if (written === Written.full) await log.until(() => drains() > before, 'drain');
  }
}

/** Bytes that show where they belong: each 4 bytes are their own offset. */
export function numbered(length: number, from = 0): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32BE(from + at, at);
  return bytes;
}
