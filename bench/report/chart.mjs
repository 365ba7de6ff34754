import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import { rivalNames } from '../rivals/index.mjs';
import { median } from './figures.mjs';

const WIDTH = 320;
const COLORS = { floor: '#8c8c8c', rxtofu: '#1f77b4', other: '#ff7f0e' };

function kindOf(subject) {
  if (subject.startsWith('floor')) return 'floor';
  return rivalNames.includes(subject) ? 'other' : 'rxtofu';
}

/** A point for the median of each subject's rounds, and a line for their range. */
function panel(name, results, title, figure) {
  const values = results.map(({ label, subject, rounds }) => {
    const figures = rounds.map(figure);
    return {
      label,
      kind: kindOf(subject),
      median: median(figures),
      min: Math.min(...figures),
      max: Math.max(...figures),
    };
  });
  const y = { field: 'label', type: 'nominal', sort: null, title: null, axis: { labelLimit: 200 } };
  const x = {
    type: 'quantitative',
    scale: { type: 'log', nice: false },
    title,
    axis: { format: '~s', tickCount: 5 },
  };
  const color = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: Object.keys(COLORS), range: Object.values(COLORS) },
    legend: { title: null, orient: 'bottom' },
  };
  return {
    title: name,
    width: WIDTH,
    height: { step: 16 },
    data: { values },
    encoding: { y, color },
    layer: [
      { mark: { type: 'rule' }, encoding: { x: { ...x, field: 'min' }, x2: { field: 'max' } } },
      { mark: { type: 'point', filled: true, size: 60 }, encoding: { x: { ...x, field: 'median' } } },
    ],
  };
}

const isRated = ({ results }) => 'perSecond' in results[0].rounds[0];

/** The comparisons of one workload each as an SVG: rate on the left, CPU time on the right. */
export function chart(comparisons) {
  const panels = comparisons
    .filter(isRated)
    .flatMap(({ name, results }) => [
      panel(name, results, 'messages a second', round => round.perSecond),
      panel(
        name,
        results,
        'CPU microseconds a message, both sides',
        round => round.serverCpuMicros + round.clientCpuMicros,
      ),
    ]);
  const { spec } = compile({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    columns: 2,
    concat: panels,
  });
  return new View(parse(spec), { renderer: 'none' }).toSVG();
}
