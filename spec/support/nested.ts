import { map } from 'rxjs';
import { type MessageWindow, TofuError } from '../../lib/index.js';
import type { Ends } from './credit-pairs.js';

export interface NestingOptions {
  readonly requests: number;
  /** How often a handler asks back: 1 means that only the server's does. */
  readonly depth: number;
  readonly timeout: number;
  /** The server's Peer asks, too: as many as the client's. */
  readonly bothAsk?: boolean;
  /** Handlers release their requests before they ask back. */
  readonly releases?: boolean;
}

/** Requests whose handlers ask back before they answer. */
export class Nesting {
  /** How often each outcome was told: a body, or the code and text of an error. */
  readonly outcomes: Record<string, number> = {};
  /** The most at any time, on either side: bytes parked, */
  mostParked = 0;
  /** and messages held. */
  mostHeld = 0;
  readonly #ends: Ends;
  readonly #options: NestingOptions;

  constructor(ends: Ends, options: NestingOptions) {
    this.#ends = ends;
    this.#options = options;
    const { depth, requests, timeout, bothAsk = false } = options;
    const askers = bothAsk ? [ends.here, ends.there] : [ends.here];
    for (const { peer } of [ends.here, ends.there]) {
      peer.messages$.subscribe(() => {
        this.#look();
      });
      peer.respond(request => this.#answer(peer, request));
    }
    for (const { peer } of askers) {
      for (let n = 0; n < requests; n++) {
        peer.request(String(depth), { timeout }).subscribe({
          next: message => {
            this.#count(message.body.text());
          },
          error: (error: unknown) => {
            this.#count(error instanceof TofuError ? `${error.code}: ${error.message}` : String(error));
          },
        });
      }
    }
  }

  /** Whether nothing is under way any more. */
  get isOver(): boolean {
    return this.#ends.here.engine.stats().requests + this.#ends.there.engine.stats().requests === 0;
  }

  #answer(
    peer: Ends['here']['peer'],
    request: MessageWindow,
  ): ReturnType<Parameters<typeof peer.respond>[0]> {
    const left = Number(request.first.body.text());
    if (left === 0) return 'answered';
    if (this.#options.releases === true) request.release();
    const { timeout } = this.#options;
    return peer.request(String(left - 1), { timeout }).pipe(map(message => message.body.text()));
  }

  #count(outcome: string): void {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
  }

  #look(): void {
    for (const { engine, channel } of [this.#ends.here, this.#ends.there]) {
      const { used, beyond } = engine.stats().slots;
      this.mostHeld = Math.max(this.mostHeld, used + beyond);
      this.mostParked = Math.max(this.mostParked, channel.reader.overdraft.parkedBytes);
    }
  }
}
