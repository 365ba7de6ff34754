import { ResumeRounds } from '../../lib/engine/resume-rounds.js';

/** Rounds on a clock whose moments are called for one by one; what is asked for between two of them is what a Promise would set off. */
function newRounds(
  onPlay: (rounds: ResumeRounds) => void = () => undefined,
  looks = 1,
): {
  rounds: ResumeRounds;
  log: string[];
  /** How many moments wait. */
  waiting: () => number;
  /** Lets all moments pass that wait now; `between` is called behind each, with its number from 1. */
  pass: (between?: (moment: number) => void) => void;
} {
  const log: string[] = [];
  let soon: (() => void)[] = [];
  const clock = {
    now: () => 0,
    after: () => ({ [Symbol.dispose]: () => undefined }),
    soon: (f: () => void) => {
      soon.push(f);
    },
  };
  const turn = {
    expectTurn: () => log.push('expected'),
    enterExpected: () => log.push('enter'),
    leaveTurn: () => log.push('leave'),
  };
  const rounds: ResumeRounds = new ResumeRounds(
    clock,
    turn,
    () => looks,
    () => {
      log.push('play');
      onPlay(rounds);
    },
  );
  return {
    rounds,
    log,
    waiting: () => soon.length,
    pass: (between = () => undefined) => {
      const moments = soon;
      soon = [];
      for (const [index, moment] of moments.entries()) {
        moment();
        between(index + 1);
      }
    },
  };
}

/** How many rounds are played of each of so many series, where so many could be used in each, and so many channels wait. */
function playedOf(series: number, useful: number, channels = 1): { played: number[]; laidOut: number[] } {
  const { rounds, log, waiting, pass } = newRounds(undefined, channels);
  const played: number[] = [];
  const laidOut: number[] = [];
  for (let n = 0; n < series; n++) {
    rounds.ask();
    laidOut.push(waiting());
    log.length = 0;
    pass(moment => {
      if (moment < Math.min(useful, laidOut.at(-1) as number)) rounds.ask();
    });
    played.push(log.filter(line => line === 'play').length);
  }
  return { played, laidOut };
}

describe('rounds of going on', () => {
  it('are played soon after they were asked for, once, in a turn of their own', () => {
    const { rounds, log, waiting, pass } = newRounds();
    rounds.ask();
    rounds.ask();
    expect(log).toEqual(['expected']);
    pass();
    expect(log).toEqual(['expected', 'enter', 'play', 'leave']);
    expect(waiting()).toBe(0);
  });

  it('come in one turn where each asks for the next', () => {
    const { rounds, log, pass } = newRounds();
    rounds.ask();
    pass();
    log.length = 0;
    rounds.ask();
    pass(moment => {
      if (moment === 1) rounds.ask();
    });
    expect(log).toEqual(['expected', 'enter', 'play', 'play', 'leave']);
  });

  it('are not played where nothing asked for them', () => {
    const { rounds, log, pass } = newRounds();
    rounds.ask();
    pass();
    log.length = 0;
    rounds.ask();
    pass();
    expect(log).toEqual(['expected', 'enter', 'play', 'leave']);
  });

  it('come again soon where the last of a series asks for more', () => {
    let isAsking = true;
    const { rounds, log, waiting, pass } = newRounds(own => {
      if (isAsking) own.ask();
      isAsking = false;
    });
    rounds.ask();
    pass();
    expect(log).toEqual(['expected', 'enter', 'play', 'leave', 'expected']);
    expect(waiting()).toBeGreaterThan(0);
    pass();
    expect(log.slice(5)).toEqual(['enter', 'play', 'leave']);
    expect(waiting()).toBe(0);
  });

  it('get more where all were asked for, up to 64 in a series', () => {
    expect(playedOf(9, Infinity).played).toEqual([1, 2, 4, 8, 16, 32, 64, 64, 64]);
  });

  it.each([
    [64, [1, 2, 4, 8, 16, 32, 64, 64]],
    [65, [1, 2, 4, 8, 16, 32, 63, 63]],
    [1_000, [1, 2, 4, 4, 4, 4, 4, 4]],
    [4_096, [1, 1, 1, 1, 1, 1, 1, 1]],
    [16_384, [1, 1, 1, 1, 1, 1, 1, 1]],
  ])('are fewer where %d channels are looked at in each of them', (channels, played) => {
    expect(playedOf(8, Infinity, channels).played).toEqual(played);
  });

  it('stay as many where half of them or more are asked for', () => {
    expect(playedOf(6, 3)).toEqual({ played: [1, 2, 3, 3, 3, 3], laidOut: [1, 2, 4, 4, 4, 4] });
  });

  it('get fewer where less than half of them are asked for', () => {
    const { rounds, waiting, pass } = newRounds();
    const series = (useful: number): number => {
      rounds.ask();
      const laidOut = waiting();
      pass(moment => {
        if (moment < Math.min(useful, laidOut)) rounds.ask();
      });
      return laidOut;
    };
    expect([16, 16, 16, 16, 1, 1, 1, 1, 1].map(series)).toEqual([1, 2, 4, 8, 16, 8, 4, 2, 2]);
  });
});
