import type { Paint } from './colours.js';
import type { Bucket } from './latencies.js';

const WIDTH = 40;

/** Draws buckets as bars, one a line. */
export function chart(buckets: readonly Bucket[], paint: Paint): string[] {
  const highest = Math.max(...buckets.map(({ count }) => count));
  return buckets.map(({ from, to, count }) => {
    // What was counted shows, however little it is.
    const length = count === 0 ? 0 : Math.max(1, Math.round((WIDTH * count) / highest));
    const bar = '█'.repeat(length) + ' '.repeat(WIDTH - length);
    return `${milliseconds(from)} .. ${milliseconds(to)}  ${paint('cyan', bar)}  ${String(count)}`;
  });
}

function milliseconds(value: number): string {
  return `${value.toFixed(3)} ms`.padStart(13);
}
