import { map } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { Dispatcher } from './dispatch.js';

type Marbles = Parameters<Parameters<TestScheduler['run']>[0]>[0];

/** What a marble spec has at hand. */
export interface PoolMarbles extends Marbles {
  readonly pool: Dispatcher;
  /** How many slots are held at the frames where the diagram has a digit. */
  readonly expectHeld: (diagram: string) => void;
}

/** Runs a marble spec with a pool of its own. When it has run, no slot may be held but as many as `heldAtEnd` says. */
export function runWithPool(
  spec: (marbles: PoolMarbles) => void,
  { strict = false, heldAtEnd = 0 }: { strict?: boolean; heldAtEnd?: number } = {},
): void {
  const pool = new Dispatcher({ strict });
  const testScheduler = new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  });
  testScheduler.run(marbles => {
    const expectHeld = (diagram: string): void => {
      const looks = marbles.hot(diagram).pipe(map(() => String(pool.held)));
      marbles.expectObservable(looks).toBe(diagram);
    };
    spec({ ...marbles, pool, expectHeld });
  });
  expect(pool.held).toBe(heldAtEnd);
}
