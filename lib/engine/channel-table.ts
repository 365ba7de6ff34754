import { ChannelNumbers } from './channel-numbers.js';
import type { OpenChannel } from './open-channel.js';

/**
 * Every channel of an engine by its number. A closed channel stays until its channel_closed was delivered, so that a group which nobody
 * reads can't be made to hold more than `maxChannels` of them.
 */
export class ChannelTable {
  readonly #channels = new Map<number, OpenChannel>();
  readonly #numbers = new ChannelNumbers();
  readonly #maxChannels: number;
  /** Accepted sockets that have no number yet: they count too. */
  #unnumbered = 0;

  constructor(maxChannels: number) {
    this.#maxChannels = maxChannels;
  }

  /** Channels and sockets that wait for their hello. */
  get size(): number {
    return this.#channels.size + this.#unnumbered;
  }

  /** Whether one more channel or socket is within `maxChannels`. */
  hasRoom(): boolean {
    return this.size < this.#maxChannels;
  }

  /** The channel with this number. */
  get(number: number): OpenChannel | undefined {
    return this.#channels.get(number);
  }

  channels(): IterableIterator<OpenChannel> {
    return this.#channels.values();
  }

  /** Gives `channel` a number; false when none is free. */
  add(channel: OpenChannel): boolean {
    const number = this.#numbers.assign();
    if (number === 0) return false;
    channel.number = number;
    this.#channels.set(number, channel);
    return true;
  }

  /** A socket was accepted that has no number yet, */
  addUnnumbered(): void {
    this.#unnumbered++;
  }

  /** and now has one, or is gone. */
  removeUnnumbered(): void {
    this.#unnumbered--;
  }

  /** The number is free. */
  release(channel: OpenChannel): void {
    if (this.#channels.get(channel.number) !== channel) return;
    this.#channels.delete(channel.number);
    this.#numbers.release(channel.number);
  }
}
