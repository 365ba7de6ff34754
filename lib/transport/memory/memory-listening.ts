import { MemAddress } from '../../address/mem-address.js';
import { Status } from '../../message/status.js';
import type { Clock } from '../clock.js';
import type { Listening, ListenReceiver } from '../transport.js';
import { type MemoryEnd, MemoryLink } from './memory-link.js';
import { memoryNames, type NamedListener } from './memory-names.js';

/** A listener under a name of this process. */
export class MemoryListening implements Listening, NamedListener {
  readonly #clock: Clock;
  readonly #receiver: ListenReceiver;
  readonly #name: string;
  #closed = false;

  constructor(clock: Clock, asked: string, receiver: ListenReceiver) {
    this.#clock = clock;
    this.#receiver = receiver;
    this.#name = asked === '' ? freeName() : asked;
    const taken = memoryNames().has(this.#name);
    if (!taken) memoryNames().set(this.#name, this);
    clock.soon(() => {
      if (this.#closed) return;
      if (taken) receiver.listeningOnFail(Status.listenFailed);
      else receiver.listeningOnReady(new MemAddress('server', this.#name));
    });
  }

  close(): void {
    this.#closed = true;
    if (memoryNames().get(this.#name) === this) memoryNames().delete(this.#name);
  }

  accept(dialler: MemoryEnd): boolean {
    const link = new MemoryLink(this.#clock);
    const receiver = this.#receiver.listeningOnLink(link);
    if (receiver === null) return false;
    dialler.join(link);
    link.join(dialler);
    link.report(receiver);
    return true;
  }
}

function freeName(): string {
  // Counting from 1 each time, many listeners would cost the square of their number.
  for (let n = memoryNames().size + 1; ; n++) {
    const name = `rxtofu-${String(n)}`;
    if (!memoryNames().has(name)) return name;
  }
}
