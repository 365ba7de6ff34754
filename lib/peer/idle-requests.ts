import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { IdleWindow, IdleWindows } from '../pool/idle-windows.js';
import type { RequestTable } from './request-table.js';
import type { RequestWindow } from './request-window.js';

/**
 * The requests of one channel that hold slots and that nobody reads, as the pool knows them: when nothing moves any more because of them, the youngest
 * is given up.
 */
export class IdleRequests {
  readonly #registry: IdleWindows;
  readonly #table: RequestTable;
  readonly #entries = new Map<RequestWindow, IdleWindow>();

  /** @param table tells whether a request of this channel is being read, and waits for frames that come behind those of idle ones */
  constructor(registry: IdleWindows, table: RequestTable) {
    this.#registry = registry;
    this.#table = table;
  }

  /** One that waits for its turn. That is no reason to give it up, unless others can't go on. */
  addWaiting(request: RequestWindow, giveUp: (error: TofuError) => void): void {
    const table = this.#table;
    this.#add(request, giveUp, () => (table.hasStarved ? request.held : 0));
  }

  /** One that a reader has, and does not read. */
  addUnread(request: RequestWindow): void {
    if (this.#entries.has(request)) return;
    const giveUp = (error: TofuError): void => {
      request.giveUp(error);
      request.releaseBrake();
    };
    this.#add(request, giveUp, () => request.held);
  }

  /** It is read, or over. */
  remove(request: RequestWindow): void {
    if (this.#entries.size === 0) return;
    const entry = this.#entries.get(request);
    if (entry === undefined) return;
    this.#entries.delete(request);
    this.#registry.remove(entry);
  }

  #add(request: RequestWindow, giveUp: (error: TofuError) => void, held: () => number): void {
    const table = this.#table;
    const entry: IdleWindow = {
      channelNumber: request.channelNumber,
      owner: this,
      get held() {
        return held();
      },
      get isInTheWay() {
        return table.hasStarved;
      },
      giveUp: () => {
        this.remove(request);
        giveUp(heldEverySlot());
      },
    };
    this.#entries.set(request, entry);
    this.#registry.add(entry);
  }
}

function heldEverySlot(): TofuError {
  return new TofuError(
    Status.poolEmpty,
    'requests that nobody read held every slot: the youngest was given up',
  );
}
