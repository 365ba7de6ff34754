import fc from 'fast-check';
import { from, map, Observable, of, Subject, take, toArray } from 'rxjs';
import { chunked } from '../../lib/index.js';
import { codes, marbles, thrownBy } from '../support/virtual-time.js';

/** Pieces as text, cut from values that come synchronously. */
function cut(size: number, ...values: (string | Uint8Array)[]): string[] {
  const pieces: string[] = [];
  from(values)
    .pipe(chunked(size))
    .subscribe(piece => pieces.push(Buffer.from(piece).toString()));
  return pieces;
}

describe('the pieces', () => {
  it('are of exactly the size, all but the last', () => {
    expect(cut(3, 'abcdefgh')).toEqual(['abc', 'def', 'gh']);
  });

  it('are cut across the values of the source', () => {
    expect(cut(4, 'a', 'bcd', 'efghij', 'k')).toEqual(['abcd', 'efgh', 'ijk']);
  });

  it('leave no empty one behind, where the size divides the whole', () => {
    expect(cut(2, 'ab', 'cd')).toEqual(['ab', 'cd']);
  });

  it('mix bytes and strings', () => {
    expect(cut(4, 'ab', Buffer.from('cde'), 'f')).toEqual(['abcd', 'ef']);
  });

  it('are 65,535 bytes long by default, the most that a body holds', () => {
    const lengths: number[] = [];
    of(new Uint8Array(70_000))
      .pipe(chunked())
      .subscribe(piece => lengths.push(piece.length));
    expect(lengths).toEqual([65_535, 4_465]);
  });

  it('are none where no byte comes', () => {
    expect(cut(4)).toEqual([]);
    expect(cut(4, '', new Uint8Array(0))).toEqual([]);
  });

  it('are plain Uint8Arrays, each in a buffer of its own', () => {
    from([Buffer.from('abcdef'), 'g'])
      .pipe(chunked(4), toArray())
      .subscribe(pieces => {
        for (const piece of pieces) {
          expect(Object.getPrototypeOf(piece)).toBe(Uint8Array.prototype);
          expect(piece.buffer.byteLength).toBe(piece.length);
        }
        expect(new Set(pieces.map(piece => piece.buffer)).size).toBe(2);
      });
    expect.assertions(5);
  });

  it('are no views of a buffer that the source uses again', () => {
    const source = new Subject<Uint8Array>();
    const pieces: string[] = [];
    const kept: Uint8Array[] = [];
    source.pipe(chunked(4)).subscribe({
      next: piece => kept.push(piece),
      complete: () => pieces.push(...kept.map(piece => Buffer.from(piece).toString())),
    });
    const reused = Buffer.from('abcdef');
    source.next(reused);
    reused.fill('x');
    source.next(reused.subarray(0, 1));
    reused.fill('y');
    source.complete();
    expect(pieces).toEqual(['abcd', 'efx']);
  });

  it('may be changed by their subscriber', () => {
    const source = Buffer.from('abcd');
    of(source)
      .pipe(chunked(2))
      .subscribe(piece => piece.fill(0));
    expect(source.toString()).toBe('abcd');
  });

  it('are the same wherever the source was cut', () => {
    const value = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 20 }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 12 }), fc.integer({ min: 1, max: 50 }), (values, size) => {
        const whole = Buffer.concat(values.map(one => Buffer.from(one as string)));
        const pieces: Uint8Array[] = [];
        from(values)
          .pipe(chunked(size))
          .subscribe(piece => pieces.push(piece));
        expect(Buffer.concat(pieces).equals(whole)).toBe(true);
        expect(pieces.slice(0, -1).every(piece => piece.length === size)).toBe(true);
        expect(pieces.length).toBe(Math.ceil(whole.length / size));
      }),
    );
  });
});

describe('a character', () => {
  it('that is cut in two between two strings is put together', () => {
    const [high, low] = ['😀'.slice(0, 1), '😀'.slice(1)];
    expect(cut(9, `a${high}`, `${low}b`)).toEqual(['a😀b']);
    expect(cut(9, high, '', low)).toEqual(['😀']);
  });

  it('is cut where the piece ends, not where it ends', () => {
    const pieces: number[][] = [];
    of('é')
      .pipe(chunked(1))
      .subscribe(piece => pieces.push([...piece]));
    expect(pieces).toEqual([[0xc3], [0xa9]]);
  });

  it('whose half stays alone becomes U+FFFD', () => {
    const half = '😀'.slice(0, 1);
    expect(cut(9, half)).toEqual(['\ufffd']);
    expect(cut(9, half, 'b')).toEqual(['\ufffdb']);
    expect(cut(9, half, Buffer.from('b'))).toEqual(['\ufffdb']);
    expect(cut(9, '😀'.slice(1))).toEqual(['\ufffd']);
  });

  it('whose half stays alone at the end may take several pieces', () => {
    expect(cut(1, '😀'.slice(0, 1))).toHaveLength(3);
  });
});

