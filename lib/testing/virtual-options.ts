import { VirtualTimeScheduler } from 'rxjs';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { seededRandom } from './seeded-random.js';

/** What a virtual network is like. */
export interface VirtualNetworkOptions {
  /** Whose time it runs in: a TestScheduler, within `run()` or with `advance`. @default one of its own, for `advance` alone */
  scheduler?: VirtualTimeScheduler;
  /** How long bytes are under way, each direction, in ms. @default 0 */
  latency?: number;
  /**
   * How delivered bytes are cut, in bytes: into pieces of so many, or `'random'` ones. Frames fall into pieces and share them, but none is whole earlier or
   * later for it. @default what arrives together is one piece
   */
  chunk?: number | 'random';
  /** How many bytes each direction of a connection carries in a ms. @default Infinity */
  bandwidth?: number;
  /** The virtual ms at which the network's engines are destroyed, so that what repeats itself for ever ends. @default Infinity */
  until?: number;
  /** What `'random'` cuts are drawn from: the same seed, the same cuts. A whole number. @default 1 */
  seed?: number;
}

/** The options as a network needs them. */
export interface ResolvedNetworkOptions {
  readonly scheduler: VirtualTimeScheduler;
  readonly latency: number;
  readonly bandwidth: number;
  readonly until: number;
  readonly pieceLength: () => number;
}

/** Random pieces are of 1 to this many bytes, small ones the most frequent: headers are 16 bytes. */
const LONGEST_RANDOM_PIECE = 2048;

/**
 * Fills in the defaults.
 *
 * @throws TofuError `not_allowed` naming the option and its value
 */
export function resolveNetworkOptions(options: VirtualNetworkOptions): ResolvedNetworkOptions {
  const { chunk, latency = 0, bandwidth = Infinity, until = Infinity, seed = 1 } = options;
  assertOption('latency', latency, latency >= 0 && latency < Infinity, 'a number of 0 and more');
  assertOption('bandwidth', bandwidth, bandwidth > 0, 'a positive number');
  assertOption('until', until, until >= 0, 'a number of 0 and more');
  assertOption('seed', seed, Number.isInteger(seed), 'a whole number');
  return {
    scheduler: options.scheduler ?? new VirtualTimeScheduler(),
    latency,
    bandwidth,
    until,
    pieceLength: pieceLengths(chunk, seed),
  };
}

function pieceLengths(chunk: number | 'random' | undefined, seed: number): () => number {
  if (chunk === 'random') {
    const random = seededRandom(seed);
    return () => 1 + Math.floor(random() ** 3 * LONGEST_RANDOM_PIECE);
  }
  const length = chunk ?? Infinity;
  const isLength = length === Infinity || (Number.isInteger(length) && length > 0);
  assertOption('chunk', length, isLength, "a positive whole number or 'random'");
  return () => length;
}

function assertOption(name: string, value: unknown, isFine: boolean, what: string): void {
  if (typeof value === 'number' && isFine) return;
  throw new TofuError(
    Status.notAllowed,
    `virtualNetwork: option ${name} is ${String(value)}, which is not ${what}`,
  );
}
