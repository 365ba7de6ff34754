import { medianOf, ratios } from './figures.mjs';

const whole = number => Math.round(number).toLocaleString('en');
const mebi = bytes => (bytes / 2 ** 20).toFixed(0);
const span = ({ median, min, max }) => `${median.toFixed(2)} (${min.toFixed(2)}..${max.toFixed(2)})`;

const cpu = round => round.serverCpuMicros + round.clientCpuMicros;

const rateColumns = [
  ['rate to base', (result, base) => span(ratios(result, base, round => round.perSecond))],
  ['CPU to base', (result, base) => span(ratios(result, base, cpu))],
  ['a second', result => whole(medianOf(result, round => round.perSecond))],
  [
    'CPU us: server + client',
    result =>
      `${medianOf(result, round => round.serverCpuMicros).toFixed(2)} + ${medianOf(result, round => round.clientCpuMicros).toFixed(2)}`,
  ],
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

const baseOf = ({ base }, results) => results.find(({ label }) => label === base) ?? results[0];

/** The results of one comparison as a Markdown table. */
export function table(title, results) {
  const columns = 'peak' in results[0].rounds[0] ? slowColumns : rateColumns;
  const rows = [
    [title, ...columns.map(([name]) => name)],
    ...results.map(result => [
      result.label,
      ...columns.map(([, cell]) => cell(result, baseOf(result, results))),
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  const line = row => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n');
}
