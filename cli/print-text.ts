import { ExitStatus } from './exit-status.js';

/** Prints a text that is the whole result, such as the help: it is done when that is written, or when whoever reads has left. */
export function printText(text: string): Promise<ExitStatus> {
  return new Promise(resolve => {
    process.stdout.write(`${text}\n`, (error?: NodeJS.ErrnoException | null) => {
      if (error && error.code !== 'EPIPE') {
        process.stderr.write(`rxtofu: ${error.message}\n`);
        resolve(ExitStatus.failed);
      } else resolve(ExitStatus.done);
    });
  });
}
