import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** What /proc counts CPU time in: a hundredth of a second. */
const TICK_MICROS = 10_000;

/** What a subject tells of its side while it runs, and what is read off it. */
export class Side {
  /** How many it has counted. */
  total = 0;
  #told;
  #gauges = {};
  #next = 0;
  #wrongOrder = 0;
  #twice = 0;
  #seen = null;
  #kept = [];
  #helper = null;
  /** What the process takes with its modules loaded, and nothing done. */
  #rssAtStart = process.memoryUsage.rss();

  /** @param told called with what the runner must hear at once */
  constructor(told, { kind, messages }) {
    this.#told = told;
    if (kind === 'slow') this.#seen = new Uint8Array(messages);
  }

  listening(port) {
    this.#told({ kind: 'listening', port });
  }

  /** All connections stand. */
  opened() {
    this.#told({ kind: 'opened' });
  }

  /** Connections that nobody else may refer to. */
  keep(connections) {
    this.#kept.push(...connections);
  }

  /** The CPU time of a process that helps this side counts, too (Linux). */
  alsoCounts(pid) {
    this.#helper = pid;
  }

  count() {
    if (this.total++ === 0) this.#told({ kind: 'began' });
  }

  /** A numbered message was handled. */
  handled(sequence) {
    if (sequence !== this.#next) this.#wrongOrder++;
    this.#next = sequence + 1;
    if (this.#seen[sequence]++ > 0) this.#twice++;
    this.count();
  }

  gauge(name, read) {
    this.#gauges[name] = read;
  }

  /** This moment: on Linux the clock is one for all processes. */
  sample() {
    const { user, system } = process.cpuUsage();
    const gauges = Object.fromEntries(Object.entries(this.#gauges).map(([name, read]) => [name, read()]));
    return {
      at: performance.timeOrigin + performance.now(),
      total: this.total,
      cpuMicros: user + system + this.#helperMicros(),
      ...gauges,
    };
  }

  /** What the process takes, behind a collection. */
  memory() {
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, retained: heapUsed + external };
  }

  #helperMicros() {
    if (this.#helper === null) return 0;
    let fields;
    try {
      fields = readFileSync(`/proc/${this.#helper}/stat`, 'utf8').split(') ')[1].split(' ');
    } catch {
      return 0;
    }
    return (Number(fields[11]) + Number(fields[12])) * TICK_MICROS;
  }

  /** What is known at the end. */
  verdict() {
    return {
      rssAtStart: this.#rssAtStart,
      peakRss: process.resourceUsage().maxRSS * 1024,
      wrongOrder: this.#wrongOrder,
      twice: this.#twice,
    };
  }
}
