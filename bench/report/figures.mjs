const sorted = numbers => [...numbers].sort((a, b) => a - b);

export const median = numbers => sorted(numbers)[Math.floor(numbers.length / 2)];

/** The median and the range of what `figure` is in each round, divided by what it is in the same round of the base. */
export function ratios(result, base, figure) {
  const perRound = sorted(result.rounds.map((round, index) => figure(round) / figure(base.rounds[index])));
  return { median: median(perRound), min: perRound[0], max: perRound.at(-1) };
}

export const medianOf = (result, figure) => median(result.rounds.map(figure));
