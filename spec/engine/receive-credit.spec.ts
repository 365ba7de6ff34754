import { ReceiveCredit } from '../../lib/engine/receive-credit.js';

/** A window that is open, with `messages` received. */
function opened(window: number, messages = 0, maxWindow = 4096): ReceiveCredit {
  const credit = new ReceiveCredit();
  credit.open(window, maxWindow);
  credit.received += messages;
  return credit;
}

/** All that may come comes and is consumed; the grant behind it. */
function useUp(credit: ReceiveCredit): number {
  credit.received = credit.granted;
  credit.consumed = credit.granted;
  return credit.take();
}

/** So many messages come in one turn, and are consumed; the grant behind them. */
function comeAndGo(credit: ReceiveCredit, messages: number): number {
  credit.received += messages;
  credit.consumed += messages;
  return credit.take();
}

describe('a window of 64', () => {
  it('grants nothing until half of it is consumed', () => {
    const credit = opened(64, 64);
    credit.consumed = 31;
    expect([credit.isDue, credit.take()]).toEqual([false, 0]);
    credit.consumed = 32;
    expect([credit.isDue, credit.take()]).toEqual([true, 32]);
    expect([credit.isDue, credit.take()]).toEqual([false, 0]);
  });

  it('grants what was consumed, all in one', () => {
    const credit = opened(64, 64);
    credit.consumed = 50;
    expect(credit.take()).toBe(50);
    expect(credit.granted).toBe(114);
  });

  it('doubles when everything is consumed, up to maxWindow', () => {
    const credit = opened(64, 0, 500);
    expect([useUp(credit), useUp(credit), useUp(credit), useUp(credit)]).toEqual([128, 256, 500, 500]);
  });

  it('is never larger than maxWindow behind a first one that was', () => {
    const used = opened(1_000, 0, 100);
    expect([useUp(used), useUp(used)]).toEqual([100, 100]);
    const held = opened(1_000, 1_000, 100);
    held.consumed = 949;
    expect([held.isDue, held.take()]).toEqual([true, 0]);
    held.consumed = 950;
    expect(held.take()).toBe(50);
    expect(held.granted - held.consumed).toBe(100);
  });

  it('is what the hello offered again while something is held, where that was less than maxWindow', () => {
    const credit = opened(8);
    expect(useUp(credit)).toBe(16);
    credit.received = credit.granted;
    credit.consumed = credit.granted - 4;
    expect(credit.take()).toBe(4);
    expect(credit.granted - credit.consumed).toBe(8);
  });

  it('does not double while a message is held, nor while one may still come', () => {
    const held = opened(64, 64);
    held.consumed = 63;
    expect(held.take()).toBe(63);
    const outstanding = opened(64, 63);
    outstanding.consumed = 63;
    expect(outstanding.take()).toBe(63);
  });

  it('doubles for a peer that stops where its credit ended before each of four grants', () => {
    const credit = opened(64);
    const grants = [32, ...Array.from({ length: 6 }, () => 32)].map(messages => comeAndGo(credit, messages));
    expect(grants).toEqual([32, 32, 32, 32, 32, 96, 0]);
  });

  it('does not double for a peer that stops there now and then', () => {
    const credit = opened(64);
    const turns = [32, 32, 32, 32, 40, 33, 45, 36, 50, 34, 41, 38];
    expect(turns.map(messages => comeAndGo(credit, messages))).toEqual(turns);
  });

  it('keeps the size that it has grown to while nothing is held', () => {
    const credit = opened(64);
    useUp(credit);
    useUp(credit);
    credit.received += 200;
    credit.consumed += 200;
    expect(credit.take()).toBe(200);
    expect(credit.granted - credit.consumed).toBe(256);
  });

  it('is 64 again while something is held: nothing is given until half of 64 is missing', () => {
    const credit = opened(64);
    useUp(credit);
    expect(useUp(credit)).toBe(256);
    credit.received += 256;
    credit.consumed += 128;
    expect(credit.take()).toBe(0);
    credit.consumed += 95;
    expect([credit.isDue, credit.take()]).toEqual([false, 0]);
    credit.consumed += 1;
    expect([credit.isDue, credit.take()]).toEqual([true, 32]);
    expect(credit.granted - credit.consumed).toBe(64);
  });
});

