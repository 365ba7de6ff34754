import fc from 'fast-check';
import { ChannelTable } from '../../lib/engine/channel-table.js';
import type { OpenChannel } from '../../lib/engine/open-channel.js';

/** As much of a channel as a table looks at. */
function channel(): OpenChannel {
  return { number: 0 } as OpenChannel;
}

function added(table: ChannelTable): OpenChannel {
  const one = channel();
  if (!table.add(one)) throw new Error('no number was free');
  return one;
}

describe('the channel table', () => {
  it('finds a channel by the number that it gave', () => {
    const table = new ChannelTable(10);
    const first = added(table);
    const second = added(table);
    expect(table.get(first.number)).toBe(first);
    expect(table.get(second.number)).toBe(second);
    expect([...table.channels()]).toEqual([first, second]);
  });

  it('finds nothing under numbers that are not open', () => {
    const table = new ChannelTable(10);
    const one = added(table);
    expect(table.get(0)).toBeUndefined();
    expect(table.get(one.number + 1)).toBeUndefined();
    table.release(one);
    expect(table.get(one.number)).toBeUndefined();
  });

  it('counts sockets without a number toward its limit', () => {
    const table = new ChannelTable(3);
    added(table);
    table.addUnnumbered();
    expect({ size: table.size, room: table.hasRoom() }).toEqual({ size: 2, room: true });
    table.addUnnumbered();
    expect({ size: table.size, room: table.hasRoom() }).toEqual({ size: 3, room: false });
    table.removeUnnumbered();
    expect(table.hasRoom()).toBe(true);
  });

  it('has room again when a channel is released', () => {
    const table = new ChannelTable(1);
    const one = added(table);
    expect(table.hasRoom()).toBe(false);
    table.release(one);
    expect(table.hasRoom()).toBe(true);
  });

  it('releases a channel once, and never the one that has its number now', () => {
    const table = new ChannelTable(70_000);
    const old = added(table);
    table.release(old);
    table.release(old);
    expect(table.size).toBe(0);
    // Until the old number is given again: a whole round, with more than 1024 closed meanwhile.
    let now = added(table);
    for (let n = 0; n < 70_000 && now.number !== old.number; n++) {
      table.release(now);
      now = added(table);
    }
    expect(now.number).toBe(old.number);
    table.release(old);
    expect(table.get(old.number)).toBe(now);
  });

  it('adds nothing when no number is free', () => {
    const table = new ChannelTable(Infinity);
    for (let n = 0; n < 65_534; n++) table.add(channel());
    const late = channel();
    expect(table.add(late)).toBe(false);
    expect(late.number).toBe(0);
    expect(table.size).toBe(65_534);
  });
});

describe('the channel table, whatever is opened and closed', () => {
  const step = fc.oneof(
    fc.constantFrom('add', 'accept', 'leave'),
    fc.record({ release: fc.nat({ max: 50 }) }),
  );

  it('holds what the model holds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 100 }), (max, steps) => {
        const table = new ChannelTable(max);
        const model = new Map<number, OpenChannel>();
        let sockets = 0;
        for (const what of steps) {
          if (what === 'add') {
            const one = added(table);
            expect(model.has(one.number)).toBe(false);
            model.set(one.number, one);
          } else if (what === 'accept') {
            table.addUnnumbered();
            sockets++;
          } else if (what === 'leave') {
            if (sockets === 0) continue;
            table.removeUnnumbered();
            sockets--;
          } else if (typeof what === 'object') {
            const one = [...model.values()][what.release % Math.max(model.size, 1)];
            if (one === undefined) continue;
            table.release(one);
            model.delete(one.number);
          }
          expect([...table.channels()]).toEqual([...model.values()]);
          expect(table.size).toBe(model.size + sockets);
          expect(table.hasRoom()).toBe(model.size + sockets < max);
        }
      }),
      { numRuns: 200 },
    );
  });
});
