/** How the process ends. */
export const ExitStatus = {
  done: 0,
  /** The operation failed; standard error names the status. */
  failed: 1,
  /** The command line can't be what was meant; standard error names the flag. */
  wrongUse: 2,
} as const;
export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];

/** The command line is wrong: the text begins with the flag or the argument that is. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A signal, or a reader that has gone, ended the command before it was through. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
