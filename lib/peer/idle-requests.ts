import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { IdleWindows } from '../pool/idle-windows.js';
import { OwnIdleWindows } from '../pool/own-idle-windows.js';
import type { RequestTable } from './request-table.js';
import type { RequestWindow } from './request-window.js';

/**
 * The requests of one channel that hold slots and that nobody reads: when nothing moves any more because of them, the youngest is given
 * up.
 */
export class IdleRequests {
  readonly #registry: IdleWindows;
  readonly #isOfUse: () => boolean;
  readonly #windows: OwnIdleWindows<RequestWindow>;

  /** @param table tells whether a request of this channel is being read, and waits for frames that come behind those of idle ones */
  constructor(registry: IdleWindows, table: RequestTable) {
    this.#registry = registry;
    this.#isOfUse = () => table.hasStarved;
    this.#windows = new OwnIdleWindows(this.#isOfUse);
  }

  /** One that waits for its turn. That is no reason to give it up, unless others can't go on. */
  addWaiting(request: RequestWindow, giveUp: (error: TofuError) => void): void {
    this.#windows.add(request, this.#registry, {
      isOfUse: this.#isOfUse,
      giveUp: () => {
        giveUp(heldEverySlot());
      },
    });
  }

  /** One that a reader has, and does not read. */
  addUnread(request: RequestWindow): void {
    if (this.#windows.has(request)) return;
    this.#windows.add(request, this.#registry, {
      giveUp: () => {
        request.giveUp(heldEverySlot());
        request.releaseBrake();
      },
    });
  }

  /** It is read, or over. */
  remove(request: RequestWindow): void {
    this.#windows.remove(request);
  }
}

function heldEverySlot(): TofuError {
  return new TofuError(
    Status.poolEmpty,
    'requests that nobody read held every slot: the youngest was given up',
  );
}