describe('windows of other sizes', () => {
  it.each([
    [1, 1, 1],
    [2, 1, 1],
    [3, 1, 1],
    [5, 2, 2],
    [1_000, 500, 500],
  ])('of %d grant when %d are consumed', (window, consumed, granted) => {
    const credit = opened(window, window, window);
    credit.consumed = consumed - 1;
    expect(credit.take()).toBe(0);
    credit.consumed = consumed;
    expect(credit.take()).toBe(granted);
  });

  it('never outgrow 2^30, whatever maxWindow says', () => {
    const credit = opened(2 ** 30 - 1, 0, 2 ** 40);
    expect(useUp(credit)).toBe(2 ** 30);
    expect(useUp(credit)).toBe(2 ** 30);
  });
});

describe('before the window is open', () => {
  it('everything may come, and nothing is granted', () => {
    const credit = new ReceiveCredit();
    credit.received = 10_000;
    credit.consumed = 10_000;
    expect([credit.allowsOne, credit.isDue, credit.isExhausted, credit.take()]).toEqual([
      true,
      false,
      false,
      0,
    ]);
  });

  it('what came counts, and is tolerated', () => {
    const credit = new ReceiveCredit();
    credit.received = 100;
    credit.open(64, 4096);
    expect([credit.allowsOne, credit.isExhausted, credit.held]).toEqual([false, true, 100]);
    credit.consumed = 70;
    expect(credit.take()).toBe(70);
    expect(credit.granted - credit.received).toBe(34);
  });

  it('64 were sent perhaps, before their sender knew of a smaller window', () => {
    const credit = opened(4, 63);
    expect(credit.allowsOne).toBe(true);
    credit.received++;
    expect(credit.allowsOne).toBe(false);
  });

  it('64 may come beside those that cost nothing', () => {
    const credit = new ReceiveCredit();
    credit.addFree();
    credit.open(4, 4);
    credit.addFree();
    credit.received += 63;
    expect(credit.allowsOne).toBe(true);
    credit.received++;
    expect(credit.allowsOne).toBe(false);
  });

  it('nothing doubles for what was tolerated while some of it is held', () => {
    const credit = new ReceiveCredit();
    credit.received = 1_000;
    credit.open(64, 4096);
    credit.consumed = 64;
    expect(credit.take()).toBe(64);
    credit.consumed = 1_000;
    expect(credit.take()).toBe(1_000);
  });
});

describe('messages that cost nothing and take a slot', () => {
  it('are in the books, and grant nothing of their own', () => {
    const credit = new ReceiveCredit();
    credit.addFree();
    credit.open(64, 4096);
    expect([credit.granted, credit.received, credit.held]).toEqual([65, 1, 1]);
    credit.addFree();
    credit.consumed = 2;
    expect(credit.take()).toBe(0);
    expect(credit.granted - credit.received).toBe(64);
    credit.received += 64;
    expect(credit.allowsOne).toBe(false);
    credit.consumed += 31;
    expect(credit.isDue).toBe(false);
    credit.consumed++;
    expect(credit.take()).toBe(32);
  });
});

describe('a peer that owes us answers', () => {
  it('is given a window more when it has used up its credit and we hold what it sent', () => {
    const credit = opened(64, 64);
    expect(credit.takeForAnswers()).toBe(64);
    expect(credit.takeForAnswers()).toBe(0);
    expect(credit.granted).toBe(128);
  });

  it('is given nothing out of turn while it has credit, while nothing is held, or before the window is open', () => {
    const emptied = opened(64, 64);
    emptied.consumed = 64;
    expect([opened(64, 63).takeForAnswers(), emptied.takeForAnswers()]).toEqual([0, 0]);
    expect(new ReceiveCredit().takeForAnswers()).toBe(0);
  });
});
