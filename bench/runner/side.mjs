import { performance } from 'node:perf_hooks';

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
      cpuMicros: user + system,
      ...gauges,
    };
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
