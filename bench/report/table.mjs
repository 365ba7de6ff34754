import { median, medianOf, ratios } from './figures.mjs';

const whole = number => Math.round(number).toLocaleString('en');
const mebi = bytes => (bytes / 2 ** 20).toFixed(0);
const span = ({ median, min, max }) => `${median.toFixed(2)} (${min.toFixed(2)}..${max.toFixed(2)})`;

const micros = number => number.toFixed(2);
const spread = ({ rounds }, figure, show) => {
  const figures = rounds.map(figure);
  return `${show(median(figures))} (${show(Math.min(...figures))}..${show(Math.max(...figures))})`;
};

const cpu = round => round.serverCpuMicros + round.clientCpuMicros;

const rateColumns = [
  ['rate to base', (result, base) => span(ratios(result, base, round => round.perSecond))],
  ['CPU to base', (result, base) => span(ratios(result, base, cpu))],
  ['a second', result => spread(result, round => round.perSecond, whole)],
  ['CPU us, both sides', result => spread(result, cpu, micros)],
  [
    'server + client',
    result =>
      `${micros(medianOf(result, round => round.serverCpuMicros))} + ${micros(medianOf(result, round => round.clientCpuMicros))}`,
  ],
];

const bytes = read => result => spread(result, read, whole);

const restColumns = [
  ['server RSS', bytes(round => round.serverBytes.rss)],
  ['server heap', bytes(round => round.serverBytes.retained)],
  ['client RSS', bytes(round => round.clientBytes.rss)],
  ['client heap', bytes(round => round.clientBytes.retained)],
];

const slowColumns = [
  ['server MiB', result => mebi(medianOf(result, round => round.serverPeakRss))],
  ['to base', (result, base) => span(ratios(result, base, round => round.serverPeakRss))],
  ['risen by', result => mebi(medianOf(result, round => round.serverRise))],
  ['client MiB', result => mebi(medianOf(result, round => round.clientPeakRss))],
  ['to base', (result, base) => span(ratios(result, base, round => round.clientPeakRss))],
  ['risen by', result => mebi(medianOf(result, round => round.clientRise))],
  ['posted', result => whole(medianOf(result, round => round.peak.posted))],
  ['sent', result => whole(medianOf(result, round => round.peak.sent))],
  ['kernel KiB', result => whole(medianOf(result, round => round.peak.kernelBytes) / 1024)],
  ['sent - kernel', result => whole(medianOf(result, round => round.peak.sentBeyondKernel))],
  ['in the server', result => whole(medianOf(result, round => round.peak.received))],
  ['wrong order', result => whole(medianOf(result, round => round.wrongOrder))],
  ['twice', result => whole(medianOf(result, round => round.twice))],
  ['s', result => medianOf(result, round => round.seconds).toFixed(0)],
];

function columnsFor(round) {
  if ('peak' in round) return slowColumns;
  return 'serverBytes' in round ? restColumns : rateColumns;
}

const baseOf = ({ base }, results) => results.find(({ label }) => label === base) ?? results[0];

/** The results of one comparison as a Markdown table. */
export function table(title, results) {
  const columns = columnsFor(results[0].rounds[0]);
  const rows = [
    [title, ...columns.map(([name]) => name)],
    ...results.map(result => [
      result.label,
      ...columns.map(([, cell]) => cell(result, baseOf(result, results))),
    ]),
  ];
  return tableOf(rows);
}

/** Rows as a Markdown table; the first has the headings. */
export function tableOf(rows) {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map(row => row[column].length)));
  const line = row => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n');
}

const nanos = number => (number < 100 ? number.toFixed(1) : whole(number));

/** What the micro-benchmarks found. */
export const microTable = micro =>
  tableOf([
    ['part', 'ns: median', 'mean', 'p99'],
    ...micro.map(({ name, median, mean, p99 }) => [name, ...[median, mean, p99].map(nanos)]),
  ]);
