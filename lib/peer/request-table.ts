import { idKey } from '../rx/window-table.js';
import { type Numbered, OWN_SPACE } from './request-slab.js';
import type { RequestWindow } from './request-window.js';

/** The peer's requests by their ids, and the ids of those that were refused. */
export class RequestTable {
  readonly #maxRequests: number;
  /** The one that came last is not filed: most are answered before the next one comes. */
  #latest: RequestWindow | null = null;
  /** Those with ids of Peers by their lower halves, which are places in the asking side's slab; */
  readonly #byPlace = new Map<number, RequestWindow>();
  /** others by the whole id, the latest where an id was used again, */
  readonly #byId = new Map<number | string, RequestWindow>();
  /** and those that it was used for before, while they are under way. */
  readonly #displaced = new Set<RequestWindow>();
  /** Those whose last frame has not come. */
  readonly #uploads = new Set<RequestWindow>();
  readonly #refused = new Set<number | string>();

  constructor(maxRequests: number) {
    this.#maxRequests = maxRequests;
  }

  /** Streams that were answered before their end are not under way any more, and are bounded all the same. */
  get isFull(): boolean {
    const latest = this.#latest === null ? 0 : 1;
    return latest + this.#byPlace.size + this.#byId.size >= 2 * this.#maxRequests;
  }

  /** The request with this id, the latest. */
  get(idHigh: number, idLow: number): RequestWindow | undefined {
    const latest = this.#latest;
    if (latest !== null && latest.idLow === idLow && latest.idHigh === idHigh) return latest;
    const placed = this.#byPlace.size === 0 ? undefined : this.#byPlace.get(idLow);
    if (placed?.idHigh === idHigh) return placed;
    return this.#byId.size === 0 ? undefined : this.#byId.get(idKey(idHigh, idLow));
  }

  add(request: RequestWindow): void {
    const earlier = this.get(request.idHigh, request.idLow);
    if (earlier !== undefined) {
      this.#remove(earlier);
      this.#displaced.add(earlier);
    }
    if (this.#latest !== null) this.#file(this.#latest);
    this.#latest = request;
    if (!request.isReceived) this.#uploads.add(request);
  }

  /** Its last frame has come. */
  received(request: RequestWindow): void {
    request.isReceived = true;
    this.#uploads.delete(request);
  }

  forget(request: RequestWindow): void {
    if (this.#uploads.size > 0) this.#uploads.delete(request);
    if (this.#displaced.size === 0 || !this.#displaced.delete(request)) this.#remove(request);
  }

  #file(request: RequestWindow): void {
    const { idHigh, idLow } = request;
    if (idHigh >= OWN_SPACE && !this.#byPlace.has(idLow)) this.#byPlace.set(idLow, request);
    else this.#byId.set(idKey(idHigh, idLow), request);
  }

  #remove(request: RequestWindow): void {
    if (this.#latest === request) {
      this.#latest = null;
      return;
    }
    const { idHigh, idLow } = request;
    if (this.#byPlace.get(idLow) === request) {
      this.#byPlace.delete(idLow);
      return;
    }
    if (this.#byId.size === 0) return;
    const key = idKey(idHigh, idLow);
    if (this.#byId.get(key) === request) this.#byId.delete(key);
  }

  all(): RequestWindow[] {
    const latest = this.#latest === null ? [] : [this.#latest];
    return [...this.#byPlace.values(), ...this.#byId.values(), ...this.#displaced, ...latest];
  }

  /** Whether one is being read, and its reader waits for frames that have not come. */
  get hasStarved(): boolean {
    for (const upload of this.#uploads) if (upload.isStarved) return true;
    return false;
  }

  /** Lets go of the brakes of such requests; whether there is one. */
  releaseStarved(): boolean {
    let isAny = false;
    for (const upload of this.#uploads) {
      if (!upload.isStarved) continue;
      isAny = true;
      upload.releaseBrake();
    }
    return isAny;
  }

  /**
   * The first frame of a stream was refused: the others are no request of their own. Only a peer that breaks the limit has more of them than
   * requests may be under way.
   */
  refuse({ idHigh, idLow }: Numbered): void {
    if (this.#refused.size < this.#maxRequests) this.#refused.add(idKey(idHigh, idLow));
  }

  /** Those that were refused by another table are, too. */
  adoptRefused(other: RequestTable): void {
    for (const key of other.#refused) this.#refused.add(key);
  }

  /** Whether a frame goes on with a stream that was refused; its last frame ends that. */
  isRefused({ idHigh, idLow }: Numbered, isLast: boolean): boolean {
    if (this.#refused.size === 0) return false;
    const key = idKey(idHigh, idLow);
    return isLast ? this.#refused.delete(key) : this.#refused.has(key);
  }

  /** The sender gives a stream up: whether it was a refused one. */
  forgetRefused(idHigh: number, idLow: number): boolean {
    return this.#refused.size > 0 && this.#refused.delete(idKey(idHigh, idLow));
  }
}