describe('chunked', () => {
  const text = map((piece: Uint8Array) => Buffer.from(piece).toString());

  it('emits a piece when it is full, and the last one at the end', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-b-----|', { a: 'x', b: 'yz' });
      const subscription = ' ^-------!';
      const expected = '     --p-----(q|)';
      expectObservable(source.pipe(chunked(2), text)).toBe(expected, { p: 'xy', q: 'z' });
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('emits the pieces of one value in a row', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -a----|', { a: 'abcdef' });
      const subscription = ' ^-----!';
      const expected = '     -(pqr)|';
      const values = { p: 'ab', q: 'cd', r: 'ef' };
      expectObservable(source.pipe(chunked(2), text)).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('never ends when its source never does', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<string>(' -');
      const subscription = '        ^';
      const expected = '            -';
      expectObservable(source.pipe(chunked(2))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('completes with an empty source', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<string>(' --|');
      const subscription = '        ^-!';
      const expected = '            --|';
      expectObservable(source.pipe(chunked(2))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('errors with its source, and drops the piece that was begun', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-#', { a: 'abc' }, new Error('lost'));
      const subscription = ' ^-!';
      const expected = '     p-#';
      expectObservable(source.pipe(chunked(2), text, codes())).toBe(expected, { p: 'ab' }, 'lost');
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('errors with invalid_message at a value that is neither bytes nor text', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-b-|', { a: 'ab', b: 17 as unknown as string });
      const subscription = ' ^-!';
      const expected = '     p-#';
      expectObservable(source.pipe(chunked(2), text, codes())).toBe(expected, { p: 'ab' }, 'invalid_message');
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('leaves its source when it is left, and shows nothing of the piece that was begun', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-a-|', { a: 'abc' });
      const unsubscribed = ' -!';
      const subscription = ' ^!';
      const expected = '     p-';
      expectObservable(source.pipe(chunked(2), text), unsubscribed).toBe(expected, { p: 'ab' });
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('begins anew with each subscription', () => {
    const pieces$ = of('abc').pipe(chunked(2), text, toArray());
    const seen: string[][] = [];
    pieces$.subscribe(pieces => seen.push(pieces));
    pieces$.subscribe(pieces => seen.push(pieces));
    expect(seen).toEqual([
      ['ab', 'c'],
      ['ab', 'c'],
    ]);
  });

  it('takes no more of a synchronous source once it is left', () => {
    let taken = 0;
    const source = new Observable<string>(subscriber => {
      while (!subscriber.closed) {
        taken++;
        subscriber.next('abc');
      }
    });
    const seen: string[] = [];
    source.pipe(chunked(2), text, take(3)).subscribe(piece => seen.push(piece));
    expect(seen).toEqual(['ab', 'ca', 'bc']);
    expect(taken).toBe(2);
  });

  it('is left inside next, between two pieces of one value', () => {
    const source = new Subject<string>();
    const seen: string[] = [];
    const subscription = source.pipe(chunked(1), text).subscribe(piece => {
      seen.push(piece);
      subscription.unsubscribe();
    });
    source.next('abc');
    expect(seen).toEqual(['a']);
    expect(source.observed).toBe(false);
  });

  it('keeps the order of values that come inside next', () => {
    const source = new Subject<string>();
    const seen: string[] = [];
    source.pipe(chunked(2), text).subscribe({
      next: piece => {
        seen.push(piece);
        if (piece !== 'ab') return;
        source.next('efg');
        source.complete();
      },
      complete: () => seen.push('|'),
    });
    source.next('abcd');
    expect(seen).toEqual(['ab', 'cd', 'ef', 'g', '|']);
  });

  it.each([0, -1, 1.5, NaN, Infinity, '7' as unknown as number])('refuses a size of %p', size => {
    expect(thrownBy(() => chunked(size))).toBe('not_allowed');
    expect(() => chunked(size)).toThrow('size');
  });
});
