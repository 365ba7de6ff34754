import fc from 'fast-check';
import { firstValueFrom, from, map, mergeMap, Observable, of, Subject, take } from 'rxjs';
import { chunked, type Message, reassemble, windowByMessageId } from '../../lib/index.js';
import { type Arrival, Dispatcher, last, part } from '../support/dispatch.js';
import { looseMessage } from '../support/loose-messages.js';
import { codes, marbles, thrownBy } from '../support/virtual-time.js';

const a = looseMessage({ body: 'ab', more: true });
const b = looseMessage({ body: 'cde', more: true });
const empty = looseMessage({});
const values = { a, b, e: empty };
const text = map((bytes: Uint8Array) => Buffer.from(bytes).toString());

describe('reassemble', () => {
  it('emits the bodies as one when its source completes', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-b-e-|', values);
      const subscription = ' ^-----!';
      const expected = '     ------(r|)';
      expectObservable(source.pipe(reassemble(), text)).toBe(expected, { r: 'abcde' });
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('emits what one message holds', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold('  -(a|)', values);
      const expected = '     -(r|)';
      expectObservable(source.pipe(reassemble(), text)).toBe(expected, { r: 'ab' });
    });
  });

  it('emits no byte, once, for a source without a message', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Message>(' --|');
      const subscription = '         ^-!';
      const expected = '             --(r|)';
      expectObservable(source.pipe(reassemble(), text)).toBe(expected, { r: '' });
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('emits nothing while its source goes on', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-b-', values);
      const subscription = ' ^---';
      const expected = '     ----';
      expectObservable(source.pipe(reassemble())).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('errors with its source, and drops what had come', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-#', values, new Error('lost'));
      const subscription = ' ^-!';
      const expected = '     --#';
      expectObservable(source.pipe(reassemble(), codes())).toBe(expected, undefined, 'lost');
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('leaves its source when it is left', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-b-|', values);
      const unsubscribed = ' -!';
      const subscription = ' ^!';
      const expected = '     --';
      expectObservable(source.pipe(reassemble()), unsubscribed).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('begins anew with each subscription', () => {
    const whole$ = from([a, b]).pipe(reassemble(), text);
    const seen: string[] = [];
    whole$.subscribe(whole => seen.push(whole));
    whole$.subscribe(whole => seen.push(whole));
    expect(seen).toEqual(['abcde', 'abcde']);
  });

  it('stops a synchronous source that passes the limit', () => {
    let taken = 0;
    const source = new Observable<Message>(subscriber => {
      while (!subscriber.closed) {
        taken++;
        subscriber.next(a);
      }
    });
    const errors: unknown[] = [];
    source.pipe(reassemble({ maxBytes: 5 }), codes()).subscribe({ error: error => errors.push(error) });
    expect(errors).toEqual(['invalid_body_len']);
    expect(taken).toBe(3);
  });

  it('is left inside next', () => {
    const seen: string[] = [];
    of(a)
      .pipe(reassemble(), text, take(1))
      .subscribe({ next: whole => seen.push(whole), complete: () => seen.push('|') });
    expect(seen).toEqual(['ab', '|']);
  });

  it('puts together what chunked took apart', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 40 }), (bytes, size) => {
        let whole: Uint8Array | undefined;
        of(bytes)
          .pipe(
            chunked(size),
            map(body => looseMessage({ body })),
            reassemble(),
          )
          .subscribe(result => (whole = result));
        expect(whole).toEqual(bytes);
      }),
    );
  });
});

describe('the bytes', () => {
  it('are copied as they come: a body that changes behind changes nothing', () => {
    const source = new Subject<Message>();
    const results: string[] = [];
    source.pipe(reassemble(), text).subscribe(whole => results.push(whole));
    const message = looseMessage({ body: 'first' });
    source.next(message);
    message.body.copy('xxxxx');
    source.complete();
    expect(results).toEqual(['first']);
  });

  it('are in a buffer of their own size, also when that had to grow', () => {
    for (const parts of [1, 2, 3, 7]) {
      from(Array.from({ length: parts }, () => b))
        .pipe(reassemble())
        .subscribe(whole => {
          expect([whole.length, whole.buffer.byteLength]).toEqual([3 * parts, 3 * parts]);
        });
    }
    expect.assertions(4);
  });
});

describe('the limit', () => {
  it('lets exactly as many bytes pass', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold('  a-b-e-|', values);
      const expected = '     ------(r|)';
      expectObservable(source.pipe(reassemble({ maxBytes: 5 }), text)).toBe(expected, { r: 'abcde' });
    });
  });

  it('errors with invalid_body_len at the first byte beyond it, naming it', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-b-e-|', values);
      const subscription = ' ^-!';
      const expected = '     --#';
      const whole$ = source.pipe(reassemble({ maxBytes: 4 }), codes());
      expectObservable(whole$).toBe(expected, undefined, 'invalid_body_len');
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
    of(a)
      .pipe(reassemble({ maxBytes: 1 }))
      .subscribe({
        error: (error: Error) => {
          expect(error.message).toMatch(/maxBytes \(1\)/);
        },
      });
    expect.hasAssertions();
  });

  it('is 64 MiB by default', () => {
    const part = looseMessage({ body: new Uint8Array(32 * 1024) });
    const parts = Array.from({ length: 2 * 1024 }, () => part);
    const seen: unknown[] = [];
    const observer = {
      next: (whole: Uint8Array) => seen.push(whole.length),
      error: (error: unknown) => seen.push(error),
    };
    for (const maxBytes of [undefined, 0]) {
      const options = maxBytes === undefined ? {} : { maxBytes };
      from(parts).pipe(reassemble(options), codes()).subscribe(observer);
      from([...parts, a])
        .pipe(reassemble(options), codes())
        .subscribe(observer);
    }
    const limit = 64 * 1024 * 1024;
    expect(seen).toEqual([limit, 'invalid_body_len', limit, 'invalid_body_len']);
  });

  it('is none with Infinity', async () => {
    const whole = await firstValueFrom(from([a, b]).pipe(reassemble({ maxBytes: Infinity }), text));
    expect(whole).toBe('abcde');
  });

  it.each([-1, NaN, '7' as unknown as number])('is refused as %p', maxBytes => {
    expect(thrownBy(() => reassemble({ maxBytes }))).toBe('not_allowed');
    expect(() => reassemble({ maxBytes })).toThrow('maxBytes');
  });
});

describe('the slots', () => {
  it('are none of its business: each comes back when its message was delivered', () => {
    const pool = new Dispatcher();
    const arrivals = new Subject<Arrival>();
    const results: string[] = [];
    arrivals.pipe(pool.dispatched(), reassemble(), text).subscribe(whole => results.push(whole));
    for (const arrival of [part('one'), last('two')]) {
      arrivals.next(arrival);
      expect(pool.held).toBe(0);
    }
    arrivals.complete();
    expect(results).toEqual(['onetwo']);
  });

  it('of a window come back as it is read', () => {
    const pool = new Dispatcher();
    const arrivals = new Subject<Arrival>();
    const results: string[] = [];
    arrivals
      .pipe(
        pool.dispatched(),
        windowByMessageId(),
        mergeMap(window => window.pipe(reassemble(), text)),
      )
      .subscribe(whole => results.push(whole));
    arrivals.next(part('one'));
    expect([pool.held, results]).toEqual([0, []]);
    arrivals.next(last('two'));
    expect([pool.held, results]).toEqual([0, ['onetwo']]);
  });
});
