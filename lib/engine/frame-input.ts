import { Decoded, FrameDecoder } from '../wire/decoder.js';
import type { EngineContext } from './context.js';
import { FrameWatch } from './frame-watch.js';

/** The bytes of one connection as they come, up to its end: frame by frame, and watched where one takes too long. */
export class FrameInput {
  readonly decoder: FrameDecoder;
  /** Nothing more will come. */
  isEnded: boolean;
  readonly #watch: FrameWatch;
  /** Chunks that came while reading waited: the last ones of a link that was reset meanwhile. */
  #kept: Buffer[];

  constructor(context: EngineContext, onTimeout: () => void) {
    this.decoder = new FrameDecoder();
    this.isEnded = false;
    this.#watch = new FrameWatch(context, onTimeout);
    this.#kept = [];
  }

  /** The next bytes. */
  feed(chunk: Buffer): void {
    this.decoder.feed(chunk);
  }

  /** The next bytes, while those before them are not read to their end. */
  keep(chunk: Buffer): void {
    this.#kept.push(chunk);
  }

  /** Goes to the next frame. */
  next(): Decoded {
    for (;;) {
      const found = this.decoder.next();
      if (found !== Decoded.needMore) return found;
      const chunk = this.#kept.shift();
      if (chunk === undefined) return found;
      this.decoder.feed(chunk);
    }
  }

  /** All that came was looked at; `progressed` where that was a frame or more. */
  watch(progressed: boolean): void {
    if (this.decoder.isMidFrame()) this.#watch.midFrame(progressed);
    else this.#watch.stop();
  }

  /** The rest of a frame can't come now, or need not. */
  stopWatch(): void {
    this.#watch.stop();
  }

  end(): void {
    this.isEnded = true;
    this.#watch.dispose();
  }

  /** Drops what came. */
  close(): void {
    this.decoder.close();
    this.#kept = [];
    this.#watch.dispose();
  }
}
