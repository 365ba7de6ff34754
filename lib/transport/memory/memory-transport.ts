import type { Address } from '../../address/address.js';
import { Status } from '../../message/status.js';
import type { Clock } from '../clock.js';
import type { Link, LinkReceiver, Listening, ListenReceiver, Transport } from '../transport.js';
import { MemoryLink } from './memory-link.js';
import { MemoryListening } from './memory-listening.js';
import { memoryNames } from './memory-names.js';

/** Connections within the process, by name. */
export class MemoryTransport implements Transport {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  dial(address: Address, receiver: LinkReceiver): Link {
    const name = assertMemName(address);
    const link = new MemoryLink(this.#clock);
    link.report(receiver);
    this.#clock.soon(() => {
      if (link.isClosed()) return;
      const listening = memoryNames().get(name);
      if (listening === undefined) {
        link.fail(Status.connectFailed);
        return;
      }
      const accepted = listening.accept(link);
      receiver.linkOnOpen();
      if (!accepted) link.fail(Status.peerDisconnected);
    });
    return link;
  }

  listen(address: Address, receiver: ListenReceiver): Listening {
    return new MemoryListening(this.#clock, assertMemName(address), receiver);
  }
}

function assertMemName(address: Address): string {
  if (address.kind !== 'mem') throw new Error(`${address.toString()} is no in-process address`);
  return address.name;
}
