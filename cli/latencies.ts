/** What can be said of a set of times, in ms. */
export interface Latencies {
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly mean: number;
}

/** How many times fell into `from <= time < to`, in ms. */
export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Sums up times; there is at least one. A percentile is a time that was measured (nearest rank). */
export function summarize(times: readonly number[]): Latencies {
  const sorted = [...times].sort((a, b) => a - b);
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
  return {
    min: rank(0),
    median: rank(0.5),
    p95: rank(0.95),
    p99: rank(0.99),
    max: rank(1),
    mean: sorted.reduce((sum, time) => sum + time, 0) / sorted.length,
  };
}

/** Counts times in buckets whose bounds go 1, 2, 5, 10 ..., from the shortest time to the longest; empty ones between are kept. */
export function histogram(times: readonly number[]): Bucket[] {
  const shortest = times.reduce((a, b) => Math.min(a, b), Infinity);
  const longest = times.reduce((a, b) => Math.max(a, b), 0);
  const buckets: Bucket[] = [];
  for (let step = 0; step === 0 || bound(step) <= longest; step++) {
    const from = step === 0 ? 0 : bound(step);
    const to = bound(step + 1);
    if (to <= shortest) continue;
    buckets.push({ from, to, count: times.filter(time => time >= from && time < to).length });
  }
  return buckets;
}

/** 1, 2, 5, 10, 20 ... microseconds, in ms. */
function bound(step: number): number {
  const decade = Math.floor(step / 3);
  return (([1, 2, 5][step % 3] ?? 1) * 10 ** decade) / 1_000;
}
