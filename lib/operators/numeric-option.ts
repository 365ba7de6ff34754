import { describe } from '../message/describe.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';

/** setTimeout keeps 31 bits, and takes a longer wait for 1 ms. */
export const LONGEST_WAIT_MS = 0x7fff_ffff;

/** What a number has to be, and how to say so. */
interface Rule {
  readonly words: string;
  readonly holds: (value: number) => boolean;
}

/** More than 0; Infinity is one. */
export const POSITIVE: Rule = { words: 'a positive number', holds: value => value > 0 };

/** More than 0, and an end to it. */
export const FINITE_POSITIVE: Rule = {
  words: 'a positive, finite number',
  holds: value => value > 0 && value < Infinity,
};

/** 0 or more, without an end to it. */
export const NOT_NEGATIVE: Rule = { words: 'a number of 0 or more', holds: value => value >= 0 };

/** How many at once: 1 or more; Infinity is one. */
export const AT_LEAST_ONE: Rule = { words: 'a number of 1 or more', holds: value => value >= 1 };

/** 1, 2, 3 and so on. */
export const COUNT: Rule = {
  words: 'a positive integer',
  holds: value => value > 0 && Number.isSafeInteger(value),
};

/**
 * A number that somebody was given.
 *
 * @throws TofuError `not_allowed`, naming it and its value, where the rule does not hold
 */
export function checkedNumber(name: string, value: unknown, rule: Rule): number {
  if (typeof value === 'number' && rule.holds(value)) return value;
  throw new TofuError(Status.notAllowed, `${name} is ${describe(value)}, which is not ${rule.words}`);
}
