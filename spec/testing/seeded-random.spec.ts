import { seededRandom } from '../../lib/testing/index.js';

function draws(seed: number, count: number): number[] {
  return Array.from({ length: count }, seededRandom(seed));
}

describe('seededRandom', () => {
  it('draws the same for the same seed, and something else for another', () => {
    expect(draws(7, 100)).toEqual(draws(7, 100));
    expect(draws(7, 100)).not.toEqual(draws(8, 100));
  });

  it('draws numbers of 0 up to 1, evenly', () => {
    const numbers = draws(1, 10_000);
    const tenths = Array<number>(10).fill(0);
    for (const number of numbers)
      tenths[Math.floor(number * 10)] = (tenths[Math.floor(number * 10)] ?? 0) + 1;
    expect(tenths).toHaveLength(10);
    expect(Math.min(...tenths)).toBeGreaterThan(900);
    expect(Math.max(...tenths)).toBeLessThan(1_100);
  });

  it('takes seeds of any sign and size', () => {
    for (const seed of [0, -1, 2 ** 31, 2 ** 32 + 5]) {
      const [number] = draws(seed, 1) as [number];
      expect(number).toBeGreaterThanOrEqual(0);
      expect(number).toBeLessThan(1);
    }
    expect(draws(2 ** 32 + 5, 3)).toEqual(draws(5, 3));
  });
});
