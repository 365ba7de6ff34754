#!/usr/bin/env node
import { Arguments } from './arguments.js';
import { COMMANDS } from './commands.js';
import { ExitStatus, UsageError } from './exit-status.js';
import { HELP, VERSION } from './flags.js';
import { printText } from './print-text.js';
import { runCommand } from './run-command.js';
import { helpText, usageLines } from './usage.js';
import { version } from './version.js';

// Whoever reads may leave first (EPIPE). What a command makes of that is its Output's to say.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<ExitStatus> {
  const [first, ...rest] = words;
  const command = COMMANDS.find(({ name }) => name === first);
  if (command !== undefined) return runCommand(command, rest);
  try {
    return await printText(withoutCommand(words));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${[`rxtofu: ${error.message}`, ...usageLines()].join('\n')}\n`);
    return ExitStatus.wrongUse;
  }
}

function withoutCommand(words: readonly string[]): string {
  const [first] = words;
  if (first !== undefined && !first.startsWith('-'))
    throw new UsageError(`${JSON.stringify(first)} is no command`);
  const args = new Arguments([HELP, VERSION], words);
  if (args.has('version')) return version();
  if (args.has('help')) return helpText();
  throw new UsageError('COMMAND is missing');
}
