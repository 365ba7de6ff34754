import { IdleWindows } from '../../lib/pool/idle-windows.js';
import { OwnIdleWindows } from '../../lib/pool/own-idle-windows.js';

interface Window {
  readonly channelNumber: number;
  readonly held: number;
}

const CHANNEL = 5;

let registry: IdleWindows;
let inTheWay: Window | null;
let own: OwnIdleWindows<Window>;
let log: string[];

beforeEach(() => {
  registry = new IdleWindows();
  inTheWay = null;
  own = new OwnIdleWindows(window => window === inTheWay);
  log = [];
});

function enter(name: string, held: number, isOfUse?: () => boolean): Window {
  const window = { channelNumber: CHANNEL, held };
  const giveUp = (): void => {
    log.push(`${name} given up, ${String(own.all.length)} left`);
  };
  own.add(window, registry, isOfUse === undefined ? { giveUp } : { giveUp, isOfUse });
  return window;
}

describe('OwnIdleWindows', () => {
  it('enters its windows with the pool, and keeps them in order', () => {
    const [one, two] = [enter('one', 1), enter('two', 2)];
    expect(own.all).toEqual([one, two]);
    expect(registry.size).toBe(2);
    expect(registry.areAllOf(CHANNEL, 3)).toBe(true);
    expect(registry.areAllOf(CHANNEL, 4)).toBe(false);
  });

  it('takes a window out of both when it is removed, also one that was never there', () => {
    const [one, two] = [enter('one', 1), enter('two', 2)];
    own.remove(one);
    own.remove(one);
    expect([own.has(one), own.has(two), registry.size]).toEqual([false, true, 1]);
  });

  it('gives the youngest up when it is no longer one of them', () => {
    enter('one', 1);
    enter('two', 2);
    expect(registry.giveUpYoungest(CHANNEL, 3, 3)).toBe(true);
    expect(log).toEqual(['two given up, 1 left']);
    expect(registry.size).toBe(1);
  });

  it('has a window hold nothing while giving it up is of no use', () => {
    let isOfUse = false;
    enter('one', 3, () => isOfUse);
    expect([registry.areAllOf(CHANNEL, 3), registry.giveUpYoungest(CHANNEL, 3, 3)]).toEqual([false, false]);
    isOfUse = true;
    expect([registry.areAllOf(CHANNEL, 3), registry.giveUpYoungest(CHANNEL, 3, 3)]).toEqual([true, true]);
    expect(log).toEqual(['one given up, 0 left']);
  });

  it('asks its owner for all of them, by the oldest, whether they are in the way', () => {
    const one = enter('one', 1);
    enter('two', 1);
    expect(registry.areInTheWay(CHANNEL)).toBe(false);
    inTheWay = one;
    expect(registry.areInTheWay(CHANNEL)).toBe(true);
    expect(registry.areInTheWay(CHANNEL + 1)).toBe(false);
  });
});
