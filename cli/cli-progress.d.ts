/** As much of cli-progress as is used here: it brings no types of its own. */
declare module 'cli-progress' {
  interface Options {
    stream: NodeJS.WritableStream;
    format: string;
    barsize: number;
    clearOnComplete: boolean;
    etaBuffer: number;
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
