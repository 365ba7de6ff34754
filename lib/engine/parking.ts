import type { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { frameLength } from '../wire/encoder.js';

/** A message in a parking, between its neighbours. */
interface Place {
  readonly message: EngineMessage;
  previous: Place | null;
  next: Place | null;
  /** The next Request of the same id. */
  nextOfId: Place | null;
}

/** The Requests of one id: the oldest, and the last. */
interface Row {
  first: Place;
  last: Place;
}

/**
 * Messages that were read while no slot was to be had for them, in order (design section 3, replies behind requests). They hold no slot.
 *
 * Taking out those of an id costs no more than they are: a peer may park as much as fits, and cancel what it likes.
 */
export class Parking {
  /** Bytes of their frames. */
  bytes = 0;
  #first: Place | null = null;
  #last: Place | null = null;
  readonly #rows = new Map<string, Row>();
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#first === null;
  }

  /** Whether so many bytes more would be too many. */
  isFullFor(length: number): boolean {
    return this.bytes + length > this.#maxBytes;
  }

  /** Takes a message behind the others. */
  add(message: EngineMessage): void {
    // It may lie for long: not with the chunk that it was read in.
    message.compact();
    this.bytes += frameLength(message);
    const place: Place = { message, previous: this.#last, next: null, nextOfId: null };
    if (this.#last === null) this.#first = place;
    else this.#last.next = place;
    this.#last = place;
    if (message.opCode === OpCode.Request) this.#addToRow(place);
  }

  /** The oldest; there is one. */
  shift(): EngineMessage {
    const place = this.#first as Place;
    const { message, nextOfId } = place;
    this.#takeOut(place);
    if (message.opCode === OpCode.Request) {
      const key = keyOf(message.idHigh, message.idLow);
      if (nextOfId === null) this.#rows.delete(key);
      else (this.#rows.get(key) as Row).first = nextOfId;
    }
    return message;
  }

  /** Whether a Request of this id is there. */
  hasRequest(idHigh: number, idLow: number): boolean {
    return this.#rows.size > 0 && this.#rows.has(keyOf(idHigh, idLow));
  }

  /** Takes out the Requests of this id; how many there were. */
  removeRequests(idHigh: number, idLow: number): number {
    if (this.#rows.size === 0) return 0;
    const key = keyOf(idHigh, idLow);
    let removed = 0;
    for (let place = this.#rows.get(key)?.first ?? null; place !== null; place = place.nextOfId) {
      this.#takeOut(place);
      removed++;
    }
    this.#rows.delete(key);
    return removed;
  }

  clear(): void {
    this.#first = null;
    this.#last = null;
    this.#rows.clear();
    this.bytes = 0;
  }

  #addToRow(place: Place): void {
    const key = keyOf(place.message.idHigh, place.message.idLow);
    const row = this.#rows.get(key);
    if (row === undefined) {
      this.#rows.set(key, { first: place, last: place });
      return;
    }
    row.last.nextOfId = place;
    row.last = place;
  }

  #takeOut({ message, previous, next }: Place): void {
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    this.bytes -= frameLength(message);
  }
}

function keyOf(idHigh: number, idLow: number): string {
  return `${String(idHigh)} ${String(idLow)}`;
}
