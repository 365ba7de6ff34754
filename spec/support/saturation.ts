import { concatMap, map, type Observable, of, range, timer, toArray, VirtualTimeScheduler } from 'rxjs';
import type { EngineOptions, MessageWindow, Reply, Upload } from '../../lib/index.js';
import { seededRandom } from '../../lib/testing/index.js';
import { type End, type VirtualEnds, virtualEnds } from './credit-pairs.js';
import { lineOfError } from './peers.js';
import { pulled } from './pulled.js';

/** One request, and how it went. */
export interface Outcome {
  readonly asked: string;
  readonly lines: string[];
  isOver: boolean;
}

const SIZES = [0, 10, 300, 3_000, 30_000];

/** Two Peers that ask, answer, stream, signal and cancel at once, as drawn from a seed. */
export class Saturation {
  readonly outcomes: Outcome[] = [];
  /** Numbers of the Signals that each side has heard. */
  readonly heard: number[][] = [[], []];
  readonly options: Record<'client' | 'server', EngineOptions>;
  readonly credit: boolean;
  mostParked = 0;
  mostBeyond = 0;
  ends!: VirtualEnds;
  readonly #random: () => number;
  readonly #seed: number;
  readonly #scheduler = new VirtualTimeScheduler();
  readonly #signals = [0, 0];

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = seededRandom(seed);
    this.options = { client: this.#engineOptions(), server: this.#engineOptions() };
    this.credit = this.#one(10) > 0;
  }

  /** Runs it to its end, or until `ms` virtual milliseconds have passed. */
  async run(ms: number): Promise<void> {
    const bandwidth = [Infinity, 1_000, 20_000][this.#one(3)] as number;
    const network = {
      scheduler: this.#scheduler,
      latency: this.#one(4),
      chunk: 'random',
      seed: this.#seed,
      bandwidth,
    } as const;
    this.ends = await virtualEnds({ ...this.options, credit: this.credit }, network);
    const sides = [this.ends.here, this.ends.there];
    for (const [index, side] of sides.entries()) {
      const concurrency = this.#one(3) === 0 ? 1 + this.#one(4) : Infinity;
      side.peer.respond(request => this.#handle(side, request), { concurrency });
      side.peer.signals$.subscribe(signal => this.heard[index]?.push(Number(signal.body.text())));
    }
    const steps = 20 + this.#one(150);
    const pause = this.#one(3);
    for (let step = 0; step < steps; step++) {
      this.#act(this.#one(2));
      if (pause > 0 && this.#one(pause * 3) === 0) await this.#pass(this.#one(10));
    }
    for (let passed = 0; passed < ms && !this.#isAtRest(); passed += 50) await this.#pass(50);
    // What goes behind the last answer: cancels, grants.
    await this.#pass(200);
  }

  #isAtRest(): boolean {
    if (this.outcomes.some(({ isOver }) => !isOver)) return false;
    return [this.ends.here, this.ends.there].every(({ engine }) => {
      const { requests, slots, queuedBytes, pausedChannels } = engine.stats();
      return requests + slots.used + slots.beyond + queuedBytes + pausedChannels === 0;
    });
  }

  async #pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 5) {
      await this.ends.pass(Math.min(left, 5));
      this.#look();
    }
  }

  #look(): void {
    for (const { channel, engine } of [this.ends.here, this.ends.there]) {
      this.mostParked = Math.max(this.mostParked, channel.reader.overdraft.parkedBytes);
      this.mostBeyond = Math.max(this.mostBeyond, engine.stats().slots.beyond);
    }
  }

