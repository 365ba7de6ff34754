import type { Address } from '../address/address.js';
import { Status } from '../message/status.js';
import type { Link, LinkReceiver, Listening, ListenReceiver } from '../transport/transport.js';
import { VirtualConnection, type WireSettings } from './virtual-connection.js';
import { type EndUser, type Site, type VirtualLink } from './virtual-link.js';
import { VirtualPlaces } from './virtual-places.js';

/** A listener of a virtual network. */
interface VirtualListener {
  readonly site: Site;
  readonly receiver: ListenReceiver;
}

/** A connection that a partition keeps from being opened. */
interface WaitingDial {
  readonly connection: VirtualConnection;
  readonly address: Address;
  readonly from: Site;
  readonly to: Site;
}

/** What lies between the engines of a virtual network: who listens where, the connections, and the partitions. */
export class VirtualWires {
  readonly #settings: WireSettings;
  readonly #places = new VirtualPlaces<VirtualListener>();
  readonly #connections = new Set<VirtualConnection>();
  #partitions: readonly (readonly [Site, Site])[] = [];
  #waiting: WaitingDial[] = [];

  constructor(settings: WireSettings) {
    this.#settings = settings;
  }

  /** Listens; what there is to say of it is said in this frame. */
  listen(site: Site, asked: Address, receiver: ListenReceiver): Listening {
    const listener: VirtualListener = { site, receiver };
    const bound = this.#places.take(asked, listener);
    let closed = false;
    this.#settings.clock.soon(() => {
      if (closed) return;
      if (bound === null) receiver.listeningOnFail(Status.listenFailed);
      else receiver.listeningOnReady(bound);
    });
    return {
      close: () => {
        closed = true;
        this.#places.leave(listener);
      },
    };
  }

  /**
   * Begins a connection. It costs no time of its own: where somebody listens it stands in this frame, and what is written takes its
   * latency. Nobody there is known after the way there and back.
   */
  dial(from: Site, address: Address, receiver: LinkReceiver): Link {
    const connection = new VirtualConnection(
      this.#settings,
      { receiver, site: from },
      link => this.#accept(address, link),
      over => this.#connections.delete(over),
    );
    // Looked up when everything planned so far for this frame has had its turn: whoever is about to listen in it, does.
    this.#soon(() => {
      this.#soon(() => {
        this.#open(connection, from, address);
      });
    });
    return connection.dialler;
  }

  /** Whatever goes between the two sites waits from now on, what is under way included. */
  partition(a: Site, b: Site): void {
    if (this.#areParted(a, b)) return;
    this.#partitions = [...this.#partitions, [a, b]];
    for (const connection of this.#between(a, b)) connection.hold();
  }

  /** What waits between the two sites is sent now. */
  heal(a: Site, b: Site): void {
    this.#partitions = this.#partitions.filter(pair => !isPair(pair, a, b));
    for (const connection of this.#between(a, b)) connection.release();
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ from, to }) => !isPair([from, to], a, b));
    for (const { connection, from, to, address } of waiting) {
      if (!isPair([from, to], a, b)) continue;
      this.#soon(() => {
        this.#open(connection, from, address);
      });
    }
  }

  /** Cuts the connection that `receiver` hears of; false when there is none. */
  cut(receiver: unknown): boolean {
    for (const connection of this.#connections) {
      if (!connection.isOf(receiver)) continue;
      connection.cut();
      return true;
    }
    return false;
  }

  #open(connection: VirtualConnection, from: Site, address: Address): void {
    if (connection.dialler.isClosed) return;
    const to = this.#places.find(address)?.site;
    if (to === undefined) {
      this.#settings.clock.after(2 * this.#settings.latency, () => {
        connection.dialler.finish(Status.connectFailed);
      });
    } else if (this.#areParted(from, to)) {
      this.#waiting.push({ connection, address, from, to });
    } else {
      this.#connections.add(connection);
      connection.open(to);
    }
  }

  /** The connection has arrived: whoever listens there now may take it. */
  #accept(address: Address, link: VirtualLink): EndUser | null {
    const listener = this.#places.find(address);
    const receiver = listener?.receiver.listeningOnLink(link) ?? null;
    return listener === undefined || receiver === null ? null : { receiver, site: listener.site };
  }

  #areParted(a: Site, b: Site): boolean {
    return this.#partitions.some(pair => isPair(pair, a, b));
  }

  #between(a: Site, b: Site): VirtualConnection[] {
    return [...this.#connections].filter(connection => connection.joins(a, b));
  }

  #soon(f: () => void): void {
    this.#settings.clock.soon(f);
  }
}

function isPair([x, y]: readonly [Site, Site], a: Site, b: Site): boolean {
  return (x === a && y === b) || (x === b && y === a);
}
