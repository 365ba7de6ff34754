// Whether what a process holds stays flat.
const MIB = 1024 * 1024;

/** How much the fitted line may rise over the second half of a soak. A leak has more time to show in a longer one. */
export const BOUNDS = { heap: 2 * MIB, rss: 16 * MIB, files: 10, slots: 16 };

/** By how much the line fitted to points (least squares) rises from the first to the last of them. */
export function rise(points) {
  const mean = of => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(point => point.x), mean(point => point.y)];
  const spread = mean(point => (point.x - x) ** 2);
  if (spread === 0) return 0;
  const slope = mean(point => (point.x - x) * (point.y - y)) / spread;
  return slope * (points.at(-1).x - points[0].x);
}

/** One line for each thing that a process holds: its rise over the second half of the samples, and whether that is within bounds. */
export function verdict(samples) {
  const half = samples.slice(Math.floor(samples.length / 2));
  return Object.entries(BOUNDS).map(([name, bound]) => {
    const risen = rise(half.map(sample => ({ x: sample.at, y: sample[name] })));
    return { name, risen, bound, isFlat: risen <= bound };
  });
}

/** As it is printed: bytes in MiB. */
export function figure(name, value) {
  return name === 'heap' || name === 'rss' ? `${(value / MIB).toFixed(1)} MiB` : value.toFixed(1);
}
