import type { IdleWindow, IdleWindows } from './idle-windows.js';

/** A window as far as it holds slots. */
export interface SlotHolder {
  readonly channelNumber: number;
  /** Slots that it holds. */
  readonly held: number;
}

/** What to do with a window that nobody reads. */
export interface Idling {
  /** Ends it with pool_empty, and gives its slots back. */
  giveUp(): void;
  /** Whether giving it up would help anybody; it always would where this is absent. */
  readonly isOfUse?: () => boolean;
}

/** The windows of one owner that nobody reads, each entered with the pool while it is one of them. */
export class OwnIdleWindows<W extends SlotHolder> {
  readonly #isInTheWay: (window: W) => boolean;
  readonly #entries = new Map<W, Entry<W>>();

  /** @param isInTheWay whether another window of its channel is being read, and can't go on before this one's slots are free */
  constructor(isInTheWay: (window: W) => boolean) {
    this.#isInTheWay = isInTheWay;
  }

  /** All of them, oldest first. */
  get all(): readonly W[] {
    return [...this.#entries.keys()];
  }

  has(window: W): boolean {
    return this.#entries.has(window);
  }

  /** Nobody reads it. */
  add(window: W, registry: IdleWindows, idling: Idling): void {
    const entry = new Entry(this, window, registry, idling);
    this.#entries.set(window, entry);
    registry.add(entry);
  }

  /** It is read, or over. */
  remove(window: W): void {
    if (this.#entries.size === 0) return;
    const entry = this.#entries.get(window);
    if (entry === undefined) return;
    this.#entries.delete(window);
    entry.registry.remove(entry);
  }

  /** Whether it keeps a window of its channel from going on. */
  isInTheWay(window: W): boolean {
    return this.#isInTheWay(window);
  }
}

/** A window as the pool knows it. */
class Entry<W extends SlotHolder> implements IdleWindow {
  readonly owner: OwnIdleWindows<W>;
  readonly registry: IdleWindows;
  readonly #window: W;
  readonly #idling: Idling;

  constructor(owner: OwnIdleWindows<W>, window: W, registry: IdleWindows, idling: Idling) {
    this.owner = owner;
    this.registry = registry;
    this.#window = window;
    this.#idling = idling;
  }

  get channelNumber(): number {
    return this.#window.channelNumber;
  }

  get held(): number {
    return this.#idling.isOfUse?.() === false ? 0 : this.#window.held;
  }

  get isInTheWay(): boolean {
    return this.owner.isInTheWay(this.#window);
  }

  giveUp(): void {
    this.owner.remove(this.#window);
    this.#idling.giveUp();
  }
}
