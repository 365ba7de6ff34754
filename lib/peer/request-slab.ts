import { idKey } from '../rx/window-table.js';

/** Peers' own ids have the highest bit set: a space apart from the process sequence, which posts by hand use. */
export const OWN_SPACE = 0x8000_0000;
const LAST_GENERATION = 0x7fff_ffff;

/** What is kept under an id. */
export interface Numbered {
  idHigh: number;
  idLow: number;
}

/**
 * Requests under way by their id: the lower half of an own id is a place in an array, the upper half says which of its tenants is
 * meant. So a reply finds its request in one step, whatever is in flight, and a late one finds nobody. Ids set by hand are kept in a map.
 */
export class RequestSlab<T extends Numbered> {
  readonly #places: (T | null)[] = [];
  readonly #free: number[] = [];
  #generation = 0;
  readonly #byHand = new Map<number | string, T>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Gives `request` an own id, and keeps it. */
  add(request: T): void {
    const place = this.#free.pop() ?? this.#places.length;
    do {
      this.#generation = this.#generation === LAST_GENERATION ? 1 : this.#generation + 1;
      request.idHigh = (OWN_SPACE | this.#generation) >>> 0;
      request.idLow = place;
    } while (this.#isTakenByHand(request));
    this.#places[place] = request;
    this.#size++;
  }

  /** Keeps `request` under the id that it has; false when that is taken. */
  addByHand(request: T): boolean {
    if (this.get(request.idHigh, request.idLow) !== undefined) return false;
    this.#byHand.set(idKey(request.idHigh, request.idLow), request);
    this.#size++;
    return true;
  }

  get(idHigh: number, idLow: number): T | undefined {
    if (idHigh >= OWN_SPACE) {
      const request = this.#places[idLow];
      if (request?.idHigh === idHigh) return request;
    }
    return this.#byHand.size === 0 ? undefined : this.#byHand.get(idKey(idHigh, idLow));
  }

  delete(request: T): void {
    if (this.#places[request.idLow] === request) {
      this.#places[request.idLow] = null;
      this.#free.push(request.idLow);
      this.#size--;
    } else if (this.#byHand.delete(idKey(request.idHigh, request.idLow))) {
      this.#size--;
    }
  }

  /** All of them, in no order. */
  all(): T[] {
    return [...this.#places.filter(request => request !== null), ...this.#byHand.values()];
  }

  /** An id set by hand may be any, also one that would be next. */
  #isTakenByHand({ idHigh, idLow }: T): boolean {
    return this.#byHand.size > 0 && this.#byHand.has(idKey(idHigh, idLow));
  }
}
