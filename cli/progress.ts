import cliProgress from 'cli-progress';
import { barTerminal } from './bar-terminal.js';

/** How far something is, on one line of a terminal. */
export interface Progress {
  update(value: number): void;
  /** Wipes the line: something else is about to be printed. */
  clear(): void;
  stop(): void;
}

const SILENT: Progress = { update: () => undefined, clear: () => undefined, stop: () => undefined };

/** A bar on standard error where that is a terminal, else nothing. `format` is cli-progress' own. */
export function showProgress(stream: NodeJS.WriteStream, total: number, format: string): Progress {
  if (!stream.isTTY || total <= 0) return SILENT;
  const terminal = barTerminal(stream);
  const bar = new cliProgress.SingleBar(
    {
      terminal,
      format,
      barsize: 30,
      clearOnComplete: true,
      hideCursor: false,
      linewrap: true,
      forceRedraw: true,
      gracefulExit: false,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total, 0);
  let isShown = true;
  return {
    update: value => {
      if (isShown) bar.update(Math.min(value, total));
    },
    clear: () => {
      if (!isShown) return;
      terminal.cursorTo(0, null);
      terminal.clearLine();
    },
    stop: () => {
      if (isShown) bar.stop();
      isShown = false;
    },
  };
}
