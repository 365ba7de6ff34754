import { type IdleWindow, IdleWindows } from '../../lib/pool/idle-windows.js';

let windows: IdleWindows;
let givenUp: string[];

beforeEach(() => {
  windows = new IdleWindows();
  givenUp = [];
});

/** A window that holds `held` slots until it is given up. */
function idle(name: string, channelNumber: number, held: number, isInTheWay = false): IdleWindow {
  const window = {
    channelNumber,
    held,
    isInTheWay,
    owner: windows,
    giveUp: () => {
      window.held = 0;
      givenUp.push(name);
    },
  };
  windows.add(window);
  return window;
}

describe('IdleWindows', () => {
  it('gives up the youngest when they hold every slot of the pool', () => {
    idle('oldest', 1, 2);
    idle('of another channel', 2, 2);
    idle('youngest', 2, 1);
    expect(windows.giveUpYoungest(1, 5, 2)).toBe(true);
    expect(givenUp).toEqual(['youngest']);
    expect(windows.size).toBe(2);
  });

  it('gives up the next one when the next stall comes, oldest last', () => {
    for (const name of ['a', 'b', 'c']) idle(name, 1, 1);
    for (const held of [3, 2, 1]) expect(windows.giveUpYoungest(1, held, held)).toBe(true);
    expect(givenUp).toEqual(['c', 'b', 'a']);
    expect(windows.giveUpYoungest(1, 0, 0)).toBe(false);
  });

  it('gives up the youngest of the channel where the channel holds no others, and the pool does', () => {
    idle('a', 1, 1);
    idle('b', 1, 1);
    idle('of another channel', 2, 1);
    expect(windows.giveUpYoungest(1, 10, 2)).toBe(true);
    expect(givenUp).toEqual(['b']);
  });

  it('gives up nothing while others hold slots of that channel, too', () => {
    idle('a', 1, 2);
    idle('b', 2, 2);
    expect(windows.giveUpYoungest(1, 5, 3)).toBe(false);
    expect(givenUp).toEqual([]);
  });

  it('passes over windows that hold no slot: giving them up frees none', () => {
    idle('a', 1, 2);
    idle('released', 1, 0);
    expect(windows.giveUpYoungest(1, 2, 2)).toBe(true);
    expect(givenUp).toEqual(['a']);
    expect(windows.giveUpYoungest(1, 0, 0)).toBe(false);
  });

  it('knows nothing of windows that somebody reads', () => {
    const window = idle('a', 1, 2);
    windows.remove(window);
    windows.remove(window);
    expect(windows.size).toBe(0);
    expect(windows.giveUpYoungest(1, 2, 2)).toBe(false);
  });

  describe('calls a channel stuck', () => {
    it('when it gave up a window that was in the way of one that is read', () => {
      idle('a', 1, 1, true);
      idle('b', 1, 1, true);
      expect(windows.isStuck(1)).toBe(false);
      windows.giveUpYoungest(1, 2, 2);
      expect(windows.isStuck(1)).toBe(true);
      expect(windows.isStuck(2)).toBe(false);
    });

    it('until another window is read', () => {
      const next = idle('a', 1, 1, true);
      idle('b', 1, 1, true);
      windows.giveUpYoungest(1, 2, 2);
      windows.remove(next);
      expect(windows.isStuck(1)).toBe(false);
    });

    it('not where nobody reads any: its sender is only braked', () => {
      idle('a', 1, 1);
      idle('b', 1, 1);
      windows.giveUpYoungest(1, 2, 2);
      expect(givenUp).toEqual(['b']);
      expect(windows.isStuck(1)).toBe(false);
    });

    it('nor where windows are in the way on another channel only', () => {
      idle('a', 1, 1);
      idle('b', 2, 1, true);
      windows.giveUpYoungest(1, 2, 1);
      expect(windows.isStuck(1)).toBe(false);
    });
  });
});
