import type { Observable } from 'rxjs';
import { type Message, pooled } from '../../lib/index.js';
import { last, textOf } from './dispatch.js';
import { runWithPool } from './pool-marbles.js';

/** Three messages, as diagrams name them. */
export const arrivals = { a: last('a'), b: last('b', { id: 2 }), c: last('c', { id: 3 }) };

/** The error that is `#` in a diagram. */
export const failure = new Error('failed');

/** What `pooled` is given, and what comes of it, as diagrams. */
export interface PooledMarbles {
  /** A hot source of `arrivals`. */
  readonly source: string;
  /** The cold inner Observables, each under the messages that have it: under `ab` is one for both a and b. */
  readonly inners: Readonly<Record<string, string>>;
  readonly concurrency?: number;
  /** When the result is left. */
  readonly unsub?: string;
  readonly expected: string;
  readonly sourceSub?: string;
  /** When the inner Observables are subscribed to, under the names they have in `inners`. */
  readonly innerSubs: Readonly<Record<string, string | string[]>>;
  /** How many slots are held, at the frames that have a digit. */
  readonly held: string;
}

/** Expects of `pooled` what the diagrams say. */
export function expectPooled(marbles: PooledMarbles): void {
  const { source: diagram, concurrency, unsub, expected, sourceSub, held } = marbles;
  runWithPool(({ pool, hot, cold, expectObservable, expectSubscriptions, expectHeld }) => {
    const source = hot(diagram, arrivals, failure);
    expectHeld(held);
    const inners = Object.entries(marbles.inners).map(([names, inner]) => ({
      names,
      inner: cold(inner, undefined, failure),
    }));
    const project = (message: Message): Observable<string> => {
      const found = inners.find(({ names }) => names.includes(textOf(message)));
      if (found === undefined) throw new Error(`no inner Observable for ${textOf(message)}`);
      return found.inner;
    };
    const result = source.pipe(pool.dispatched(), pooled(project, concurrency));
    expectObservable(result, unsub).toBe(expected, undefined, failure);
    for (const { names, inner } of inners)
      expectSubscriptions(inner.subscriptions).toBe(marbles.innerSubs[names] ?? []);
    if (sourceSub !== undefined) expectSubscriptions(source.subscriptions).toBe(sourceSub);
  });
}
