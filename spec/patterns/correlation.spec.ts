import { firstValueFrom, Subject, take, toArray } from 'rxjs';
import type { MessageWindow } from '../../lib/index.js';
import { grounds, type Meeting, meetOn, texts } from '../support/grounds.js';

interface Asked {
  readonly text: string;
  readonly messageId: bigint;
  readonly answer: Subject<string>;
}

/** Asks `count` times at once, and answers when all have come, the last one first; who got what, in the order it came. */
async function answeredBackwards(
  { here, there, until }: Meeting,
  count: number,
  onRequest: (request: MessageWindow) => void = () => undefined,
): Promise<{ replies: string[][]; order: number[]; ids: bigint[] }> {
  const asked = new Subject<Asked>();
  const all = firstValueFrom(asked.pipe(take(count), toArray()));
  there.respond(request => {
    const answer = new Subject<string>();
    onRequest(request);
    asked.next({ text: request.first.body.text(), messageId: request.messageId, answer });
    return answer;
  });
  const order: number[] = [];
  const replies = Array.from({ length: count }, async (_, n) => {
    const reply = await texts(here.request(`request ${String(n)}`));
    order.push(n);
    return reply;
  });
  const waiting = await until(all);
  for (const { text, answer } of [...waiting].reverse()) {
    answer.next(`reply to ${text}`);
    answer.complete();
  }
  return {
    replies: await until(Promise.all(replies)),
    order,
    ids: waiting.map(({ messageId }) => messageId),
  };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

describe.each(grounds)('correlation over $name', ({ open }) => {
  it('brings each of many requests its own reply, though replies come in the opposite order', async () => {
    const { replies, order, ids } = await answeredBackwards(
      await meetOn(open(), { initialPoolMsgs: 64 }),
      50,
    );
    expect(replies).toEqual(range(50).map(n => [`reply to request ${String(n)}`]));
    expect(order).toEqual(range(50).reverse());
    expect(new Set(ids).size).toBe(50);
  });

  it('has more requests in flight than the pool has slots, once handlers release them', async () => {
    const meeting = await meetOn(open(), { initialPoolMsgs: 4, maxPoolMsgs: 4 });
    const { replies } = await answeredBackwards(meeting, 500, request => {
      request.release();
    });
    expect(replies).toEqual(range(500).map(n => [`reply to request ${String(n)}`]));
  });

  it('goes by ids of one’s own as well, which the other side sees', async () => {
    const { here, there, until } = await meetOn(open());
    there.respond(request => `${String(request.messageId)}: ${request.first.body.text()}`);
    const replies = await until(
      Promise.all([
        texts(here.request('a', { messageId: 7 })),
        texts(here.request('b', { messageId: 2n ** 64n - 1n })),
        texts(here.request('c', { messageId: 8 })),
      ]),
    );
    expect(replies).toEqual([['7: a'], ['18446744073709551615: b'], ['8: c']]);
  });

  it('keeps two requests apart that go opposite ways with one id', async () => {
    const { here, there, until } = await meetOn(open());
    here.respond(() => 'from here');
    there.respond(() => 'from there');
    const replies = await until(
      Promise.all([texts(here.request('', { messageId: 5 })), texts(there.request('', { messageId: 5 }))]),
    );
    expect(replies).toEqual([['from there'], ['from here']]);
  });
});
