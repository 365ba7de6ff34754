import type { Arguments } from './arguments.js';
import type { Flag } from './flags.js';
import type { Output } from './output.js';
import type { Progress } from './progress.js';

/** What a command works with. */
export interface Context {
  /** Results. */
  readonly output: Output;
  /** Everything else: one line on standard error. */
  readonly note: (text: string) => void;
  /** Shows how far the command is, until it ends. */
  readonly progress: (total: number, format: string) => Progress;
  /** Aborts when the command is to end early, with an Interrupted as its reason. */
  readonly stop: AbortSignal;
}

/** A command of the command line. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Its arguments, as usage writes them. */
  readonly usage: string;
  readonly flags: readonly Flag[];
  /** What help tells beside the flags. */
  readonly notes: readonly string[];
  /** Resolves when it is done; rejects with why it failed, and with a UsageError before it has begun. */
  run(args: Arguments, context: Context): Promise<void>;
}
