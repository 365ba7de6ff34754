import type { EngineMessage } from '../message/engine-message.js';
import { Status, statusName } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';

/** How a connection ended: in order, or lost, with the error that says how. */
export type PeerEnd = { readonly inOrder: true } | { readonly inOrder: false; readonly error: TofuError };

/** Gathers what is known of a connection's end, until channel_closed. */
export class PeerEnding {
  #inOrder = false;
  #fault: Status | null = null;
  #listener: ((end: PeerEnd) => void) | null = null;
  #end: PeerEnd | null = null;

  /** Either side has said goodbye, or we have given the connection up ourselves: nothing is lost with it. */
  goodbye(): void {
    this.#inOrder = true;
  }

  /** The engine has told of a fault. */
  fault(signal: EngineMessage): void {
    if (signal.status === Status.recvFailed || signal.status === Status.sendFailed)
      this.#fault = signal.status;
  }

  /** channel_closed has come. */
  closed(): void {
    const status = this.#fault ?? Status.peerDisconnected;
    this.#end =
      this.#inOrder && this.#fault === null
        ? { inOrder: true }
        : { inOrder: false, error: new TofuError(status, `the connection was lost: ${statusName(status)}`) };
    this.#listener?.(this.#end);
  }

  /** `f` hears of the end, at once where it has come. */
  listen(f: (end: PeerEnd) => void): void {
    if (this.#end === null) this.#listener = f;
    else f(this.#end);
  }
}
