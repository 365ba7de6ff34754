import {
  checkedId,
  highHalf,
  highOfNumber,
  idFromHalves,
  lowHalf,
  processSequence,
} from '../../lib/message/message-id.js';
import { freshMessage, refusal } from '../support/messages.js';

/** id, upper half, lower half. */
const IDS: [bigint, number, number][] = [
  [0n, 0, 0],
  [1n, 0, 1],
  [0x7fff_ffffn, 0, 0x7fff_ffff],
  [0x8000_0000n, 0, 0x8000_0000],
  [0xffff_ffffn, 0, 0xffff_ffff],
  [0x1_0000_0000n, 1, 0],
  [0x20_0000_0000_0001n, 0x20_0000, 1],
  [0x7fff_ffff_ffff_ffffn, 0x7fff_ffff, 0xffff_ffff],
  [0x8000_0000_0000_0000n, 0x8000_0000, 0],
  [0xffff_ffff_ffff_ffffn, 0xffff_ffff, 0xffff_ffff],
];

const NO_IDS = [-1n, 0x1_0000_0000_0000_0000n, -1, 0.5, NaN, Infinity, 2 ** 53, '1', null, undefined, {}];

describe('a message_id', () => {
  it.each(IDS)('%p has the halves %i and %i', (id, high, low) => {
    expect([highHalf(id), lowHalf(id)]).toEqual([high, low]);
    expect(idFromHalves(high, low)).toBe(id);
  });

  it.each(IDS)('%p is legal as a bigint', id => {
    expect(checkedId(id)).toBe(id);
  });

  it.each([0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER])('%p is legal as a number', id => {
    expect(checkedId(id)).toBe(BigInt(id));
  });

  it.each(NO_IDS.map(value => [value]))('%p is refused with invalid_message_id', value => {
    expect(refusal(() => checkedId(value as bigint))).toMatchObject({
      status: 12,
      code: 'invalid_message_id',
    });
  });
});

describe('messageId of a message', () => {
  it.each(IDS)('takes and gives back %p', id => {
    const message = freshMessage();
    message.messageId = id;
    expect(message.messageId).toBe(id);
  });

  it('takes a safe integer and reads as a bigint', () => {
    const message = freshMessage();
    message.messageId = Number.MAX_SAFE_INTEGER;
    expect(message.messageId).toBe(9_007_199_254_740_991n);
  });

  it.each(NO_IDS.map(value => [value]))('refuses %p and stays as it was', value => {
    const message = freshMessage();
    message.messageId = 7n;
    expect(refusal(() => (message.messageId = value as bigint)).code).toBe('invalid_message_id');
    expect(message.messageId).toBe(7n);
  });
});

describe('the process-wide sequence', () => {
  it('is one for all copies of the library', () => {
    const shared = globalThis as { [key: symbol]: unknown };
    expect(processSequence()).toBe(shared[Symbol.for('rxtofu.sequence')]);
    expect(processSequence()).toBe(processSequence());
  });

  it.each([
    [1, 0],
    [2 ** 32 - 1, 0],
    [2 ** 32, 1],
    [2 ** 53 - 1, 2 ** 21 - 1],
  ])('keeps the upper half of %p as %p', (value, high) => {
    expect(highOfNumber(value)).toBe(high);
  });
});
