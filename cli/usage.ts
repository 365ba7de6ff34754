import type { Command } from './command.js';
import { COMMANDS } from './commands.js';
import { type Flag, HELP, VERSION } from './flags.js';

const ADDRESS = [
  'ADDRESS is tcp:HOST:PORT or uds:PATH; "tcp|HOST|PORT" and "uds|PATH", as they stand in a header, are the same.',
];

/** What `--help` prints; without a command, the help of all of it. */
export function helpText(command?: Command): string {
  return (command === undefined ? generalHelp() : commandHelp(command)).join('\n');
}

/** What wrong use prints behind what is wrong. */
export function usageLines(command?: Command): string[] {
  const name = command === undefined ? 'rxtofu' : `rxtofu ${command.name}`;
  const usage =
    command === undefined
      ? `${name} ${COMMANDS.map(({ name }) => name).join('|')} ADDRESS`
      : usageOf(command);
  return [`usage: ${usage}`, `\`${name} --help\` tells more`];
}

function usageOf(command: Command): string {
  return `rxtofu ${command.name} ${command.usage}`;
}

function generalHelp(): string[] {
  return [
    'usage: rxtofu COMMAND ADDRESS [flags]',
    '',
    ...table(COMMANDS.map(({ name, summary }) => [name, summary])),
    '',
    ...table([HELP, VERSION].map(row)),
    '',
    ...ADDRESS,
    'Results go to standard output, everything else to standard error. The exit status is 0 when it is done,',
    '1 when it failed (standard error names the status, such as connect_failed), 2 for wrong use.',
    '',
    '`rxtofu COMMAND --help` tells more of a command.',
  ];
}

function commandHelp(command: Command): string[] {
  return [
    `usage: ${usageOf(command)}`,
    '',
    `${command.name} ${command.summary}.`,
    '',
    ...table(command.flags.map(row)),
    '',
    ...ADDRESS,
    ...command.notes,
  ];
}

function row({ name, short, value, help }: Flag): [string, string] {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return [short === undefined ? long : `-${short}, ${long}`, help];
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
