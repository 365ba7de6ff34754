import type { IdleWindow, IdleWindows } from '../pool/idle-windows.js';
import type { RequestWindow } from './request-window.js';

/**
 * The requests of one channel that hold slots and that nobody reads, as the pool knows them: when nothing moves any more because of them, the youngest
 * is given up.
 */
export class IdleRequests {
  readonly #registry: IdleWindows;
  readonly #isStarved: () => boolean;
  readonly #entries = new Map<RequestWindow, IdleWindow>();

  /** @param isStarved whether a request of this channel is being read, and waits for frames that come behind those of idle ones */
  constructor(registry: IdleWindows, isStarved: () => boolean) {
    this.#registry = registry;
    this.#isStarved = isStarved;
  }

  /** One that waits for its turn. That is no reason to give it up, unless others can't go on. */
  addWaiting(request: RequestWindow, giveUp: () => void): void {
    const isStarved = this.#isStarved;
    this.#add(request, giveUp, () => (isStarved() ? request.held : 0));
  }

  /** One that a reader has, and does not read. */
  addUnread(request: RequestWindow, giveUp: () => void): void {
    if (!this.#entries.has(request)) this.#add(request, giveUp, () => request.held);
  }

  /** It is read, or over. */
  remove(request: RequestWindow): void {
    if (this.#entries.size === 0) return;
    const entry = this.#entries.get(request);
    if (entry === undefined) return;
    this.#entries.delete(request);
    this.#registry.remove(entry);
  }

  #add(request: RequestWindow, giveUp: () => void, held: () => number): void {
    const isStarved = this.#isStarved;
    const entry: IdleWindow = {
      channelNumber: request.channelNumber,
      owner: this,
      get held() {
        return held();
      },
      get isInTheWay() {
        return isStarved();
      },
      giveUp: () => {
        this.remove(request);
        giveUp();
      },
    };
    this.#entries.set(request, entry);
    this.#registry.add(entry);
  }
}
