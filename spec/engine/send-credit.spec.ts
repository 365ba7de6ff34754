import { SendCredit } from '../../lib/engine/send-credit.js';

describe('credit to send', () => {
  it('is what was granted less what was spent', () => {
    const credit = new SendCredit(64);
    credit.spent = 60;
    expect(credit.left).toBe(4);
    credit.grant(10);
    expect([credit.granted, credit.left]).toEqual([74, 14]);
  });

  it('is none, and not less, where more was sent than was granted in the end', () => {
    const credit = new SendCredit(Infinity);
    credit.spent = 100;
    credit.granted = 64;
    expect(credit.left).toBe(0);
    credit.grant(30);
    expect(credit.left).toBe(0);
    credit.grant(7);
    expect(credit.left).toBe(1);
  });

  it('has no end where the peer asks for none', () => {
    const credit = new SendCredit(Infinity);
    credit.spent = 2 ** 40;
    expect(credit.left).toBe(Infinity);
  });

  it('may be granted up to 2^31, beside what the hello offered, and not above it', () => {
    const credit = new SendCredit(64);
    expect([credit.takes(2 ** 31 - 1), credit.takes(2 ** 31 + 1)]).toEqual([true, false]);
    credit.grant(2 ** 31 - 1);
    expect([credit.takes(1), credit.takes(2)]).toEqual([true, false]);
    credit.grant(1);
    expect([credit.left, credit.takes(1)]).toEqual([2 ** 31 + 64, false]);
  });

  it('may be granted as much when the first window is spent, and no more for that', () => {
    const credit = new SendCredit(64);
    credit.spent = 64;
    credit.grant(2 ** 31 - 1);
    expect([credit.takes(1), credit.takes(2)]).toEqual([true, false]);
  });

  it('may be more than 2^31 over time, when it is spent meanwhile', () => {
    const credit = new SendCredit(64);
    for (let n = 1; n <= 5; n++) {
      credit.spent = credit.granted;
      expect(credit.takes(2 ** 31 - 1)).toBe(true);
      credit.grant(2 ** 31 - 1);
    }
    expect(credit.granted).toBe(64 + 5 * (2 ** 31 - 1));
  });
});