  #engineOptions(): EngineOptions {
    const slots = [1, 2, 3, 4, 6, 8, 16, 64][this.#one(8)] as number;
    return {
      initialPoolMsgs: slots,
      maxPoolMsgs: slots,
      ...(this.#one(3) === 0 ? { maxSlotsPerChannel: 1 + this.#one(slots) } : {}),
      maxQueuedBytes: [40_000, 150_000, 1_000_000][this.#one(3)] as number,
      maxParkedBytes: [500, 5_000, 100_000, 1_000_000][this.#one(4)] as number,
      maxWindow: [1, 2, 8, 64, 4_096][this.#one(5)] as number,
      stallTimeout: 400,
    };
  }

  #act(index: number): void {
    const side = [this.ends.here, this.ends.there][index] as End;
    switch (this.#one(8)) {
      case 0:
        this.#signal(side, index);
        return;
      case 1:
        this.#ask(side, `${String(this.#one(4) + 4)} upload`, this.#parts());
        return;
      case 2:
        this.#ask(side, `${String(this.#one(4) + 4)} pulled`, pulled(this.#parts()));
        return;
      case 3:
        this.#pull(side);
        return;
      default: {
        const body = `${String(this.#one(9))} ${this.#body()}`;
        this.#ask(side, body, body);
      }
    }
  }

  #signal({ peer }: End, index: number): void {
    try {
      peer.signal(String(this.#signals[index]));
      (this.#signals[index] as number)++;
    } catch {
      // The channel is full.
    }
  }

  /** Some leave before the end. */
  #ask({ peer }: End, asked: string, upload: Upload): void {
    const outcome = this.#outcome(asked);
    const subscription = peer.request(upload, { timeout: 0 }).subscribe({
      next: message => outcome.lines.push(message.body.text().slice(0, 20)),
      error: (error: unknown) => {
        outcome.lines.push(`# ${lineOfError(error)}`);
        outcome.isOver = true;
      },
      complete: () => {
        outcome.lines.push('|');
        outcome.isOver = true;
      },
    });
    if (this.#one(5) > 0) return;
    this.#later(() => {
      if (outcome.isOver) return;
      subscription.unsubscribe();
      outcome.isOver = true;
    });
  }

  /** A reader that takes its time over each value. */
  #pull({ peer }: End): void {
    const outcome = this.#outcome('pull');
    const wait = this.#one(8);
    const leavesAfter = this.#one(4) === 0 ? this.#one(5) : Infinity;
    const request = peer.request(`2 ${this.#body()}`, { timeout: 0 });
    const read = async (): Promise<void> => {
      for await (const message of request) {
        outcome.lines.push(message.body.text().slice(0, 20));
        await this.#sleep(wait);
        if (outcome.lines.length > leavesAfter) break;
      }
    };
    void read()
      .catch((error: unknown) => outcome.lines.push(`# ${lineOfError(error)}`))
      .finally(() => {
        outcome.isOver = true;
      });
  }

  #outcome(asked: string): Outcome {
    const outcome: Outcome = { asked: asked.slice(0, 20), lines: [], isOver: false };
    this.outcomes.push(outcome);
    return outcome;
  }

  #handle({ peer }: End, request: MessageWindow): Reply {
    const way = Number(request.first.body.text()[0] ?? 0) % 10;
    switch (way) {
      case 0:
        return request.first.body.text();
      case 1:
        return this.#slowly('late');
      case 2:
        return this.#values(2 + this.#one(10));
      case 3:
        request.release();
        return this.#slowly('released');
      case 4:
        return request.pipe(
          toArray(),
          map(parts => String(parts.length)),
        );
      case 5:
        return this.#readSlowly(request);
      case 6:
        return pulled(this.#values(2 + this.#one(10)));
      case 7:
        throw new Error('thrown');
      default:
        return peer.request('0 back', { timeout: 300 }).pipe(map(message => message.body.text()));
    }
  }

  async #readSlowly(request: MessageWindow): Promise<string> {
    const wait = this.#one(6);
    let read = 0;
    for await (const _ of request) {
      read++;
      await this.#sleep(wait);
    }
    return String(read);
  }

  #slowly(value: string): Observable<string> {
    return timer(this.#one(60), this.#scheduler).pipe(map(() => value));
  }

  #values(count: number): Observable<string> {
    const wait = this.#one(10);
    const size = SIZES[this.#one(4)] as number;
    return range(0, count).pipe(
      concatMap(n => (wait === 0 ? of(n) : timer(wait, this.#scheduler).pipe(map(() => n)))),
      map(n => `${String(n)} ${'x'.repeat(size)}`),
    );
  }

  /** The first says what the handler is to do. */
  #parts(): Observable<string> {
    const way = 4 + this.#one(2);
    const wait = this.#one(5);
    const count = 1 + this.#one(12);
    const body = this.#body();
    return range(0, count).pipe(
      concatMap(() => (wait === 0 ? of(0) : timer(wait, this.#scheduler))),
      map(() => `${String(way)} ${body}`),
    );
  }

  #body(): string {
    return 'b'.repeat(SIZES[this.#one(SIZES.length)] as number);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.#scheduler.schedule(() => {
        resolve();
      }, ms);
    });
  }

  #later(f: () => void): void {
    this.#scheduler.schedule(f, this.#one(40));
  }

  /** A whole number below `n`. */
  #one(n: number): number {
    return Math.floor(this.#random() * n);
  }
}
