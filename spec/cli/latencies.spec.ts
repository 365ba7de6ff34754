import { chart } from '../../cli/chart.js';
import { plain } from '../../cli/colours.js';
import { histogram, summarize } from '../../cli/latencies.js';

describe('latencies', () => {
  it('are summed up by nearest rank', () => {
    const times = Array.from({ length: 200 }, (_, n) => 200 - n);
    expect(summarize(times)).toEqual({ min: 1, median: 100, p95: 190, p99: 198, max: 200, mean: 100.5 });
  });

  it('are all the same where there is one', () => {
    expect(summarize([3])).toEqual({ min: 3, median: 3, p95: 3, p99: 3, max: 3, mean: 3 });
  });

  it('are counted in buckets of 1, 2, 5, 10, from the shortest to the longest', () => {
    expect(histogram([0.3, 0.2, 0.499, 0.5, 3])).toEqual([
      { from: 0.2, to: 0.5, count: 3 },
      { from: 0.5, to: 1, count: 1 },
      { from: 1, to: 2, count: 0 },
      { from: 2, to: 5, count: 1 },
    ]);
  });

  it('below a microsecond are in the first bucket', () => {
    expect(histogram([0, 0.0005])).toEqual([{ from: 0, to: 0.002, count: 2 }]);
  });

  it('are counted once each, however many there are', () => {
    const times = Array.from({ length: 300_000 }, (_, n) => n / 1_000);
    expect(histogram(times).reduce((sum, { count }) => sum + count, 0)).toBe(300_000);
  });

  it('are drawn in bars: the highest 40 wide, and no count without a mark', () => {
    const buckets = [
      { from: 0.2, to: 0.5, count: 1 },
      { from: 0.5, to: 1, count: 1_000 },
      { from: 1, to: 2, count: 0 },
      { from: 2, to: 5, count: 500 },
    ];
    expect(chart(buckets, plain)).toEqual([
      `     0.200 ms ..      0.500 ms  █${' '.repeat(39)}  1`,
      `     0.500 ms ..      1.000 ms  ${'█'.repeat(40)}  1000`,
      `     1.000 ms ..      2.000 ms  ${' '.repeat(40)}  0`,
      `     2.000 ms ..      5.000 ms  ${'█'.repeat(20)}${' '.repeat(20)}  500`,
    ]);
  });
});
