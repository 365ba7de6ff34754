import type { EngineMessage } from '../message/engine-message.js';
import type { Delivery, OpenChannel } from './open-channel.js';
import type { EngineContext } from './context.js';
import type { GroupStream } from './group-stream.js';
import { poolEmpty } from './notices.js';

/** A group as its channels know it: where they deliver, and who ends them. */
export class ChannelHome implements Delivery {
  readonly #context: EngineContext;
  readonly #stream: GroupStream;
  readonly #channels = new Set<OpenChannel>();
  /** The spell of want that this group was told of last. */
  #toldSpell = 0;
  #allClosed: (() => void) | null = null;

  constructor(context: EngineContext, stream: GroupStream) {
    this.#context = context;
    this.#stream = stream;
  }

  get slotsUndelivered(): number {
    return this.#stream.slotsUndelivered;
  }

  deliver(message: EngineMessage, channel: OpenChannel | null): void {
    this.#stream.deliver(message, channel);
  }

  poolEmpty(spell: number): void {
    if (spell === this.#toldSpell || !this.#stream.wantsPoolEmpty()) return;
    this.#toldSpell = spell;
    this.#stream.deliver(poolEmpty(this.#context.pool), null);
  }

  channelBegan(channel: OpenChannel): void {
    this.#channels.add(channel);
  }

  channelEnded(channel: OpenChannel): void {
    this.#channels.delete(channel);
    if (this.#channels.size === 0) this.#allClosed?.();
  }

  /** Aborts every channel. `done` is called when the last one has said what it had to say: at once where there is none. */
  closeAll(done: () => void): void {
    if (this.#channels.size === 0) {
      done();
      return;
    }
    this.#allClosed = done;
    for (const channel of this.#channels) channel.abort();
  }
}
