import cliProgress from 'cli-progress';

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
  const bar = new cliProgress.SingleBar(
    { stream, format, barsize: 30, clearOnComplete: true, etaBuffer: 50 },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total, 0);
  let isShown = true;
  return {
    update: value => {
      if (isShown) bar.update(Math.min(value, total));
    },
    clear: () => {
      if (isShown) stream.write('\r\u001b[2K');
    },
    stop: () => {
      if (isShown) bar.stop();
      isShown = false;
    },
  };
}
