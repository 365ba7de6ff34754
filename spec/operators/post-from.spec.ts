import { setImmediate as turn } from 'node:timers/promises';
import { lastValueFrom, NEVER, throwError, toArray } from 'rxjs';
import { OpCode, postFrom } from '../../lib/index.js';
import { engineForSpec } from '../support/engines.js';
import { Counted, onto, open, settled, texts } from '../support/posting.js';
import { held, tell } from '../support/told.js';
import { thrownBy } from '../support/virtual-time.js';

describe('an async iterable', () => {
  it('is posted item by item; each header is emitted as it was assigned', async () => {
    const { client, server, channel } = await open();
    const built: unknown[] = [];
    const headers = await lastValueFrom(
      postFrom(client.group, new Counted(index => `item ${index}`, 3), (item, message, index) => {
        built.push([item, index]);
        message.opCode = OpCode.Signal;
        message.channelNumber = channel;
        message.messageId = 700 + index;
        message.body.append(item);
      }).pipe(toArray()),
    );
    expect(built).toEqual([
      ['item 0', 0],
      ['item 1', 1],
      ['item 2', 2],
    ]);
    expect(headers.map(header => [header.opCode, header.channelNumber, header.messageId])).toEqual([
      [OpCode.Signal, channel, 700n],
      [OpCode.Signal, channel, 701n],
      [OpCode.Signal, channel, 702n],
    ]);
    expect(await texts(server, 3)).toEqual(['item 0', 'item 1', 'item 2']);
  });

  it('that is empty completes', async () => {
    const { client, channel } = await open();
    const source = new Counted(String, 0);
    const headers = await lastValueFrom(postFrom(client.group, source, onto(channel)).pipe(toArray()));
    expect([headers, source.asked, source.returned]).toEqual([[], 1, 0]);
  });

  it('is not touched before it is subscribed, and begun anew by each subscription', async () => {
    const { client, server, channel } = await open();
    const source = new Counted(String, 2);
    const posts$ = postFrom(client.group, source, onto(channel));
    await turn();
    expect(source.asked).toBe(0);
    await lastValueFrom(posts$);
    source.asked = 0;
    await lastValueFrom(posts$);
    expect(await texts(server, 4)).toEqual(['0', '1', '0', '1']);
  });

  it('is pulled no faster than the channel takes it, and loses nothing', async () => {
    const { client, server, channel } = await open({ maxQueuedBytes: 64 * 1024 });
    const source = new Counted(index => String(index).padEnd(1_000));
    const subscription = postFrom(client.group, source, onto(channel)).subscribe();
    const asked = await settled(() => source.asked);
    // The queue, what the link holds, two slots, and the one that waits.
    expect(asked).toBeGreaterThan(64);
    expect(asked).toBeLessThan(64 + 2 * 64 + 2 + 20);
    expect(client.engine.stats().queuedBytes).toBeLessThanOrEqual(64 * 1024);

    const received = await texts(server, asked + 100);
    expect(received.map(Number)).toEqual(received.map((_, index) => index));
    subscription.unsubscribe();
  });

  it('whose frames are more than half the queue waits for room, and does not spin', async () => {
    const { client, server, channel } = await open({ maxQueuedBytes: 1_000 });
    const post = jest.spyOn(client.group, 'post');
    // A short frame leaves the queue below half of its limit, and yet without room for a long one.
    const source = new Counted(index => String(index).padEnd(index % 2 === 0 ? 200 : 800), 200);
    const done = lastValueFrom(postFrom(client.group, source, onto(channel)));
    const asked = await settled(() => source.asked);
    expect(asked).toBeLessThan(200);
    expect(post.mock.calls.length).toBeLessThanOrEqual(2 * asked);
    const received = await texts(server, 200);
    expect(received.map(Number)).toEqual(received.map((_, index) => index));
    await done;
  });

  it('takes no slot, not even while it waits', async () => {
    const { client, channel } = await open({ maxQueuedBytes: 64 * 1024 });
    const used = new Set<number>();
    const source = new Counted(index => String(index).padEnd(1_000));
    const subscription = postFrom(client.group, source, (item, message) => {
      const { slots } = client.engine.stats();
      used.add(slots.used + slots.beyond);
      onto(channel)(item, message, 0);
    }).subscribe();
    await settled(() => source.asked);
    expect([...used]).toEqual([0]);
    expect(client.engine.stats().slots).toMatchObject({ used: 0, beyond: 0 });
    subscription.unsubscribe();
  });

  it('that fails passes its error on, and is not told to return', async () => {
    const { client, channel } = await open();
    const error = new Error('no more');
    const source = new Counted(index => (index < 1 ? 'x' : Promise.reject(error)));
    const seen: unknown[] = [];
    await new Promise<void>(resolve => {
      postFrom(client.group, source, onto(channel)).subscribe({
        next: header => seen.push(header.channelNumber),
        error: reason => {
          seen.push(reason);
          resolve();
        },
      });
    });
    expect(seen).toEqual([channel, error]);
    expect(source.returned).toBe(0);
  });

  it('that cannot even begin is an error', async () => {
    const { client, channel } = await open();
    const error = new Error('no iterator');
    const source: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => {
        throw error;
      },
    };
    await expect(lastValueFrom(postFrom(client.group, source, onto(channel)))).rejects.toBe(error);
  });
});

describe('the source', () => {
  it('that is an Observable and an async iterable is pulled', async () => {
    const { client, server, channel } = await open();
    const pulled = new Counted(String, 2);
    const both = Object.assign(
      throwError(() => new Error('pushed')),
      {
        [Symbol.asyncIterator]: () => pulled[Symbol.asyncIterator](),
      },
    );
    await lastValueFrom(postFrom<string>(client.group, both, onto(channel)));
    expect(await texts(server, 2)).toEqual(['0', '1']);
  });

  it('may be a group, whose messages are given back as they were posted on', async () => {
    const { client, server, channel } = await open();
    const engine = engineForSpec();
    const source = engine.createGroup();
    const done = lastValueFrom(
      postFrom(client.group, source, (message, copy) => {
        copy.channelNumber = channel;
        copy.body.append(message.body.bytes());
      }),
    );
    tell(engine, source, 'one');
    tell(engine, source, 'two');
    expect(await texts(server, 2)).toEqual(['one', 'two']);
    await source.destroy();
    await done;
    expect(held(engine)).toBe(0);
  });

  it.each([null, undefined, 7, 'text', ['a'], NEVER.subscribe()])('is refused as %p', source => {
    const group = engineForSpec().createGroup();
    const call = (): unknown => postFrom(group, source as never, () => undefined);
    expect(thrownBy(call)).toBe('not_allowed');
    expect(call).toThrow('source');
  });
});
