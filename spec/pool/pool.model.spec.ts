import fc from 'fast-check';
import type { EngineMessage } from '../../lib/message/engine-message.js';
import type { Hold } from '../../lib/message/message.js';
import { Slot, type SlotAccount, Use } from '../../lib/message/ownership.js';
import { MessagePool } from '../../lib/pool/message-pool.js';
import { SlotPool } from '../../lib/pool/slot-pool.js';

/** The rules of protocol.md section 9 in numbers; nothing of the library is in it. */
class Model {
  free: number;
  used = 0;
  beyond = 0;
  readonly max: number;
  constructor(initial: number, max: number) {
    this.free = initial;
    this.max = max < initial ? initial : max;
  }
  take(orBeyond: boolean): 'pooled' | 'beyond' | null {
    if (this.free > 0) {
      this.free -= 1;
      this.used += 1;
      return 'pooled';
    }
    if (!orBeyond) return null;
    this.beyond += 1;
    return 'beyond';
  }
  back(kind: 'pooled' | 'beyond', put: boolean): void {
    if (kind === 'pooled') {
      this.used -= 1;
      this.free += 1;
      return;
    }
    this.beyond -= 1;
    if (put && this.free + this.used < this.max) this.free += 1;
  }
}

/** A message that is held, and what the model knows of it. */
interface Held {
  readonly message: EngineMessage;
  readonly kind: 'pooled' | 'beyond';
  readonly account: SlotAccount | null;
  /** Open holds of a pushed message; null: it is owned. */
  holds: Hold[] | null;
}

interface Step {
  readonly do: 'get' | 'getAlways' | 'read' | 'put' | 'post' | 'move' | 'push' | 'drop';
  /** Which of the messages held. */
  readonly at: number;
  /** How often a pushed message is retained. */
  readonly holds: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('get', 'getAlways', 'read', 'put', 'post', 'move', 'push', 'drop'),
  at: fc.nat({ max: 30 }),
  holds: fc.nat({ max: 3 }),
});

/** Plays one step on pool and model. */
function play(pool: MessagePool, model: Model, held: Held[], what: Step): void {
  if (what.do === 'get' || what.do === 'getAlways') {
    const message = pool.get(what.do === 'get' ? 'poolOnly' : 'always');
    const kind = model.take(what.do === 'getAlways');
    expect(message === null).toBe(kind === null);
    if (message !== null && kind !== null) held.push({ message, kind, account: null, holds: null });
    return;
  }
  if (what.do === 'read') {
    const kind = model.take(true);
    const account = { slotsHeld: 1, slotCameBack: () => undefined };
    const message = pool.unslotted();
    message.slot = pool.slots.take() ? Slot.pooled : Slot.beyond;
    if (message.slot === Slot.beyond) pool.slots.takeBeyond();
    message.account = account;
    held.push({ message, kind: kind as 'pooled' | 'beyond', account, holds: null });
    return;
  }
  const index = held.length === 0 ? -1 : what.at % held.length;
  const one = held[index];
  if (one === undefined) return;
  const ends = (put: boolean): void => {
    held.splice(index, 1);
    model.back(one.kind, put);
    if (one.account !== null) expect(one.account.slotsHeld).toBe(0);
  };
  if (what.do === 'drop') {
    const hold = one.holds?.pop();
    if (one.holds === null || hold === undefined) return;
    hold[Symbol.dispose]();
    hold[Symbol.dispose]();
    if (one.holds.length === 0) ends(true);
  } else if (what.do === 'put') {
    pool.put(one.message);
    if (one.holds === null) ends(true);
    pool.put(one.message);
  } else if (one.holds !== null) {
    return;
  } else if (what.do === 'post') {
    pool.spend(one.message);
    ends(false);
  } else if (what.do === 'move') {
    const to = pool.unslotted();
    pool.moveSlot(one.message, to);
    one.message.use = Use.spent;
    held[index] = { ...one, message: to };
  } else {
    one.message.use = Use.dispatching;
    one.message.holds = 1;
    one.holds = Array.from({ length: what.holds }, () => one.message.retain());
    one.message.use = Use.shared;
    pool.drop(one.message);
    if (what.holds === 0) ends(true);
  }
}

describe('the pool, whatever is done with it', () => {
  it('counts as the model does after every step, and free + used stay within the maximum', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(step, { maxLength: 120 }),
        (initial, max, steps) => {
          const pool = new MessagePool(new SlotPool(initial, max), () => undefined);
          const model = new Model(initial, max);
          const held: Held[] = [];
          for (const what of steps) {
            play(pool, model, held, what);
            const { free, used, beyond } = pool.slots.stats();
            expect({ free, used, beyond }).toEqual({
              free: model.free,
              used: model.used,
              beyond: model.beyond,
            });
            expect(used + beyond).toBe(held.length);
            expect(free + used).toBeLessThanOrEqual(model.max);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
