/** A window that holds slots while nobody reads it. */
export interface IdleWindow {
  readonly channelNumber: number;
  /** Slots that it holds. */
  readonly held: number;
  /** Whether another window of its channel is being read, and can't go on before this one's slots are free. */
  readonly isInTheWay: boolean;
  /** Whose it is: those of one owner on one channel are all in the way, or none of them is. */
  readonly owner: object;
  /** Ends it with pool_empty, and gives its slots back. */
  giveUp(): void;
}

/**
 * The windows that hold slots and that nobody reads, oldest first. When they hold every slot that a waiting channel may have, nothing moves any more
 * until one of them is given up.
 */
export class IdleWindows {
  readonly #windows = new Set<IdleWindow>();
  /** Channels that had to give up a window for one that is being read, and on which no other has been read since. */
  readonly #stuck = new Set<number>();

  get size(): number {
    return this.#windows.size;
  }

  /** Called when a window has begun to hold slots that nobody reads. */
  onAdd: () => void = () => undefined;

  add(window: IdleWindow): void {
    this.#windows.add(window);
    this.onAdd();
  }

  /** Somebody reads it, or nobody ever will. */
  remove(window: IdleWindow): void {
    if (this.#windows.delete(window)) this.#stuck.clear();
  }

  /** Whether a channel that waits again is where it was when a window of its was given up. */
  isStuck(channelNumber: number): boolean {
    return this.#stuck.has(channelNumber);
  }

  /** Whether a window of this channel is being read, and can't go on before others' slots are free, or their sender may send more. */
  areInTheWay(channelNumber: number): boolean {
    if (this.#windows.size === 0) return false;
    const asked = new Set<object>();
    for (const window of this.#windows) {
      if (window.channelNumber !== channelNumber || asked.has(window.owner)) continue;
      asked.add(window.owner);
      if (window.isInTheWay) return true;
    }
    return false;
  }

  /** Whether they hold all that this channel holds. */
  areAllOf(channelNumber: number, heldByChannel: number): boolean {
    const ofChannel = [...this.#windows].filter(window => window.channelNumber === channelNumber);
    return sum(ofChannel) >= heldByChannel;
  }

  /**
   * Gives up the youngest of them, if they hold all slots of the pool or all that this channel has.
   *
   * @param heldInAll messages held, of the whole pool
   * @param heldByChannel messages held, of the channel that waits
   */
  giveUpYoungest(channelNumber: number, heldInAll: number, heldByChannel: number): boolean {
    const windows = [...this.#windows];
    const ofChannel = windows.filter(window => window.channelNumber === channelNumber);
    const stuck = sum(windows) >= heldInAll ? windows : sum(ofChannel) >= heldByChannel ? ofChannel : [];
    const youngest = stuck.filter(window => window.held > 0).at(-1);
    if (youngest === undefined) return false;
    if (ofChannel.some(window => window.isInTheWay)) this.#stuck.add(channelNumber);
    else this.#stuck.delete(channelNumber);
    this.#windows.delete(youngest);
    youngest.giveUp();
    return true;
  }
}

function sum(windows: readonly IdleWindow[]): number {
  return windows.reduce((held, window) => held + window.held, 0);
}
