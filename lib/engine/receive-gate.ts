import { Slot, type SlotAccount } from '../message/ownership.js';
import type { SlotPool } from '../pool/slot-pool.js';
import type { Clock } from '../transport/clock.js';
import { ResumeRounds, type Turn } from './resume-rounds.js';

/** A reader that takes slots, and waits when it gets none. */
export interface SlotTaker extends SlotAccount {
  /** Slots may be had again: go on reading. */
  resumeReading(): void;
  /** Slots or windows have changed hands, and this reader has to wait on: whether it is stalled is to be looked at anew. */
  waitsOn(): void;
  /** The pool is empty, and this reader has to wait for it. `spell` tells one time of want from the next. */
  tellPoolEmpty(spell: number): void;
}

/**
 * Who may take a slot for a message that has arrived, and in which order those that had to wait go on (design section 3).
 *
 * A reader that holds no slot may always read one message, beyond the pool if need be; so nobody starves, and the bound is the pool's
 * maximum and one message a channel.
 */
export class ReceiveGate {
  readonly #slots: SlotPool;
  readonly #rounds: ResumeRounds;
  readonly #maxPerChannel: number;
  readonly #onEmpty: (isEmpty: boolean) => void;
  readonly #waiting = new Set<SlotTaker>();
  /** Those of them that wait because the pool is empty, not because of `maxSlotsPerChannel`. */
  readonly #starved = new Set<SlotTaker>();
  /** A spell of want lasts from the first reader that has to wait for the pool until none has to. */
  #spell = 1;
  /** Whether somebody has had to wait in this spell. */
  #isEmpty = false;
  /** The reader that goes on right now, and whether it has to wait again. */
  #resumed: SlotTaker | null = null;
  #waitsAgain = false;
  #starvesAgain = false;

  /**
   * @param turn what those that go on post leaves at its end
   * @param onEmpty told, in turn, that a spell of want has begun and that it is over
   */
  constructor(
    slots: SlotPool,
    clock: Clock,
    turn: Turn,
    maxPerChannel: number,
    onEmpty: (isEmpty: boolean) => void = () => undefined,
  ) {
    this.#slots = slots;
    this.#rounds = new ResumeRounds(
      clock,
      turn,
      () => this.#waiting.size,
      () => {
        this.#resume();
      },
    );
    this.#maxPerChannel = maxPerChannel;
    this.#onEmpty = onEmpty;
  }

  /** How many readers wait. */
  get waiting(): number {
    return this.#waiting.size - (this.#resumed === null || this.#waitsAgain ? 0 : 1);
  }

  /** Takes a slot for one message of `reader`, or puts it among those that wait and says `none`. */
  admit(reader: SlotTaker): Slot {
    const holdsNone = reader.slotsHeld === 0;
    if ((holdsNone || reader.slotsHeld < this.#maxPerChannel) && this.#slots.take()) {
      reader.slotsHeld++;
      return Slot.pooled;
    }
    if (holdsNone) {
      this.#slots.takeBeyond();
      reader.slotsHeld++;
      return Slot.beyond;
    }
    this.#waiting.add(reader);
    if (reader === this.#resumed) this.#waitsAgain = true;
    // One channel may hold all there are: it is at its own limit, and the pool is empty all the same.
    if (this.#slots.free === 0) {
      this.#starved.add(reader);
      if (reader === this.#resumed) this.#starvesAgain = true;
      this.#setEmpty(true);
      reader.tellPoolEmpty(this.#spell);
    }
    return Slot.none;
  }

  /**
   * Takes a slot for an answer that must not wait: beyond the pool if need be, while not more than the pool itself are. What other channels hold beyond it
   * must not keep an answer from a channel that holds none: who waits for it may hold a slot himself.
   */
  admitAnswer(reader: SlotTaker, answersHeld: number): Slot {
    if (this.#slots.take()) {
      reader.slotsHeld++;
      return Slot.pooled;
    }
    if (answersHeld > 0 && this.#slots.beyond >= this.#slots.max) return Slot.none;
    this.#slots.takeBeyond();
    reader.slotsHeld++;
    return Slot.beyond;
  }

  /** `reader` is gone. */
  forget(reader: SlotTaker): void {
    if (reader === this.#resumed) this.#resumed = null;
    this.#waiting.delete(reader);
    if (this.#starved.delete(reader)) this.#endSpell();
  }

  /** A slot came back: those that wait go on soon. */
  slotFreed(): void {
    if (this.waiting > 0) this.#rounds.ask();
  }

  /** Lets those go on that would get a slot now, those that hold fewest first. */
  #resume(): void {
    const able = [...this.#waiting]
      .filter(reader => this.#mayTake(reader))
      .sort((a, b) => a.slotsHeld - b.slotsHeld);
    for (const reader of able) {
      // Those before it may have taken what was free.
      if (!this.#waiting.has(reader) || !this.#mayTake(reader)) continue;
      this.#goOn(reader);
    }
    // Those that still wait are at their own limit.
    if (this.#slots.free > 0 && this.#starved.size > 0) this.#starved.clear();
    this.#endSpell();
    this.holdersChanged();
  }

  /**
   * Behind a slow handler a reader goes on for one message and waits again. It stays in the sets meanwhile: a Set makes a new table whenever its last element
   * is deleted, and the old tables, each of which refers to the next, would all get old together.
   */
  #goOn(reader: SlotTaker): void {
    this.#resumed = reader;
    this.#waitsAgain = false;
    this.#starvesAgain = false;
    try {
      reader.resumeReading();
    } finally {
      this.#resumed = null;
      if (!this.#waitsAgain) this.#waiting.delete(reader);
      if (!this.#starvesAgain) this.#starved.delete(reader);
    }
  }

  /** Others hold the slots now than before: those that wait look anew whether they are stalled. */
  holdersChanged(): void {
    for (const reader of this.#waiting) if (reader !== this.#resumed || this.#waitsAgain) reader.waitsOn();
  }

  #endSpell(): void {
    if (this.#starved.size > 0) return;
    this.#spell++;
    this.#setEmpty(false);
  }

  #setEmpty(isEmpty: boolean): void {
    if (isEmpty === this.#isEmpty) return;
    this.#isEmpty = isEmpty;
    this.#onEmpty(isEmpty);
  }

  #mayTake(reader: SlotTaker): boolean {
    return reader.slotsHeld === 0 || (this.#slots.free > 0 && reader.slotsHeld < this.#maxPerChannel);
  }
}
