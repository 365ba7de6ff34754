import { OpCode } from '../../lib/index.js';
import { Written } from '../../lib/transport/transport.js';
import { HeldQueue } from '../support/held-queue.js';

/** The ids of what has left, in order. */
function sentIds({ sent }: HeldQueue): number[] {
  return sent.map(({ id }) => id);
}

describe('the send queue on credit', () => {
  it('hands over what is paid for, and holds the rest back until a grant', () => {
    const world = new HeldQueue(2);
    for (const id of [1, 2, 3, 4, 5]) world.regular(id, 10);
    expect([world.handOver(), sentIds(world), world.queue.bytes]).toEqual([false, [1, 2], 3 * 26]);
    expect(world.link.writes).toHaveLength(1);
    world.grant(2);
    expect([world.handOver(), sentIds(world)]).toEqual([false, [1, 2, 3, 4]]);
    world.grant(9);
    expect([world.handOver(), sentIds(world), world.credit.left]).toEqual([true, [1, 2, 3, 4, 5], 8]);
  });

  it('writes nothing at all while nothing is paid for', () => {
    const world = new HeldQueue(0);
    world.regular(1);
    expect([world.handOver(), world.link.writes.length, world.queue.hasReady]).toEqual([false, 0, false]);
  });

  it('makes a message behind those that wait wait too, and lets what costs nothing by', () => {
    const world = new HeldQueue(1);
    world.regular(1);
    world.regular(2);
    world.ahead();
    world.regular(3);
    world.ahead(5_000);
    world.handOver();
    expect(sentIds(world)).toEqual([1, 99, 99]);
    world.grant(2);
    world.handOver();
    expect(sentIds(world)).toEqual([1, 99, 99, 2, 3]);
  });

  it('keeps a bye behind what waits, and needs no credit for it', () => {
    const world = new HeldQueue(0);
    world.regular(1);
    world.bye();
    world.handOver();
    expect(sentIds(world)).toEqual([]);
    world.grant(1);
    expect([world.handOver(), sentIds(world), world.credit.left]).toEqual([true, [1, 98], 0]);
  });

  it('gives the credit of a message that was taken out to the next', () => {
    const world = new HeldQueue(2);
    for (const id of [1, 2, 3]) world.regular(id);
    expect(world.remove(1)).toBe(true);
    world.handOver();
    expect(sentIds(world)).toEqual([2, 3]);
  });

  it('takes out every part of an upload that waits, and none of those that are paid for', () => {
    const world = new HeldQueue(2);
    for (const id of [7, 7, 7, 1, 7]) world.regular(id);
    world.regular(7, 0, OpCode.Response);
    expect(world.removeHeld(7)).toBe(true);
    world.grant(5);
    world.handOver();
    expect(world.sent.map(({ id, opCode }) => [id, opCode])).toEqual([
      [7, OpCode.Request],
      [7, OpCode.Request],
      [1, OpCode.Request],
      [7, OpCode.Response],
    ]);
  });

  it('keeps what is paid for when the link is full or has failed', () => {
    const world = new HeldQueue(1);
    world.regular(1);
    world.regular(2);
    world.link.answers = [Written.full];
    world.handOver();
    world.grant(1);
    expect([world.handOver(), sentIds(world)]).toEqual([false, [1]]);
    world.queue.drained();
    world.link.answers = [Written.refused];
    expect([world.handOver(), sentIds(world)]).toEqual([false, [1]]);
    expect(world.takenBack()).toHaveLength(1);
  });

  it('gives back whole what waits, coalesced or not, in order', () => {
    const world = new HeldQueue(1);
    for (const length of [0, 10, 5_000, 65_535, 0]) world.regular(1, length);
    world.ahead();
    expect(world.takenBack()).toEqual([...world.ready, ...world.held].map(({ bytes }) => bytes));
  });

  it('counts as passed what has left: what jumps the queue moves no mark', () => {
    const world = new HeldQueue(1);
    world.regular(1, 84);
    world.regular(2, 84);
    const { queue } = world;
    const { accepted } = queue;
    world.ahead(200);
    expect([accepted, queue.accepted, queue.bytes]).toEqual([200, 200, 416]);
    world.handOver();
    expect([queue.passed, queue.bytes]).toEqual([100, 100]);
    world.grant(1);
    world.handOver();
    expect([queue.passed, queue.bytes]).toEqual([200, 0]);
  });
});
