/** As much of cli-progress as is used here: it brings no types of its own. */
declare module 'cli-progress' {
  /** Where a bar is drawn: what a single bar calls of it, when it neither hides the cursor nor forbids lines to wrap. */
  export interface Terminal {
    cursorSave(): void;
    cursorRestore(): void;
    /** To this column, 0 based. */
    cursorTo(x: number, y: null): void;
    write(text: string): void;
    clearRight(): void;
    clearLine(): void;
    isTTY(): boolean;
    getWidth(): number;
  }

  interface Options {
    terminal: Terminal;
    format: string;
    barsize: number;
    clearOnComplete: boolean;
    hideCursor: boolean;
    linewrap: boolean;
    /** Draws it anew each time, whether it has changed or not. */
    forceRedraw: boolean;
    /** Listens to SIGINT by itself. */
    gracefulExit: boolean;
  }

  interface Bar {
    start(total: number, value: number): void;
    update(value: number): void;
    stop(): void;
  }

  const cliProgress: {
    SingleBar: new (options: Options, preset: object) => Bar;
    Presets: { shades_classic: object };
  };
  export default cliProgress;
}
