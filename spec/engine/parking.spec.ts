import fc from 'fast-check';
import { Parking } from '../../lib/engine/parking.js';
import { OpCode } from '../../lib/index.js';
import type { EngineMessage } from '../../lib/message/engine-message.js';
import { readMessage } from '../support/messages.js';

function parked(id: number, body = '', proto: OpCode = OpCode.Request, idHigh = 0): EngineMessage {
  return readMessage({ idLow: id, idHigh, body, proto });
}

/** The ids of all that is parked, oldest first; it is empty then. */
function drain(parking: Parking): number[] {
  const ids = [];
  for (let n = 0; n < 1_000_000 && !parking.isEmpty; n++) ids.push(parking.shift().idLow);
  return ids;
}

describe('a parking', () => {
  it('gives back in order what it took, and counts the bytes of the frames', () => {
    const parking = new Parking(1_000);
    parking.add(parked(1, 'abc'));
    parking.add(readMessage({ idLow: 2, headers: 'a:b\r\n' }));
    expect([parking.bytes, parking.isEmpty]).toEqual([19 + 21, false]);
    expect(parking.shift().body.text()).toBe('abc');
    expect(parking.bytes).toBe(21);
    expect(drain(parking)).toEqual([2]);
    expect([parking.bytes, parking.isEmpty]).toEqual([0, true]);
  });

  it('is full for what would make it pass its bytes, and not before', () => {
    const parking = new Parking(100);
    expect([parking.isFullFor(100), parking.isFullFor(101)]).toEqual([false, true]);
    parking.add(parked(1, 'x'.repeat(44)));
    expect([parking.isFullFor(40), parking.isFullFor(41)]).toEqual([false, true]);
  });

  it('takes out the Requests of an id, all of them, and nothing else', () => {
    const parking = new Parking(1_000);
    for (const message of [
      parked(1, 'a'),
      parked(2, 'b'),
      parked(1, 'c', OpCode.Signal),
      parked(1, 'd', OpCode.Request, 1),
      parked(1, 'e'),
    ])
      parking.add(message);
    expect(parking.removeRequests(0, 1)).toBe(2);
    expect(parking.removeRequests(0, 1)).toBe(0);
    expect(parking.removeRequests(7, 7)).toBe(0);
    expect(parking.bytes).toBe(3 * 17);
    const left = [parking.shift(), parking.shift(), parking.shift()].map(message => message.body.text());
    expect(left).toEqual(['b', 'c', 'd']);
    expect(parking.isEmpty).toBe(true);
  });

  it('keeps the bytes of a message, and not the chunk that it was read in', () => {
    const message = parked(1, 'abc');
    const inChunk = message.bodyBuffer();
    new Parking(1_000).add(message);
    inChunk.fill(0);
    expect(message.body.text()).toBe('abc');
  });

  it('takes out of a full one as fast as of an empty one, known ids and unknown ones', () => {
    const parking = new Parking(2 ** 20);
    const places = 2 ** 16;
    for (let id = 0; id < places; id++) parking.add(parked(id));
    expect(parking.isFullFor(16)).toBe(true);
    // Each costs its own: all of them looked through for each would be 2^33 looks.
    for (let id = 0; id < places; id++) {
      if (parking.removeRequests(1, id) !== 0) throw new Error('an unknown id was found');
      if (id % 2 === 0 && parking.removeRequests(0, id) !== 1) throw new Error('a known id was not found');
    }
    expect(parking.bytes).toBe(2 ** 19);
    expect(drain(parking)).toEqual(Array.from({ length: places / 2 }, (_, n) => 2 * n + 1));
  });

  it('is empty when it was cleared', () => {
    const parking = new Parking(1_000);
    for (const id of [1, 2, 3]) parking.add(parked(id));
    parking.shift();
    parking.clear();
    expect([parking.bytes, parking.isEmpty, parking.removeRequests(0, 2)]).toEqual([0, true, 0]);
    parking.add(parked(4));
    expect(drain(parking)).toEqual([4]);
  });

  it('is a queue, whatever is added, taken and removed', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ add: fc.nat(20), count: fc.integer({ min: 1, max: 60 }) }) },
      { weight: 4, arbitrary: fc.record({ shift: fc.integer({ min: 1, max: 80 }) }) },
      { weight: 1, arbitrary: fc.record({ remove: fc.nat(20) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const parking = new Parking(Infinity);
        let model: number[] = [];
        for (const what of steps) {
          if ('add' in what) {
            for (let n = 0; n < what.count; n++) {
              const id = (what.add + n) % 21;
              parking.add(parked(id, 'x'.repeat(id)));
              model.push(id);
            }
          } else if ('shift' in what) {
            for (let n = 0; n < what.shift && model.length > 0; n++)
              expect(parking.shift().idLow).toBe(model.shift());
          } else {
            const before = model.length;
            model = model.filter(id => id !== what.remove);
            expect(parking.removeRequests(0, what.remove)).toBe(before - model.length);
          }
          expect(parking.bytes).toBe(model.reduce((sum, id) => sum + 16 + id, 0));
          expect(parking.isEmpty).toBe(model.length === 0);
        }
        expect(drain(parking)).toEqual(model);
      }),
      { numRuns: 200 },
    );
  });
});
