import { from, type ObservableInput, type ObservedValueOf, Observable, type OperatorFunction } from 'rxjs';
import { EngineMessage } from '../message/engine-message.js';
import type { Hold } from '../message/message.js';
import { Use } from '../message/ownership.js';
import { NO_HOLD } from '../pool/hold.js';
import { redispatch } from '../pool/redispatch.js';
import { assertFunction } from '../rx/arguments.js';
import { Fifo } from '../rx/fifo.js';
import { subscribeWithin } from '../rx/subscribe-within.js';
import { AT_LEAST_ONE, checkedNumber } from './numeric-option.js';

interface Waiting<T> {
  readonly value: T;
  readonly hold: Hold;
}

/**
 * Projects each message to an inner Observable and merges them, and brakes the sender meanwhile: a message keeps its slot from
 * its arrival until its inner Observable has ended. The back-pressure operator.
 *
 * With every slot held, sockets are not read, and the sender feels the slowest handler; memory stays flat. `concatMap` and `mergeMap` queue without
 * bound instead, since the slot of what waits in them is free. Put `pooled` before anything that delays: a message whose dispatch
 * is over has no slot to hold, which is warned of (`RXTOFU_BRAKE_LOST`), or an error in a `strict` engine.
 *
 * Windows may be pooled, too: they hold their own slots until they are read.
 *
 * Completes when the source has and every inner Observable has; errors with the first error of either, or with what `project` throws; unsubscribing gives
 * every slot back.
 *
 * @param project makes the inner Observable (a Promise, an iterable) of a message
 * @param concurrency how many may run at once, 1 or more; anything else throws TofuError `not_allowed`
 * @example
 * group.pipe(
 *   ofOpCode(OpCode.Request),
 *   pooled(request => work(request.body.text()).pipe(map(result => request.reply(result))), 4),
 * ).subscribe(group.sink);
 */
export function pooled<T, O extends ObservableInput<unknown>>(
  project: (value: T, index: number) => O,
  concurrency = 1,
): OperatorFunction<T, ObservedValueOf<O>> {
  assertFunction('project', project);
  checkedNumber('concurrency', concurrency, AT_LEAST_ONE);
  return source =>
    new Observable(subscriber => {
      const waiting = new Fifo<Waiting<T>>();
      let index = 0;
      let active = 0;
      let sourceEnded = false;
      let starting = false;

      const run = (value: T, hold: Hold): void => {
        let completed = false;
        subscribeWithin(
          subscriber,
          from(project(value, index++)),
          {
            next: result => {
              subscriber.next(result);
            },
            error: (error: unknown) => {
              subscriber.error(error);
            },
            complete: () => {
              completed = true;
            },
          },
          () => {
            hold[Symbol.dispose]();
            if (!completed) return;
            active--;
            startWaiting();
          },
        );
      };

      const start = ({ value, hold }: Waiting<T>): void => {
        active++;
        try {
          if (!EngineMessage.is(value) || value.use !== Use.shared) run(value, hold);
          // What waited may still be retained by whoever is inside: the slot is there.
          else {
            redispatch(value, NO_HOLD, () => {
              run(value, hold);
            });
          }
        } catch (error) {
          hold[Symbol.dispose]();
          subscriber.error(error);
        }
      };

      /** A loop, not a recursion: inner Observables may end at once, one behind the other. */
      const startWaiting = (): void => {
        if (starting) return;
        starting = true;
        while (active < concurrency && waiting.length > 0 && !subscriber.closed)
          start(waiting.shift() as Waiting<T>);
        starting = false;
        if (sourceEnded && active === 0 && waiting.length === 0) subscriber.complete();
      };

      // The holds of those that run end with their inner Observables.
      subscriber.add(() => {
        for (const { hold } of waiting.takeAll()) hold[Symbol.dispose]();
      });
      subscribeWithin(subscriber, source, {
        next: value => {
          try {
            waiting.push({ value, hold: holdOf(value) });
          } catch (error) {
            subscriber.error(error);
            return;
          }
          startWaiting();
        },
        error: (error: unknown) => {
          subscriber.error(error);
        },
        complete: () => {
          sourceEnded = true;
          startWaiting();
        },
      });
    });
}

/** The slot of a message; what is no message has none. */
function holdOf(value: unknown): Hold {
  return EngineMessage.is(value) ? value.keeper.hold(value, 'pooled') : NO_HOLD;
}
