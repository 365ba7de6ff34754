import { type Message } from '../lib/index.js';
import { type Paint, paintFor, plain } from './colours.js';
import { messageJson } from './message-json.js';
import { messageLine } from './message-line.js';

/** Where results go: standard output, as lines for people or as JSON, one object a line. */
export class Output {
  readonly isJson: boolean;
  readonly paint: Paint;
  readonly #stream: NodeJS.WriteStream;
  readonly #before: () => void;
  #isGone = false;
  readonly #waiting: (() => void)[] = [];

  /**
   * @param before called before each line on a terminal: what stands in its way is wiped
   * @param onGone called when nobody reads any more (EPIPE), with null, or when writing fails otherwise
   */
  constructor(
    stream: NodeJS.WriteStream,
    isJson: boolean,
    before: () => void,
    onGone: (error: Error | null) => void,
  ) {
    this.#stream = stream;
    this.isJson = isJson;
    this.paint = isJson ? plain : paintFor(stream);
    this.#before = before;
    stream.on('drain', () => {
      this.#release();
    });
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#release();
      if (this.#isGone) return;
      this.#isGone = true;
      onGone(error.code === 'EPIPE' ? null : error);
    });
  }

  message(message: Message): Promise<void> | undefined {
    return this.isJson ? this.object(messageJson(message)) : this.line(messageLine(message, this.paint));
  }

  object(object: object): Promise<void> | undefined {
    return this.line(JSON.stringify(object));
  }

  /** Prints a line; the Promise, where there is one, resolves when the next may follow. */
  line(text: string): Promise<void> | undefined {
    if (this.#isGone) return undefined;
    if (this.#stream.isTTY) this.#before();
    if (this.#stream.write(`${text}\n`)) return undefined;
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
