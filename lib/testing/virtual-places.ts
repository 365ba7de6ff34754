import { type Address } from '../address/address.js';
import { MemAddress } from '../address/mem-address.js';
import { TcpAddress } from '../address/tcp-address.js';
import { UdsAddress } from '../address/uds-address.js';

/** Free ports are handed out from here on: where systems take theirs. */
const FIRST_FREE_PORT = 49_152;

/** A host that stands for all of them. */
const EVERY_HOST = ['', '0.0.0.0', '::'];

/** Who listens where in one virtual network. `L` is what listens. */
export class VirtualPlaces<L> {
  readonly #taken: { readonly address: Address; readonly listening: L }[] = [];
  #nextPort = FIRST_FREE_PORT;
  #nextName = 1;

  /** Takes a place, a free one where `asked` leaves that open; the place taken, or null when somebody listens there. */
  take(asked: Address, listening: L): Address | null {
    const address = this.#chosen(asked);
    if (!this.#isFree(address)) return null;
    this.#taken.push({ address, listening });
    return address;
  }

  /** Nobody listens where `listening` did. */
  leave(listening: L): void {
    const at = this.#taken.findIndex(place => place.listening === listening);
    if (at >= 0) this.#taken.splice(at, 1);
  }

  /** Who listens where a client's address leads. */
  find(address: Address): L | undefined {
    return this.#taken.find(place => overlap(place.address, address))?.listening;
  }

  #isFree(address: Address): boolean {
    return !this.#taken.some(place => overlap(place.address, address));
  }

  #chosen(asked: Address): Address {
    if (asked.kind === 'tcp') return asked.port === 0 ? this.#free(() => this.#portOf(asked.host)) : asked;
    if (asked.kind === 'uds') {
      return asked.path === '' ? this.#free(() => new UdsAddress('server', this.#name())) : asked;
    }
    return asked.name === '' ? this.#free(() => new MemAddress('server', this.#name())) : asked;
  }

  #free(candidate: () => Address): Address {
    for (;;) {
      const address = candidate();
      if (this.#isFree(address)) return address;
    }
  }

  #portOf(host: string): Address {
    return new TcpAddress('server', host, this.#nextPort++);
  }

  #name(): string {
    return `virtual-${String(this.#nextName++)}`;
  }
}

/** Whether two addresses are one place. */
function overlap(a: Address, b: Address): boolean {
  if (a.kind === 'tcp') return b.kind === 'tcp' && a.port === b.port && sameHost(a.host, b.host);
  if (a.kind === 'uds') return b.kind === 'uds' && a.path === b.path;
  return b.kind === 'mem' && a.name === b.name;
}

function sameHost(a: string, b: string): boolean {
  return EVERY_HOST.includes(a) || EVERY_HOST.includes(b) || hostName(a) === hostName(b);
}

function hostName(host: string): string {
  const name = host.toLowerCase();
  return name === 'localhost' ? '127.0.0.1' : name;
}
