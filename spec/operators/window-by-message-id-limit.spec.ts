import { map, range } from 'rxjs';
import { type TofuError, windowByMessageId } from '../../lib/index.js';
import { type Arrival, Dispatcher, last, part } from '../support/dispatch.js';
import { thrownBy } from '../support/virtual-time.js';
import { readAll } from '../support/windows.js';

const [one, two, three] = [{ id: 1 }, { id: 2 }, { id: 3 }];

/** What readers see of the messages, with so many windows at once. */
function readLimited(maxWindows: number, ...arrivals: Arrival[]): string[] {
  return readAll(arrivals, { maxWindows });
}

describe('windowByMessageId', () => {
  describe('with maxWindows', () => {
    it('fails a further one at once, without a slot, and shows nothing of it up to its last message', () => {
      expect(
        readLimited(1, part('a', one), part('x', two), part('y', two), last('b', one), last('z', two)),
      ).toEqual(['1a', '2 pool_empty', '1b', '1|']);
    });

    it('opens one again when another has ended, whatever else was refused', () => {
      expect(
        readLimited(1, part('a', one), part('x', two), last('b', one), part('c', three), last('d', three)),
      ).toEqual(['1a', '2 pool_empty', '1b', '1|', '3c', '3d', '3|']);
    });

    it('opens one again for an id that was refused, behind its last message', () => {
      expect(
        readLimited(1, part('a', one), part('x', two), last('b', one), last('y', two), last('z', two)),
      ).toEqual(['1a', '2 pool_empty', '1b', '1|', '3z', '3|']);
    });

    it('refuses a window of one message, too, and its id is free at once', () => {
      expect(readLimited(1, part('a', one), last('x', two), last('b', one), last('y', two))).toEqual([
        '1a',
        '2 pool_empty',
        '1b',
        '1|',
        '3y',
        '3|',
      ]);
    });

    it('remembers as many ids that were refused, and refuses each message of others for itself', () => {
      expect(
        readLimited(
          1,
          part('a', one),
          part('x', two),
          part('p', three),
          part('q', three),
          last('y', two),
          part('r', three),
          part('s', three),
          last('b', one),
        ),
      ).toEqual(['1a', '2 pool_empty', '3 pool_empty', '4 pool_empty', '5 pool_empty', '1b', '1|']);
    });

    it('counts each channel for itself', () => {
      expect(
        readLimited(1, part('a', { channel: 1 }), part('b', { channel: 2 }), part('c', { channel: 3 })),
      ).toEqual(['1a', '2b', '3c']);
    });

    it.each([undefined, 0])('takes %p for 16,384', maxWindows => {
      const pool = new Dispatcher({ slots: 20_000 });
      let refused = 0;
      range(1, 16_386)
        .pipe(
          map(id => part('a', { id })),
          pool.dispatched(),
          windowByMessageId(maxWindows === undefined ? {} : { maxWindows }),
        )
        .subscribe(window => {
          window.subscribe({ error: (error: TofuError) => (refused += error.code === 'pool_empty' ? 1 : 0) });
        });
      expect(refused).toBe(2);
    });

    it('has no limit where that is Infinity', () => {
      expect(readLimited(Infinity, ...Array.from({ length: 3 }, (_, id) => part('a', { id })))).toEqual([
        '1a',
        '2a',
        '3a',
      ]);
    });

    it.each([-1, NaN, '5' as unknown as number])('refuses %p', maxWindows => {
      expect(thrownBy(() => windowByMessageId({ maxWindows }))).toBe('not_allowed');
    });
  });
});
