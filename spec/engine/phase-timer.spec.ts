import { Deadlines } from '../../lib/engine/deadlines.js';
import { PhaseTimer } from '../../lib/engine/phase-timer.js';
import { ManualClock } from '../support/manual-clock.js';

function newTimer(): {
  clock: ManualClock;
  timer: PhaseTimer;
  log: string[];
  due: (name: string) => () => void;
} {
  const clock = new ManualClock();
  const log: string[] = [];
  return {
    clock,
    timer: new PhaseTimer(new Deadlines(clock)),
    log,
    due: name => () => {
      log.push(`${name}@${String(clock.now())}`);
    },
  };
}

describe('the timer of a phase', () => {
  it('comes due once, and is over then', () => {
    const { clock, timer, log, due } = newTimer();
    timer.start(10, due('hello'));
    clock.advance(100);
    expect(log).toEqual(['hello@10']);
  });

  it('takes the place of the phase before', () => {
    const { clock, timer, log, due } = newTimer();
    timer.start(10, due('connecting'));
    clock.advance(5);
    timer.start(20, due('hello'));
    clock.advance(100);
    expect(log).toEqual(['hello@25']);
  });

  it('does not come due when the phase is over', () => {
    const { clock, timer, log, due } = newTimer();
    timer.start(10, due('connecting'));
    timer.clear();
    clock.advance(100);
    expect(log).toEqual([]);
  });

  it('is not moved by progress unless it follows it', () => {
    const { clock, timer, log, due } = newTimer();
    timer.start(10, due('connecting'));
    clock.advance(5);
    timer.progress();
    clock.advance(100);
    expect(log).toEqual(['connecting@10']);
  });

  it('starts over with each progress when it follows it', () => {
    const { clock, timer, log, due } = newTimer();
    timer.startFollowing(10, due('bye'));
    for (let n = 0; n < 5; n++) {
      clock.advance(8);
      timer.progress();
    }
    expect(log).toEqual([]);
    clock.advance(100);
    expect(log).toEqual(['bye@50']);
  });

  it('stands still while the channel is not read, when it follows progress', () => {
    const { clock, timer, log, due } = newTimer();
    timer.startFollowing(10, due('bye'));
    clock.advance(8);
    timer.setPaused(true);
    clock.advance(1_000);
    timer.progress();
    clock.advance(1_000);
    expect(log).toEqual([]);
    timer.setPaused(false);
    clock.advance(100);
    expect(log).toEqual(['bye@2018']);
  });

  it('stands still from its start when the channel is not read already', () => {
    const { clock, timer, log, due } = newTimer();
    timer.setPaused(true);
    timer.startFollowing(10, due('bye'));
    clock.advance(1_000);
    expect(log).toEqual([]);
    timer.setPaused(false);
    clock.advance(10);
    expect(log).toEqual(['bye@1010']);
  });

  it('is not stopped by a pause when it does not follow progress', () => {
    const { clock, timer, log, due } = newTimer();
    timer.start(10, due('connecting'));
    timer.setPaused(true);
    clock.advance(10);
    expect(log).toEqual(['connecting@10']);
  });

  it('never comes due with Infinity', () => {
    const { clock, timer, log, due } = newTimer();
    timer.start(Infinity, due('off'));
    timer.startFollowing(Infinity, due('off, too'));
    timer.progress();
    clock.advance(1e9);
    expect(log).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it('leaves nothing behind when its phase is over', () => {
    const { clock, timer, log, due } = newTimer();
    timer.startFollowing(10, due('bye'));
    timer.clear();
    timer.progress();
    timer.setPaused(true);
    timer.setPaused(false);
    clock.advance(100);
    expect(log).toEqual([]);
    expect(clock.waiting).toBe(0);
  });
});
