import { Slot } from '../../lib/message/ownership.js';
import { SlotPool } from '../../lib/pool/slot-pool.js';

/** Takes a slot as `get('always')` does: of the pool, or else beyond it. */
function takeAny(pool: SlotPool): Slot {
  if (pool.take()) return Slot.pooled;
  pool.takeBeyond();
  return Slot.beyond;
}

describe('a slot pool', () => {
  it('has its initial slots free at the start', () => {
    expect(new SlotPool(16, 64).stats()).toEqual({ free: 16, used: 0, beyond: 0, max: 64 });
  });

  it('counts a maximum below the initial number as that number', () => {
    expect(new SlotPool(8, 3).stats()).toEqual({ free: 8, used: 0, beyond: 0, max: 8 });
  });

  it('hands out as many slots as are free, and then none', () => {
    const pool = new SlotPool(2, 4);
    expect([pool.take(), pool.take(), pool.take()]).toEqual([true, true, false]);
    expect(pool.stats()).toEqual({ free: 0, used: 2, beyond: 0, max: 4 });
  });

  it('frees the slot of a pooled message', () => {
    const pool = new SlotPool(2, 4);
    pool.take();
    pool.giveBack(Slot.pooled, true);
    expect(pool.stats()).toEqual({ free: 2, used: 0, beyond: 0, max: 4 });
  });

  it('counts messages beyond the pool apart from free and used', () => {
    const pool = new SlotPool(1, 4);
    takeAny(pool);
    takeAny(pool);
    takeAny(pool);
    expect(pool.stats()).toEqual({ free: 0, used: 1, beyond: 2, max: 4 });
  });

  it('grows by a message from beyond that is put below the maximum', () => {
    const pool = new SlotPool(1, 2);
    takeAny(pool);
    takeAny(pool);
    pool.giveBack(Slot.beyond, true);
    expect(pool.stats()).toEqual({ free: 1, used: 1, beyond: 0, max: 2 });
  });

  it('does not grow past the maximum of free and used together', () => {
    const pool = new SlotPool(1, 2);
    for (let n = 0; n < 4; n++) takeAny(pool);
    for (let n = 0; n < 3; n++) pool.giveBack(Slot.beyond, true);
    expect(pool.stats()).toEqual({ free: 1, used: 1, beyond: 0, max: 2 });
    pool.giveBack(Slot.pooled, true);
    expect(pool.stats()).toEqual({ free: 2, used: 0, beyond: 0, max: 2 });
  });

  it('does not grow at all where the maximum is the initial number', () => {
    const pool = new SlotPool(1, 1);
    takeAny(pool);
    takeAny(pool);
    pool.giveBack(Slot.beyond, true);
    pool.giveBack(Slot.pooled, true);
    expect(pool.stats()).toEqual({ free: 1, used: 0, beyond: 0, max: 1 });
  });

  it('does not grow by a message from beyond that was posted', () => {
    const pool = new SlotPool(1, 8);
    takeAny(pool);
    takeAny(pool);
    pool.giveBack(Slot.beyond, false);
    expect(pool.stats()).toEqual({ free: 0, used: 1, beyond: 0, max: 8 });
  });

  it('changes nothing for a message that holds no slot', () => {
    const pool = new SlotPool(2, 4);
    pool.giveBack(Slot.none, true);
    expect(pool.stats()).toEqual({ free: 2, used: 0, beyond: 0, max: 4 });
  });

  it('tells its numbers as a snapshot that does not change later', () => {
    const pool = new SlotPool(2, 4);
    const before = pool.stats();
    pool.take();
    expect(before).toEqual({ free: 2, used: 0, beyond: 0, max: 4 });
  });
});
