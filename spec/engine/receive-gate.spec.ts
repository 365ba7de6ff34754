import { newGate } from '../support/gate-readers.js';

describe('the receive gate', () => {
  it('lets a reader take every free slot, and then has it wait', () => {
    const { gate, reader } = newGate(4);
    const a = reader(10);
    a.go();
    expect(a.read).toBe(4);
    expect(gate.waiting).toBe(1);
  });

  it('lets a reader that holds no slot read one message beyond the pool', () => {
    const { pool, reader } = newGate(2);
    const a = reader(10);
    a.go();
    const b = reader(10);
    b.go();
    expect([a.read, b.read]).toEqual([2, 1]);
    expect(pool.stats()).toEqual({ free: 0, used: 2, beyond: 1, max: 2 });
  });

  it('bounds what is held by the maximum and one message a channel', () => {
    const { pool, reader } = newGate(4);
    for (let n = 0; n < 20; n++) reader(100).go();
    expect(pool.stats()).toEqual({ free: 0, used: 4, beyond: 19, max: 4 });
  });

  it('lets a reader go on when a slot comes back: soon, not at once', () => {
    const { clock, reader, put } = newGate(4);
    const a = reader(10);
    a.go();
    put(a);
    expect(a.read).toBe(4);
    clock.runSoon();
    expect(a.read).toBe(5);
  });

  it('has one turn of resuming for many slots that come back at once', () => {
    const { clock, reader, put } = newGate(4);
    const a = reader(10);
    a.go();
    put(a);
    put(a);
    put(a);
    expect(clock.soonWaiting).toBe(1);
    clock.runSoon();
    expect(a.read).toBe(7);
  });

  it('lets those go on first that hold fewest slots', () => {
    const { clock, reader, put, resumed } = newGate(9);
    const three = reader(3);
    const four = reader(4);
    const two = reader(2);
    for (const one of [three, four, two]) one.go();
    for (const one of [four, three, two]) {
      one.arrived = 10;
      one.go();
    }
    put(four);
    put(four);
    put(four);
    clock.runSoon();
    // Held when the slots came: four 1, two 2, three 3. The first takes all three.
    expect(resumed).toEqual([four]);
    expect([four.slotsHeld, two.slotsHeld, three.slotsHeld]).toEqual([4, 2, 3]);
    put(four);
    clock.runSoon();
    expect(resumed).toEqual([four, two]);
  });

  it('lets a reader that holds nothing any more go on without a free slot', () => {
    const { clock, pool, reader, put } = newGate(2);
    const greedy = reader(100);
    const other = reader(2);
    other.go();
    greedy.go();
    other.arrived = 5;
    other.go();
    expect([other.slotsHeld, greedy.slotsHeld]).toEqual([2, 1]);
    // Slots go to whoever holds fewest, but the last of one's own frees the way for one more.
    put(other);
    put(other);
    clock.runSoon();
    expect(other.read).toBeGreaterThanOrEqual(3);
    expect(pool.free + pool.used).toBeLessThanOrEqual(2);
  });

  it('never stops a reader that gives back each message before it reads the next', () => {
    const { clock, reader, put } = newGate(1);
    const greedy = reader(100);
    greedy.go();
    const polite = reader(50);
    for (let n = 0; n < 50; n++) {
      polite.go();
      expect(polite.read).toBe(n + 1);
      put(polite);
      clock.runSoon();
    }
    expect(polite.read).toBe(50);
  });

  it('caps one reader at maxSlotsPerChannel, and lets the others have the rest', () => {
    const { gate, reader } = newGate(10, 3);
    const a = reader(100);
    const b = reader(2);
    a.go();
    b.go();
    expect([a.read, b.read]).toEqual([3, 2]);
    expect(gate.waiting).toBe(1);
  });

  it('lets a capped reader go on when one of its own slots comes back, and not for others', () => {
    const { clock, reader, put } = newGate(10, 3);
    const a = reader(100);
    const b = reader(2);
    a.go();
    b.go();
    put(b);
    clock.runSoon();
    expect(a.read).toBe(3);
    put(a);
    clock.runSoon();
    expect(a.read).toBe(4);
  });

  it('forgets a reader that is gone', () => {
    const { clock, gate, reader, put, resumed } = newGate(2);
    const a = reader(10);
    a.go();
    gate.forget(a);
    expect(gate.waiting).toBe(0);
    put(a);
    clock.runSoon();
    expect(resumed).toEqual([]);
  });

  it('asks the clock for nothing when nobody waits', () => {
    const { clock, reader, put } = newGate(4);
    const a = reader(2);
    a.go();
    put(a);
    expect(clock.soonWaiting).toBe(0);
  });
});

describe('the receive gate tells of an empty pool', () => {
  it('those that wait for it, with the number of the spell', () => {
    const { reader } = newGate(2);
    const a = reader(10);
    a.go();
    expect(a.toldOf).toHaveLength(1);
  });

  it('with the same number for as long as somebody has to wait', () => {
    const { clock, reader, put } = newGate(2);
    const a = reader(10);
    a.go();
    for (let n = 0; n < 5; n++) {
      put(a);
      clock.runSoon();
    }
    expect(new Set(a.toldOf).size).toBe(1);
  });

  it('with another number when everybody had got slots in between', () => {
    const { clock, reader, put } = newGate(2);
    const a = reader(3);
    a.go();
    put(a);
    clock.runSoon();
    expect(a.arrived).toBe(0);
    a.arrived = 5;
    a.go();
    expect(new Set(a.toldOf).size).toBe(2);
  });

  it('with another number when the one that waited is gone', () => {
    const { gate, reader } = newGate(2);
    const a = reader(10);
    a.go();
    gate.forget(a);
    a.go();
    expect(new Set(a.toldOf).size).toBe(2);
  });

  it('nobody that reads one message beyond it', () => {
    const { reader } = newGate(1);
    const a = reader(1);
    const b = reader(1);
    a.go();
    b.go();
    expect([...a.toldOf, ...b.toldOf]).toEqual([]);
  });

  it('also those that hold all there are, and so are at their own limit, too', () => {
    const { reader } = newGate(3, 3);
    const a = reader(100);
    a.go();
    expect(a.toldOf).toHaveLength(1);
  });

  it('with another number when only those wait that are at their own limit', () => {
    const { clock, pool, reader, put } = newGate(4, 3);
    const capped = reader(100);
    capped.go();
    const other = reader(1);
    other.go();
    put(capped);
    clock.runSoon();
    expect(capped.toldOf).toHaveLength(1);
    put(other);
    clock.runSoon();
    expect(pool.free).toBe(1);
    other.arrived = 2;
    other.go();
    expect(other.toldOf).toHaveLength(1);
    expect(other.toldOf).not.toEqual(capped.toldOf);
  });

  it('nobody that waits because of maxSlotsPerChannel', () => {
    const { reader } = newGate(10, 3);
    const a = reader(100);
    a.go();
    expect(a.toldOf).toEqual([]);
  });
});
