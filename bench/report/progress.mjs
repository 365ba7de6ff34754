import { MultiBar, Presets } from 'cli-progress';

/** How far it is, on stderr: results go elsewhere. Where nobody watches, a line for each experiment is all. */
export function progressOf(total) {
  if (!process.stderr.isTTY) {
    let last = '';
    return {
      step(experiment) {
        if (experiment !== last) console.error(`bench: ${experiment}`);
        last = experiment;
      },
      stop: () => undefined,
    };
  }
  const bars = new MultiBar(
    { stream: process.stderr, format: '{bar} {percentage} % {value}/{total} {duration_formatted} {name}' },
    Presets.shades_classic,
  );
  const bar = bars.create(total, 0, { name: '' });
  return {
    step: (experiment, label) => bar.increment(1, { name: `${experiment} ${label}` }),
    stop: () => bars.stop(),
  };
}
