import fc from 'fast-check';
import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';

/** Frames of a run over all targets, and where its random numbers begin; `npm run fuzz` says others. */
const FRAMES = numberFrom('FUZZ_RUNS', 10_000);
const SEED = numberFrom('FUZZ_SEED', 20_251_121);

/** How many inputs there are of one seed; the next ones have the next seed. */
const INPUTS_PER_SEED = 50;

/** How much memory a target may keep that goes on and on, in bytes. */
const GROWTH = 8 * 1024 * 1024;

/** How the frames of a run are shared out; a header block or an address counts as a frame. */
const SHARES = {
  decoder: 0.35,
  headers: 0.1,
  addresses: 0.1,
  listener: 0.25,
  client: 0.1,
  peers: 0.1,
} as const;

/** What is fuzzed. */
export interface Target<T> {
  readonly name: keyof typeof SHARES;
  /** What it is fed. */
  readonly inputs: fc.Arbitrary<T>;
  /** How many frames an input counts as. */
  readonly framesIn: (input: T) => number;
  /** Throws where the target misbehaves. */
  readonly check: (input: T) => Promise<void> | void;
}

/** The title of a target's spec: it tells which run it is. */
export function titleOf(name: keyof typeof SHARES): string {
  return `through ${String(framesOf(name))} frames from seed ${String(SEED)}`;
}

/** The time that a target's spec may take, in ms. */
export function limitOf(name: keyof typeof SHARES): number {
  return 30_000 + 2 * framesOf(name);
}

/**
 * Feeds a target until its share of the frames is used up. The same seed gives the same inputs; a failure names the seed it began
 * with: `npm run fuzz -- --seed <that> --runs 1` repeats it.
 */
export async function fuzz<T>({ name, inputs, framesIn, check }: Target<T>): Promise<void> {
  const most = framesOf(name);
  let frames = 0;
  const property = fc.asyncProperty(inputs, async input => {
    frames += framesIn(input);
    await check(input);
  });
  let before: number | null = null;
  for (let batch = 0; batch === 0 || frames < most; batch++) {
    // Not made smaller: the world in which it failed may be broken for all that would follow.
    await fc.assert(property, { seed: SEED + batch, numRuns: INPUTS_PER_SEED, endOnFailure: true });
    if (frames >= most / 5) before ??= memoryUsed();
  }
  const growth = memoryUsed() - (before ?? 0);
  if (growth > GROWTH) throw new Error(`${name} kept ${String(growth)} bytes of ${String(frames)} frames`);
}

function framesOf(name: keyof typeof SHARES): number {
  return Math.ceil(FRAMES * SHARES[name]);
}

function numberFrom(variable: string, fallback: number): number {
  const text = process.env[variable];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${variable} is no whole number: ${text}`);
  return value;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is in use, garbage left out. */
function memoryUsed(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
