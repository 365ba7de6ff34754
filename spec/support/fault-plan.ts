import { seededRandom } from '../../lib/testing/index.js';
import type { Road, Roads } from './proxy.js';

/** What is done to a server, or to the connections to it. */
export type Deed =
  | 'nothing'
  | 'cut'
  // To a server in this process:
  | 'stop listening'
  | 'destroy'
  // To a server in a process of its own:
  | 'kill'
  | 'stop and go on'
  | 'stop and kill'
  | 'starve';

const DEEDS = {
  here: ['nothing', 'nothing', 'cut', 'stop listening', 'destroy'],
  child: ['nothing', 'kill', 'kill', 'stop and go on', 'stop and go on', 'stop and kill', 'starve', 'cut'],
} as const;

/** One connection of a round. */
export interface ConnectionPlan {
  /** Null: there is no proxy between the two. */
  readonly roads: Roads | null;
  readonly credit: boolean;
  /** Whether the client holds what it receives until the end of the round. */
  readonly isSlow: boolean;
  /** Lengths of the bodies that the server posts when it has accepted. */
  readonly there: readonly number[];
  readonly end: 'bye' | 'abort';
}

export type Step =
  | { readonly do: 'connect' | 'end'; readonly who: number }
  | { readonly do: 'post'; readonly who: number; readonly lengths: readonly number[] }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'deed' };

/** Everything that a round does; what it comes to is for the processes and the kernel to say. */
export interface RoundPlan {
  readonly place: 'here' | 'child';
  readonly network: 'tcp' | 'uds';
  readonly slots: { readonly client: number; readonly server: number };
  readonly maxQueuedBytes: number;
  readonly deed: Deed;
  readonly connections: readonly ConnectionPlan[];
  readonly steps: readonly Step[];
}

/** The plan of a seed: always the same. */
export function planOf(seed: number): RoundPlan {
  return new Planner(seededRandom(seed)).plan();
}

/** Whether everything that was posted on this connection must arrive. */
export function isGentle(plan: RoundPlan, { roads, end }: ConnectionPlan): boolean {
  const isOpen = (road: Road | undefined): boolean => road?.then !== 'reset' && road?.then !== 'truncate';
  return (
    (plan.deed === 'nothing' || plan.deed === 'stop and go on') &&
    end === 'bye' &&
    isOpen(roads?.toServer) &&
    isOpen(roads?.toClient)
  );
}

class Planner {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  plan(): RoundPlan {
    const place = this.#pick(['here', 'here', 'child'] as const);
    const network = this.#pick(['tcp', 'tcp', 'uds'] as const);
    const connections = this.#times(1 + this.#below(3), () => this.#connection(network));
    return {
      place,
      network,
      slots: { client: this.#pick([1, 2, 5, 16]), server: this.#pick([1, 2, 5, 16]) },
      maxQueuedBytes: this.#pick([70_000, 300_000, 1_000_000]),
      deed: this.#pick<Deed>(DEEDS[place]),
      connections,
      steps: this.#steps(connections.length),
    };
  }

  #connection(network: 'tcp' | 'uds'): ConnectionPlan {
    return {
      roads:
        network === 'tcp' && this.#below(4) > 0 ? { toServer: this.#road(), toClient: this.#road() } : null,
      credit: this.#below(2) === 0,
      isSlow: this.#below(4) === 0,
      there: this.#lengths(40),
      end: this.#pick(['bye', 'bye', 'bye', 'abort'] as const),
    };
  }

  #road(): Road {
    const then = this.#pick(['reset', 'truncate', 'stall', null, null, null] as const);
    return {
      ...(then === null ? {} : { then, after: this.#below(this.#pick([100, 5_000, 1_000_000])) }),
      // Not both: a bye would run into its time-out behind a million bytes, seven at a time.
      ...this.#pick([{}, {}, { delay: 1 + this.#below(2) }, { piece: this.#pick([7, 100, 4_096]) }]),
    };
  }

  /** Each connects, posts some times and ends, in an order of their own; the deed is done somewhere between. */
  #steps(connections: number): Step[] {
    const scripts: Step[][] = this.#times(connections, who => [
      { do: 'connect', who },
      ...this.#times(this.#below(5), (): Step => ({ do: 'post', who, lengths: this.#lengths(25) })),
      { do: 'end', who },
    ]);
    scripts.push([{ do: 'deed' }]);
    const steps: Step[] = [];
    for (let n = scripts.reduce((sum, { length }) => sum + length, 0); n > 0; n--) {
      const left = scripts.filter(({ length }) => length > 0);
      steps.push(this.#pick(left).shift() as Step, { do: 'turns', count: this.#below(8) });
    }
    return steps;
  }

  #lengths(most: number): number[] {
    const longest = this.#pick([10, 1_000, 65_536]);
    // Small pieces of big bodies would take their time.
    return this.#times(this.#below(longest > 1_000 ? most / 4 : most), () => this.#below(longest));
  }

  #times<T>(count: number, make: (n: number) => T): T[] {
    return Array.from({ length: count }, (_, n) => make(n));
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T;
  }

  /** A whole number from 0 up to, but not including, `n`. */
  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }
}
