import type { Clock } from '../transport/clock.js';

/** The longest series. */
const MOST_ROUNDS = 64;

/** The longest one where many wait: each round looks at all of them, and so many looks are a millisecond or two. */
const MOST_LOOKS = 4_096;

/** What is posted in a turn leaves at its end. */
export interface Turn {
  /** One begins soon: what would leave before waits for its end. */
  expectTurn(): void;
  /** It begins. */
  enterExpected(): void;
  leaveTurn(): void;
}

/**
 * Rounds of going on: `play` is called soon after it was asked for, and again when that asks for it again.
 *
 * A handler that answers by a Promise gives its slot back only when whoever called it has returned. With one round in a turn of the event loop, a channel that
 * may hold a single message would have one of them handled a turn, while others have all handled that came. So where every round of a
 * series was asked for, the next one is twice as long, and half as long where fewer than half were: round right behind round, with what Promises set off in
 * between. A series is one turn, so that what is posted in it leaves in one write, and it is bounded, in rounds and in what they cost, so that
 * other sockets are read behind it.
 */
export class ResumeRounds {
  readonly #clock: Clock;
  readonly #turn: Turn;
  readonly #waiting: () => number;
  readonly #play: () => void;
  #isAsked = false;
  /** Rounds of this series: all, those to come, and those that were asked for. */
  #count = 1;
  #left = 0;
  #asked = 0;

  /** @param waiting how many each round looks at */
  constructor(clock: Clock, turn: Turn, waiting: () => number, play: () => void) {
    this.#clock = clock;
    this.#turn = turn;
    this.#waiting = waiting;
    this.#play = play;
  }

  /** There is something to go on with. */
  ask(): void {
    this.#isAsked = true;
    if (this.#left === 0) this.#layOut();
  }

  #layOut(): void {
    this.#count = Math.min(this.#count, Math.max(1, Math.floor(MOST_LOOKS / this.#waiting())));
    this.#left = this.#count;
    this.#asked = 0;
    this.#turn.expectTurn();
    for (let n = 0; n < this.#count; n++) this.#clock.soon(this.#round);
  }

  readonly #round = (): void => {
    if (this.#left === this.#count) this.#turn.enterExpected();
    try {
      if (this.#isAsked) {
        this.#isAsked = false;
        this.#asked++;
        this.#play();
      }
    } finally {
      if (--this.#left === 0) this.#end();
    }
  };

  #end(): void {
    if (this.#asked === this.#count) this.#count = Math.min(2 * this.#count, MOST_ROUNDS);
    else if (this.#asked < this.#count / 2) this.#count = Math.floor(this.#count / 2);
    this.#turn.leaveTurn();
    // What has left then may have asked, too, and so laid them out.
    if (this.#isAsked && this.#left === 0) this.#layOut();
  }
}
