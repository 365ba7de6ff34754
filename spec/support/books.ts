import type { End } from './credit-pairs.js';

/** What one side has granted the other, as both have it written down. */
export interface Books {
  readonly granted: number;
  /** Of it: messages whose slots came back, */
  readonly consumed: number;
  /** that hold one or wait for it, */
  readonly held: number;
  /** and that may still be sent. */
  readonly outstanding: number;
  /** Frames received that cost something, */
  readonly received: number;
  /** and sent. */
  readonly spent: number;
}

/**
 * What `from` has granted `to`. Each side's own hello took a slot and cost nothing; the receiver has it in its books as granted and received.
 */
export function booksOf(from: End, to: End): Books {
  const { incoming } = creditOf(from);
  const { outgoing } = creditOf(to);
  return {
    granted: incoming.granted,
    consumed: incoming.consumed,
    held: incoming.held,
    outstanding: outgoing.granted - outgoing.spent,
    received: incoming.received - HELLO,
    spent: outgoing.spent,
  };
}

/** Nothing is under way: what one side has granted is consumed or can still be spent, and what was spent has come. */
export function expectBalanced(one: End, other: End): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const books = booksOf(from, to);
    const { granted, consumed, held, outstanding, received, spent } = books;
    expect({ books, held, sum: consumed + held + outstanding, received }).toEqual({
      books,
      held: 0,
      sum: granted,
      received: spent,
    });
  }
}

/** A hello took a slot each way. */
const HELLO = 1;

function creditOf({ channel }: End): NonNullable<End['channel']['credit']> {
  if (channel.credit === null) throw new Error('no credit was agreed on');
  return channel.credit;
}
