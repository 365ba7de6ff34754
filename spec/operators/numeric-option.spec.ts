import { checkedNumber, COUNT, FINITE_POSITIVE, POSITIVE } from '../../lib/operators/numeric-option.js';
import { thrownBy } from '../support/virtual-time.js';

describe('a checked number', () => {
  it('is answered where its rule holds', () => {
    expect(checkedNumber('size', 3, COUNT)).toBe(3);
    expect(checkedNumber('every', 0.5, FINITE_POSITIVE)).toBe(0.5);
    expect(checkedNumber('within', Infinity, POSITIVE)).toBe(Infinity);
  });

  it.each([0, -1, 1.5, 2 ** 53, NaN, Infinity, '3', null, undefined, 3n])(
    'is no count when it is %p',
    value => {
      expect(thrownBy(() => checkedNumber('size', value, COUNT))).toBe('not_allowed');
    },
  );

  it('is named with its value where its rule does not hold', () => {
    expect(() => checkedNumber('size', -1, COUNT)).toThrow('size is -1, which is not a positive integer');
    expect(() => checkedNumber('size', 'all', COUNT)).toThrow('size is "all"');
  });
});
