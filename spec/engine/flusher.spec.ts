import { Flusher } from '../../lib/engine/flusher.js';
import { ManualClock } from '../support/manual-clock.js';

function newFlusher(): {
  clock: ManualClock;
  flusher: Flusher;
  log: string[];
  channel: (name: string, then?: () => void) => { flush(): void };
} {
  const clock = new ManualClock();
  const log: string[] = [];
  return {
    clock,
    flusher: new Flusher(clock),
    log,
    channel: (name, then) => ({
      flush: () => {
        log.push(name);
        then?.();
      },
    }),
  };
}

describe('the flusher', () => {
  it('flushes soon what is posted outside of a turn, not at once', () => {
    const { clock, flusher, log, channel } = newFlusher();
    flusher.add(channel('a'));
    expect(log).toEqual([]);
    clock.runSoon();
    expect(log).toEqual(['a']);
  });

  it('asks the clock once for many channels, and flushes them in order', () => {
    const { clock, flusher, log, channel } = newFlusher();
    for (const name of ['a', 'b', 'c']) flusher.add(channel(name));
    expect(clock.soonWaiting).toBe(1);
    clock.runSoon();
    expect(log).toEqual(['a', 'b', 'c']);
  });

  it('flushes at the end of a turn what is posted in it, without asking the clock', () => {
    const { clock, flusher, log, channel } = newFlusher();
    flusher.enterTurn();
    flusher.add(channel('a'));
    expect(log).toEqual([]);
    flusher.leaveTurn();
    expect(log).toEqual(['a']);
    expect(clock.soonWaiting).toBe(0);
  });

  it('flushes at the end of the outermost of nested turns', () => {
    const { flusher, log, channel } = newFlusher();
    flusher.enterTurn();
    flusher.enterTurn();
    flusher.add(channel('a'));
    flusher.leaveTurn();
    expect(log).toEqual([]);
    flusher.leaveTurn();
    expect(log).toEqual(['a']);
  });

  it('flushes once what was added before the turn: at its end', () => {
    const { clock, flusher, log, channel } = newFlusher();
    flusher.add(channel('a'));
    flusher.enterTurn();
    flusher.leaveTurn();
    expect(log).toEqual(['a']);
    clock.runSoon();
    expect(log).toEqual(['a']);
  });

  it('flushes at the end of a turn that is expected what would have left soon', () => {
    const { clock, flusher, log, channel } = newFlusher();
    flusher.add(channel('a'));
    flusher.expectTurn();
    clock.runSoon();
    expect(log).toEqual([]);
    flusher.enterExpected();
    flusher.add(channel('b'));
    flusher.leaveTurn();
    expect(log).toEqual(['a', 'b']);
  });

  it('flushes at the end of a turn that is expected what is posted in other turns before', () => {
    const { flusher, log, channel } = newFlusher();
    flusher.expectTurn();
    flusher.enterTurn();
    flusher.add(channel('a'));
    flusher.leaveTurn();
    expect(log).toEqual([]);
    flusher.enterExpected();
    flusher.leaveTurn();
    expect(log).toEqual(['a']);
  });

  it('flushes nothing in the middle of a turn that goes on from one moment to the next', () => {
    const { clock, flusher, log, channel } = newFlusher();
    flusher.add(channel('a'));
    flusher.expectTurn();
    flusher.enterExpected();
    clock.runSoon();
    expect(log).toEqual([]);
    flusher.leaveTurn();
    expect(log).toEqual(['a']);
  });

  it('flushes later what is added while it flushes', () => {
    const { clock, flusher, log, channel } = newFlusher();
    flusher.add(
      channel('a', () => {
        flusher.add(channel('b'));
      }),
    );
    clock.runSoon();
    expect(log).toEqual(['a', 'b']);
    expect(clock.soonWaiting).toBe(0);
  });

  it('flushes later what is added while the end of a turn flushes', () => {
    const { clock, flusher, log, channel } = newFlusher();
    flusher.enterTurn();
    flusher.add(
      channel('a', () => {
        flusher.add(channel('b'));
      }),
    );
    flusher.leaveTurn();
    clock.runSoon();
    expect(log).toEqual(['a', 'b']);
  });
});
