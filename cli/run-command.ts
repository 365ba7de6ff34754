import { TofuError } from '../lib/index.js';
import { Arguments } from './arguments.js';
import type { Command } from './command.js';
import { ExitStatus, Interrupted, UsageError } from './exit-status.js';
import { abortAtSignals } from './interruption.js';
import { Output } from './output.js';
import { printText } from './print-text.js';
import { type Progress, showProgress } from './progress.js';
import { helpText, usageLines } from './usage.js';
import { visible } from './visible.js';

/** Runs a command with what stands behind its name, and tells how it went. */
export async function runCommand(command: Command, words: readonly string[]): Promise<ExitStatus> {
  const { stdout, stderr } = process;
  const note = (text: string): void => {
    stderr.write(`${visible(text)}\n`);
  };
  const controller = new AbortController();
  let progress: Progress | null = null;
  let isUnread = false;
  let failure: unknown = null;
  const signals = abortAtSignals(controller);
  try {
    const args = new Arguments(command.flags, words);
    if (args.has('help')) return await printText(helpText(command));
    const output = new Output(
      stdout,
      args.has('json'),
      () => progress?.clear(),
      error => {
        isUnread = error === null;
        controller.abort(error ?? new Interrupted('nobody reads the output'));
      },
    );
    await command.run(args, {
      output,
      note,
      progress: (total, format) => (progress = showProgress(stderr, total, format)),
      stop: controller.signal,
    });
  } catch (error) {
    failure = error;
  } finally {
    signals[Symbol.dispose]();
  }
  // A command that ends in order when it is told to has nothing to say of a full disk.
  failure ??= writeFault(controller.signal);
  if (failure === null || isUnread) return ExitStatus.done;
  note(`rxtofu ${command.name}: ${describe(failure)}`);
  if (!(failure instanceof UsageError)) return ExitStatus.failed;
  for (const line of usageLines(command)) note(line);
  return ExitStatus.wrongUse;
}

function writeFault({ aborted, reason }: AbortSignal): unknown {
  return aborted && !(reason instanceof Interrupted) ? reason : null;
}

function describe(error: unknown): string {
  if (error instanceof TofuError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
