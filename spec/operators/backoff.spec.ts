import { merge, repeat, retry, VirtualTimeScheduler } from 'rxjs';
import { backoff, type BackoffOptions } from '../../lib/index.js';
import { codes, marbles, thrownBy } from '../support/virtual-time.js';

/** The nth wait, in ms of virtual time. */
function waitOf(n: number, options: BackoffOptions): number {
  const scheduler = new VirtualTimeScheduler();
  const frames: number[] = [];
  backoff(options, scheduler)(new Error('lost'), n).subscribe({
    next: () => frames.push(scheduler.frame),
    complete: () => frames.push(scheduler.frame),
  });
  scheduler.flush();
  expect(frames).toHaveLength(2);
  expect(frames[0]).toBe(frames[1]);
  return frames[0] as number;
}

function waits(count: number, options: BackoffOptions): number[] {
  return Array.from({ length: count }, (_, at) => waitOf(at + 1, options));
}

describe('the wait', () => {
  it('doubles from 100 ms to 30 s', () => {
    expect(waits(11, { jitter: 0 })).toEqual([
      100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000,
    ]);
  });

  it('grows by the factor from initial to max', () => {
    expect(waits(5, { initial: 10, factor: 3, max: 250, jitter: 0 })).toEqual([10, 30, 90, 250, 250]);
  });

  it('stays the same with a factor of 1', () => {
    expect(waits(3, { initial: 10, factor: 1, jitter: 0 })).toEqual([10, 10, 10]);
  });

  it('is never over max, not even the first one', () => {
    expect(waits(2, { max: 50, jitter: 0 })).toEqual([50, 50]);
  });

  it('is half to all of it by default, uniformly', () => {
    expect(waits(3, { random: () => 0 })).toEqual([50, 100, 200]);
    expect(waits(3, { random: () => 0.5 })).toEqual([75, 150, 300]);
    expect(waits(3, { random: () => 0.98 })).toEqual([99, 198, 396]);
  });

  it('is chance from 0 on with a jitter of 1', () => {
    expect(waits(2, { jitter: 1, random: () => 0 })).toEqual([0, 0]);
    expect(waits(2, { jitter: 1, random: () => 0.25 })).toEqual([25, 50]);
  });

  it('asks chance once for each wait', () => {
    let asked = 0;
    const random = (): number => [0, 0.5, 0.9][asked++] as number;
    expect(waits(3, { random })).toEqual([50, 150, 380]);
  });

  it('lies within its range with Math.random', () => {
    for (const wait of Array.from({ length: 100 }, () => waitOf(2, {}))) {
      expect(wait).toBeGreaterThanOrEqual(100);
      expect(wait).toBeLessThanOrEqual(200);
    }
  });

  it('stays max where the power is beyond all numbers', () => {
    expect(waitOf(5_000, { jitter: 0 })).toBe(30_000);
  });

  it('stays what a timer can wait where there is no max', () => {
    expect(waitOf(5_000, { max: Infinity, jitter: 0 })).toBe(2 ** 31 - 1);
  });
});

describe('as the delay of retry', () => {
  it('waits longer before each retry', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('                         #');
      const subscriptions = ['                      (^!)', '10ms (^!)', '30ms (^!)', '70ms (^!)'];
      const expected = '                       70ms #';
      const delay = backoff({ initial: 10, jitter: 0 });
      expectObservable(source.pipe(retry({ count: 3, delay }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscriptions);
    });
  });

  it('starts afresh after a value with resetOnSuccess', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('            -a#');
      const subscriptions = ['         ^-!', '-- 10ms ^-!', '-- 10ms -- 10ms ^-!'];
      const unsubscribed = '           -- 10ms -- 10ms --!';
      const expected = '               -a 10ms -a 10ms -a';
      const delay = backoff({ initial: 10, jitter: 0 });
      expectObservable(source.pipe(retry({ delay, resetOnSuccess: true })), unsubscribed).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscriptions);
    });
  });

  it('never starts afresh without it', () => {
    marbles(({ cold, expectSubscriptions, expectObservable }) => {
      const source = cold('            -a#');
      const subscriptions = ['         ^-!', '-- 10ms ^-!', '-- 10ms -- 20ms ^-!'];
      const unsubscribed = '           -- 10ms -- 20ms --!';
      const expected = '               -a 10ms -a 20ms -a';
      expectObservable(source.pipe(retry({ delay: backoff({ initial: 10, jitter: 0 }) })), unsubscribed).toBe(
        expected,
      );
      expectSubscriptions(source.subscriptions).toBe(subscriptions);
    });
  });

  it('ends the wait when it is left', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('    #');
      const subscriptions = [' (^!)'];
      const unsubscribed = '   5ms !';
      const expected = '       -';
      const delay = backoff({ initial: 10, jitter: 0 });
      expectObservable(source.pipe(retry({ delay })), unsubscribed).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscriptions);
    });
  });

  it('errors with what random throws', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('   -#');
      const subscription = '  ^!';
      const expected = '      -#';
      const random = (): number => {
        throw new Error('no dice');
      };
      const retried = source.pipe(retry({ delay: backoff({ random }) }), codes());
      expectObservable(retried).toBe(expected, undefined, 'no dice');
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });
});

describe('as the delay of repeat', () => {
  it('waits longer before each repetition', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('                             (a|)');
      const subscriptions = ['                          (^!)', '10ms (^!)', '30ms (^!)'];
      const expected = '                                a 9ms a 19ms (a|)';
      const delay = backoff({ initial: 10, jitter: 0 });
      expectObservable(source.pipe(repeat({ count: 3, delay }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscriptions);
    });
  });
});

describe('one backoff', () => {
  it('keeps no state: it serves many at once', () => {
    marbles(({ cold, expectObservable }) => {
      const delay = backoff({ initial: 10, jitter: 0 });
      const a = cold('  #').pipe(retry({ count: 2, delay }));
      const b = cold('  -#').pipe(retry({ count: 2, delay }));
      const expected = '30ms #';
      expectObservable(merge(a, b)).toBe(expected);
      expectObservable(b).toBe('--- 30ms #');
    });
  });
});

describe('the options', () => {
  const illegal: [name: keyof BackoffOptions, values: unknown[]][] = [
    ['initial', [0, -1, NaN, Infinity, '100']],
    ['max', [0, -1, NaN, '100']],
    ['factor', [0, 0.5, -2, NaN, Infinity, '2']],
    ['jitter', [-0.1, 1.1, NaN, '0.5']],
    ['random', [0.5, {}]],
  ];
  it.each(illegal)('refuse an illegal %s by name', (name, values) => {
    for (const value of values) {
      const make = (): unknown => backoff({ [name]: value });
      expect(thrownBy(make)).toBe('not_allowed');
      expect(make).toThrow(name);
    }
  });

  it('take a jitter of 0 and of 1', () => {
    expect(thrownBy(() => [backoff({ jitter: 0 }), backoff({ jitter: 1 })])).toBe('nothing thrown');
  });
});
