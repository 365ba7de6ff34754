import { OP_CODE_BITS } from '../message/proto-byte.js';

/** Ids below 2^53 are numbers, the others text: a bigint key would cost more than the frame. */
type IdKey = number | string;

const TWO_32 = 0x1_0000_0000;
const HIGH_OF_2_53 = 0x20_0000;
/** More than there are opCodes of windows: Request, Response and Signal. */
const ROLES = 4;

/** The key of a 64-bit id. */
export function idKey(idHigh: number, idLow: number): IdKey {
  return idHigh < HIGH_OF_2_53 ? idHigh * TWO_32 + idLow : `${String(idHigh)}:${String(idLow)}`;
}

/** The ids of one channel. */
interface Ids<T> {
  /** By role. */
  readonly roles: readonly Map<IdKey, T | null>[];
  /** How many of them are open, */
  open: number;
  /** and how many only taken. */
  taken: number;
}

/** What is open by channel, role and id; null where an id is taken and has nothing to show. */
export class WindowTable<T> {
  readonly #byChannel = new Map<number, Ids<T>>();

  /** How many are open on a channel; ids that are only taken don't count. */
  openOn(channelNumber: number): number {
    return this.#byChannel.get(channelNumber)?.open ?? 0;
  }

  /** How many ids of a channel are taken and have nothing to show. */
  takenOn(channelNumber: number): number {
    return this.#byChannel.get(channelNumber)?.taken ?? 0;
  }

  /** Whether one that is open on a channel is such a one. */
  someOn(channelNumber: number, isSuch: (open: T) => boolean): boolean {
    for (const role of this.#byChannel.get(channelNumber)?.roles ?? []) {
      for (const open of role.values()) if (open !== null && isSuch(open)) return true;
    }
    return false;
  }

  get(channelNumber: number, proto: number, idHigh: number, idLow: number): T | null | undefined {
    return this.#byChannel.get(channelNumber)?.roles[proto & OP_CODE_BITS]?.get(idKey(idHigh, idLow));
  }

  /** Takes an id that is free. */
  set(channelNumber: number, proto: number, idHigh: number, idLow: number, open: T | null): void {
    let ids = this.#byChannel.get(channelNumber);
    if (ids === undefined) {
      ids = { roles: Array.from({ length: ROLES }, () => new Map<IdKey, T | null>()), open: 0, taken: 0 };
      this.#byChannel.set(channelNumber, ids);
    }
    if (open === null) ids.taken++;
    else ids.open++;
    ids.roles[proto & OP_CODE_BITS]?.set(idKey(idHigh, idLow), open);
  }

  /** Frees an id. */
  delete(channelNumber: number, proto: number, idHigh: number, idLow: number): void {
    const ids = this.#byChannel.get(channelNumber);
    const role = ids?.roles[proto & OP_CODE_BITS];
    if (ids === undefined || role === undefined) return;
    const key = idKey(idHigh, idLow);
    const open = role.get(key);
    if (open === null) ids.taken--;
    else if (open !== undefined) ids.open--;
    role.delete(key);
  }

  /** Forgets a channel; what was open on it. */
  deleteChannel(channelNumber: number): T[] {
    const ids = this.#byChannel.get(channelNumber);
    this.#byChannel.delete(channelNumber);
    return ids === undefined ? [] : openOf(ids);
  }

  /** Forgets everything; what was open. */
  clear(): T[] {
    const open = [...this.#byChannel.values()].flatMap(openOf);
    this.#byChannel.clear();
    return open;
  }
}

function openOf<T>(ids: Ids<T>): T[] {
  return ids.roles.flatMap(role => [...role.values()]).filter(open => open !== null);
}
