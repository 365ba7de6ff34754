import { Flusher } from '../../lib/engine/flusher.js';
import { ReceiveGate, type SlotTaker } from '../../lib/engine/receive-gate.js';
import { Slot } from '../../lib/message/ownership.js';
import { SlotPool } from '../../lib/pool/slot-pool.js';
import { ManualClock } from './manual-clock.js';

/** A reader with messages to read; it keeps every slot until it is told to give some back. */
export class Reader implements SlotTaker {
  slotsHeld = 0;
  readonly held: Slot[] = [];
  read = 0;
  /** How often it was told that it still waits, though slots have moved. */
  waits = 0;
  readonly toldOf: number[] = [];
  readonly #gate: ReceiveGate;
  readonly #resumed: (reader: Reader) => void;
  arrived: number;

  constructor(gate: ReceiveGate, arrived: number, resumed: (reader: Reader) => void) {
    this.#gate = gate;
    this.#resumed = resumed;
    this.arrived = arrived;
  }

  /** Reads what has arrived, as long as it gets slots. */
  go(): void {
    while (this.arrived > 0) {
      const slot = this.#gate.admit(this);
      if (slot === Slot.none) return;
      this.held.push(slot);
      this.arrived--;
      this.read++;
    }
  }

  resumeReading(): void {
    this.#resumed(this);
    this.go();
  }

  slotCameBack(): void {
    // Its own count tells it all.
  }

  waitsOn(): void {
    this.waits++;
  }

  tellPoolEmpty(spell: number): void {
    this.toldOf.push(spell);
  }
}

/** A gate, and readers that go through it. */
export interface GateUnderTest {
  readonly clock: ManualClock;
  readonly pool: SlotPool;
  readonly gate: ReceiveGate;
  /** A reader for whom so many messages have arrived. */
  reader(arrived: number): Reader;
  /** The oldest message that a reader holds is put. */
  put(reader: Reader): void;
  /** The readers that were told to go on, in order. */
  readonly resumed: Reader[];
}

export function newGate(slots: number, maxPerChannel = Infinity): GateUnderTest {
  const clock = new ManualClock();
  const pool = new SlotPool(slots, slots);
  const gate = new ReceiveGate(pool, clock, new Flusher(clock), maxPerChannel);
  const resumed: Reader[] = [];
  const reader = (arrived: number): Reader =>
    new Reader(gate, arrived, one => {
      resumed.push(one);
    });
  const put = (one: Reader): void => {
    const slot = one.held.shift();
    if (slot === undefined) throw new Error('the reader holds nothing');
    one.slotsHeld--;
    pool.giveBack(slot, true);
    gate.slotFreed();
  };
  return { clock, pool, gate, reader, put, resumed };
}
