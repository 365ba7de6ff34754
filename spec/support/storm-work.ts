import { concatMap, map, type Observable, of, range, timer, toArray, type VirtualTimeScheduler } from 'rxjs';
import type { MessageWindow, Peer, Reply } from '../../lib/index.js';
import { seededRandom } from '../../lib/testing/index.js';

const SIZES = [0, 10, 1_000, 20_000];
/** No handler takes longer by itself. */
const LONGEST_MS = 200;

/** What is asked and answered in a storm, as drawn from a seed. */
export class StormWork {
  readonly #random: () => number;
  readonly #scheduler: VirtualTimeScheduler;

  constructor(seed: number, scheduler: VirtualTimeScheduler) {
    this.#random = seededRandom(seed);
    this.#scheduler = scheduler;
  }

  /** A whole number below `n`. */
  one(n: number): number {
    return Math.floor(this.#random() * n);
  }

  /** One of the ways to answer. */
  handle(peer: Peer, request: MessageWindow): Reply {
    const way = Number(request.first.body.text()[0] ?? 0) % 10;
    switch (way) {
      case 0:
        return request.first.body.text();
      case 1:
        return this.#slow('late');
      case 2:
        return this.values(2 + this.one(40));
      case 3:
        request.release();
        return this.#slow('released');
      case 4:
        return request.pipe(
          toArray(),
          map(parts => String(parts.length)),
        );
      case 5:
        throw new Error('thrown');
      default:
        return peer.request('0 back', { timeout: 300 }).pipe(map(message => message.body.text()));
    }
  }

  #slow(text: string): Observable<string> {
    return timer(this.one(LONGEST_MS), this.#scheduler).pipe(map(() => text));
  }

  /** Parts of an upload or a reply. */
  values(count: number): Observable<string> {
    const way = 4;
    const wait = this.one(3);
    const body = this.body();
    return range(0, count).pipe(
      concatMap(() => (wait === 0 ? of(0) : timer(wait, this.#scheduler))),
      map(() => `${String(way)} ${body}`),
    );
  }

  /** A body. */
  body(): string {
    return 'b'.repeat(SIZES[this.one(SIZES.length)] as number);
  }
}
