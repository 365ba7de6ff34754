import { TofuError } from '../../lib/index.js';
import { EngineMessage } from '../../lib/message/engine-message.js';
import { Use } from '../../lib/message/ownership.js';
import { MessagePool } from '../../lib/pool/message-pool.js';
import { SlotPool } from '../../lib/pool/slot-pool.js';

/** A pool, and how often it said that a slot was freed. */
function poolOf(initial: number, max: number): { pool: MessagePool; freed: () => number } {
  let freed = 0;
  const pool = new MessagePool(new SlotPool(initial, max), () => {
    freed++;
  });
  return { pool, freed: () => freed };
}

function mine(message: EngineMessage | null): EngineMessage {
  if (message === null) throw new Error('no message came from the pool');
  return message;
}

/** Calls `during` as if the message were being pushed. */
function dispatch(pool: MessagePool, message: EngineMessage, during: () => void): void {
  message.use = Use.dispatching;
  message.holds = 1;
  during();
  message.use = Use.shared;
  pool.drop(message);
}

describe('get', () => {
  it("with 'poolOnly' takes the free slots, and then says null", () => {
    const { pool } = poolOf(2, 4);
    const got = [pool.get('poolOnly'), pool.get('poolOnly'), pool.get('poolOnly')];
    expect(got.map(message => message !== null)).toEqual([true, true, false]);
    expect(pool.slots.stats()).toEqual({ free: 0, used: 2, beyond: 0, max: 4 });
  });

  it("with 'always' makes a message beyond the pool when no slot is free", () => {
    const { pool } = poolOf(1, 4);
    pool.get('always');
    expect(pool.get('always')).toBeInstanceOf(EngineMessage);
    expect(pool.slots.stats()).toEqual({ free: 0, used: 1, beyond: 1, max: 4 });
  });

  it('gives an empty Request on channel 0 with id 0', () => {
    const message = mine(poolOf(1, 1).pool.get('always'));
    expect(message.dump()).toBe('Request application last success channel 0 id 0 headers 0 B body 0 B');
  });
});

describe('put', () => {
  it('frees the slot, and says so', () => {
    const { pool, freed } = poolOf(1, 1);
    pool.put(mine(pool.get('poolOnly')));
    expect(pool.slots.stats()).toEqual({ free: 1, used: 0, beyond: 0, max: 1 });
    expect(freed()).toBe(1);
  });

  it('spends the handle', () => {
    const { pool } = poolOf(1, 1);
    const message = mine(pool.get('always'));
    pool.put(message);
    expect(() => {
      message.body.append('late');
    }).toThrow(TofuError);
  });

  it('twice of one message frees one slot', () => {
    const { pool, freed } = poolOf(2, 4);
    const message = mine(pool.get('always'));
    pool.get('always');
    pool.put(message);
    pool.put(message);
    expect(pool.slots.stats()).toEqual({ free: 1, used: 1, beyond: 0, max: 4 });
    expect(freed()).toBe(1);
  });

  it('of a message that was posted does nothing', () => {
    const { pool, freed } = poolOf(1, 4);
    const message = mine(pool.get('always'));
    pool.spend(message);
    pool.put(message);
    expect(pool.slots.stats()).toEqual({ free: 1, used: 0, beyond: 0, max: 4 });
    expect(freed()).toBe(1);
  });

  it("of another engine's message does nothing: it stays the caller's", () => {
    const here = poolOf(1, 1).pool;
    const there = poolOf(1, 1).pool;
    const message = mine(there.get('always'));
    here.put(message);
    expect(here.slots.stats()).toEqual({ free: 1, used: 0, beyond: 0, max: 1 });
    expect(there.slots.stats()).toEqual({ free: 0, used: 1, beyond: 0, max: 1 });
    message.body.append('still mine');
    expect(message.body.text()).toBe('still mine');
  });

  it('of a pushed message does nothing, during and after the dispatch', () => {
    const { pool } = poolOf(1, 1);
    const message = mine(pool.get('always'));
    dispatch(pool, message, () => {
      message.retain();
      pool.put(message);
    });
    pool.put(message);
    expect(pool.slots.stats()).toEqual({ free: 0, used: 1, beyond: 0, max: 1 });
  });

  it('of a message without a slot spends it, and frees nothing', () => {
    const { pool, freed } = poolOf(1, 1);
    const clone = mine(pool.get('always')).clone();
    pool.put(clone);
    expect(pool.slots.stats()).toEqual({ free: 0, used: 1, beyond: 0, max: 1 });
    expect(freed()).toBe(0);
    expect(clone.use).toBe(Use.spent);
  });

  it('is what the end of a using block does', () => {
    const { pool } = poolOf(1, 1);
    {
      using message = mine(pool.get('always'));
      expect(pool.slots.free).toBe(0);
      message.body.append('used');
    }
    expect(pool.slots.free).toBe(1);
  });

  it('grows the pool by a message from beyond, up to the maximum', () => {
    const { pool } = poolOf(1, 2);
    const messages = [0, 1, 2, 3].map(() => mine(pool.get('always')));
    for (const message of messages) pool.put(message);
    expect(pool.slots.stats()).toEqual({ free: 2, used: 0, beyond: 0, max: 2 });
  });
});

describe('spend, which post does', () => {
  it('frees the slot of a pooled message', () => {
    const { pool, freed } = poolOf(1, 1);
    pool.spend(mine(pool.get('always')));
    expect(pool.slots.free).toBe(1);
    expect(freed()).toBe(1);
  });

  it('adds no slot for a message from beyond', () => {
    const { pool } = poolOf(1, 8);
    pool.get('always');
    pool.spend(mine(pool.get('always')));
    expect(pool.slots.stats()).toEqual({ free: 0, used: 1, beyond: 0, max: 8 });
  });

  it("frees the slot of another engine's message where it is held", () => {
    const here = poolOf(1, 1).pool;
    const there = poolOf(1, 1).pool;
    here.spend(mine(there.get('always')));
    expect(here.slots.stats()).toEqual({ free: 1, used: 0, beyond: 0, max: 1 });
    expect(there.slots.stats()).toEqual({ free: 1, used: 0, beyond: 0, max: 1 });
  });
});

describe('moveSlot', () => {
  it('hands the slot on: the new holder frees it, the old one nothing', () => {
    const { pool } = poolOf(1, 1);
    const from = mine(pool.get('always'));
    const to = pool.unslotted();
    pool.moveSlot(from, to);
    pool.put(from);
    expect(pool.slots.used).toBe(1);
    pool.put(to);
    expect(pool.slots.stats()).toEqual({ free: 1, used: 0, beyond: 0, max: 1 });
  });
});

describe('the reader that took a slot', () => {
  it('is told when the slot has come back', () => {
    const pool = new MessagePool(new SlotPool(1, 1), () => undefined);
    const told: [held: number, free: number][] = [];
    const account = {
      slotsHeld: 1,
      slotCameBack: () => void told.push([account.slotsHeld, pool.slots.free]),
    };
    const message = mine(pool.get('always'));
    message.account = account;
    pool.put(message);
    expect(told).toEqual([[0, 1]]);
  });
});
