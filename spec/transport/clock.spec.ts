import { systemClock } from '../../lib/transport/clock.js';

/** Waits for one callback of the clock. */
function after(ms: number): Promise<void> {
  return new Promise(resolve => {
    systemClock.after(ms, resolve);
  });
}

describe("the system's clock", () => {
  it('never goes back', () => {
    const moments = Array.from({ length: 1_000 }, () => systemClock.now());
    expect(moments.every((moment, n) => n === 0 || moment >= (moments[n - 1] as number))).toBe(true);
  });

  it('calls after the time has passed, in the order of the moments', async () => {
    const order: string[] = [];
    systemClock.after(20, () => order.push('twenty'));
    systemClock.after(1, () => order.push('one'));
    systemClock.after(10, () => order.push('ten'));
    const start = systemClock.now();
    await after(30);
    expect(order).toEqual(['one', 'ten', 'twenty']);
    // A timer of node may come up to a millisecond early by this clock.
    expect(systemClock.now() - start).toBeGreaterThanOrEqual(29);
  });

  it('does not call what was disposed, and disposing late or twice is harmless', async () => {
    const order: string[] = [];
    const timer = systemClock.after(5, () => order.push('disposed'));
    timer[Symbol.dispose]();
    timer[Symbol.dispose]();
    const late = systemClock.after(1, () => order.push('late'));
    await after(15);
    late[Symbol.dispose]();
    expect(order).toEqual(['late']);
  });

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER])(
    'does not call at once what is due in %d ms',
    async ms => {
      let called = false;
      using _timer = systemClock.after(ms, () => {
        called = true;
      });
      await after(5);
      expect(called).toBe(false);
    },
  );

  it('calls soon: after what runs now, in the order of the calls', async () => {
    const order: string[] = [];
    systemClock.soon(() => order.push('a'));
    systemClock.soon(() => order.push('b'));
    order.push('now');
    await new Promise<void>(resolve => {
      systemClock.soon(resolve);
    });
    expect(order).toEqual(['now', 'a', 'b']);
  });

  it('calls soon behind promises that are settled now', async () => {
    const order: string[] = [];
    const done = new Promise<void>(resolve => {
      systemClock.soon(() => {
        order.push('soon');
        resolve();
      });
    });
    await Promise.resolve().then(() => order.push('promise'));
    await done;
    expect(order).toEqual(['promise', 'soon']);
  });

  it('calls later what is asked for inside soon', async () => {
    const order: string[] = [];
    await new Promise<void>(resolve => {
      systemClock.soon(() => {
        systemClock.soon(() => {
          order.push('inner');
          resolve();
        });
        order.push('outer');
      });
      systemClock.soon(() => order.push('second'));
    });
    expect(order).toEqual(['outer', 'second', 'inner']);
  });
});

describe('a wait longer than a timer of node can be', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'performance'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('comes after all of it, and not before', () => {
    const thirtyDays = 30 * 24 * 60 * 60 * 1_000;
    let called = 0;
    systemClock.after(thirtyDays, () => called++);
    jest.advanceTimersByTime(thirtyDays - 1);
    expect(called).toBe(0);
    jest.advanceTimersByTime(1);
    expect(called).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is cancelled in its second part, too', () => {
    let called = 0;
    const timer = systemClock.after(2 ** 31 + 1_000, () => called++);
    jest.advanceTimersByTime(2 ** 31);
    timer[Symbol.dispose]();
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(10_000);
    expect(called).toBe(0);
  });
});
