import { once } from 'node:events';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import {
  firstValueFrom,
  from,
  lastValueFrom,
  map,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  throwError,
  toArray,
} from 'rxjs';
import {
  type BinaryHeader,
  type BuildMessage,
  type ChannelGroup,
  type Engine,
  type EngineOptions,
  type Message,
  OpCode,
  postFrom,
} from '../../lib/index.js';
import { connectTo, listenOn, next } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { type Network, networks } from '../support/networks.js';
import { held, tell } from '../support/told.js';
import { codes, marbles, thrownBy } from '../support/virtual-time.js';

const mem = networks.find(network => network.name === 'mem') as Network;

interface Side {
  engine: Engine;
  group: ChannelGroup;
}

/** A client whose channel stands, and its server, which reads only when the spec does. */
async function open(
  options: EngineOptions = {},
  network = mem,
): Promise<{ client: Side; server: Side; channel: number }> {
  const engine = engineForSpec(options);
  const client = { engine, group: engine.createGroup() };
  const other = engineForSpec({ initialPoolMsgs: 2, maxPoolMsgs: 2 });
  const server = { engine: other, group: other.createGroup() };
  const listener = await listenOn(other, server.group, network);
  const { client: channel } = await connectTo(client, server, listener.client);
  return { client, server, channel };
}

/** Fills a Request with the item as its body. */
function onto(channel: number): BuildMessage<string | Uint8Array> {
  return (item, message) => {
    message.channelNumber = channel;
    message.body.append(item);
  };
}

/** The bodies of the next so many messages of the peer; the pool_empty between them says only that nobody had read. */
async function bodies({ engine, group }: Side, count: number): Promise<Buffer[]> {
  const received: Buffer[] = [];
  while (received.length < count) {
    const message = await next(group);
    if (message.isFromApplication()) received.push(Buffer.from(message.body.bytes()));
    engine.put(message);
  }
  return received;
}

async function texts(side: Side, count: number): Promise<string[]> {
  return (await bodies(side, count)).map(String);
}

/** Waits until `count` has stayed what it is for many turns of the loop. */
async function settled(count: () => number): Promise<number> {
  for (let before = -1; before !== count();) {
    before = count();
    for (let turns = 0; turns < 50; turns++) await turn();
  }
  return count();
}

/** An async iterable that counts what is asked of it, and gives as many items as it is allowed to. */
class Counted implements AsyncIterable<string> {
  asked = 0;
  returned = 0;

  constructor(
    readonly item: (index: number) => string | Promise<string>,
    readonly count = Infinity,
  ) {}

  [Symbol.asyncIterator](): AsyncIterator<string> {
    return {
      next: async () => {
        const index = this.asked++;
        return index < this.count
          ? { done: false, value: await this.item(index) }
          : { done: true, value: undefined };
      },
      return: () => {
        this.returned++;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}

describe.each(networks)('a file over $name', network => {
  it('arrives whole, and in order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rxtofu-'));
    const path = join(folder, 'file');
    const sent = Buffer.alloc(1_000_000, 'the quick brown fox ');
    writeFileSync(path, sent);
    try {
      const { client, server, channel } = await open({ maxQueuedBytes: 100_000 }, network);
      const headers = lastValueFrom(
        postFrom(client.group, createReadStream(path), onto(channel)).pipe(toArray()),
      );
      const received: Buffer[] = [];
      for (let bytes = 0; bytes < sent.length; bytes += received.at(-1)?.length ?? 0) {
        received.push(...(await bodies(server, 1)));
      }
      expect(Buffer.concat(received).equals(sent)).toBe(true);
      expect(await headers).toHaveLength(received.length);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

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

describe('what is built', () => {
  /** Subscribes, and waits for the error; what was built last is spent, and the source was told. */
  async function expectRefused(
    group: ChannelGroup,
    build: BuildMessage<string>,
    error: string,
  ): Promise<BinaryHeader[]> {
    const source = new Counted(String);
    const messages: Message[] = [];
    const headers: BinaryHeader[] = [];
    const failed = await new Promise(resolve => {
      postFrom(group, source, (item, message, index) => {
        messages.push(message);
        build(item, message, index);
      })
        .pipe(codes())
        .subscribe({ next: header => headers.push(header), error: resolve });
    });
    expect(failed).toBe(error);
    expect(source.returned).toBe(1);
    expect(thrownBy(() => messages.at(-1)?.body.clear())).toBe('invalid_message');
    return headers;
  }

  it('and throws is an error; what was posted before it stays posted', async () => {
    const { client, server, channel } = await open();
    const headers = await expectRefused(
      client.group,
      (item, message, index) => {
        if (index === 2) throw new Error('bad item');
        onto(channel)(item, message, index);
      },
      'bad item',
    );
    expect(headers).toHaveLength(2);
    expect(await texts(server, 2)).toEqual(['0', '1']);
  });

  it('and refused by post is an error', async () => {
    const { client } = await open();
    await expectRefused(client.group, () => undefined, 'invalid_channel_number');
  });

  it('for a group that was destroyed is an error', async () => {
    const { client, channel } = await open();
    await client.group.destroy();
    await expectRefused(client.group, onto(channel), 'shutdown_started');
  });

  it('and waits while its channel closes is an error', async () => {
    const { client, server, channel } = await open({ maxQueuedBytes: 10_000 });
    const source = new Counted(index => String(index).padEnd(1_000));
    const failed = new Promise(resolve => {
      postFrom(client.group, source, onto(channel)).pipe(codes()).subscribe({ error: resolve });
    });
    await settled(() => source.asked);
    await server.group.destroy();
    expect(await failed).toBe('channel_closed');
    expect(source.returned).toBe(1);
  });
});

describe('unsubscribing', () => {
  it('inside next tells the source to return, and posts nothing more', async () => {
    const { client, server, channel } = await open();
    const source = new Counted(String);
    await firstValueFrom(postFrom(client.group, source, onto(channel)));
    await settled(() => source.asked);
    expect([source.asked, source.returned]).toEqual([1, 1]);
    await lastValueFrom(postFrom(client.group, of('end'), onto(channel)));
    expect(await texts(server, 2)).toEqual(['0', 'end']);
  });

  it('while an item is waited for tells the source to return, and the item is not posted', async () => {
    const { client, server, channel } = await open();
    const answers = new Subject<string>();
    const source = new Counted(() => firstValueFrom(answers));
    const built = jest.fn(onto(channel));
    const subscription = postFrom(client.group, source, built).subscribe();
    await settled(() => source.asked);
    subscription.unsubscribe();
    expect(source.returned).toBe(1);
    answers.next('late');
    await settled(() => source.asked);
    expect(built).not.toHaveBeenCalled();
    await lastValueFrom(postFrom(client.group, of('end'), onto(channel)));
    expect(await texts(server, 1)).toEqual(['end']);
  });

  it('while the channel is waited for puts the message back, and it is never posted', async () => {
    const { client, server, channel } = await open({ maxQueuedBytes: 10_000 });
    const source = new Counted(index => String(index).padEnd(1_000));
    const messages: Message[] = [];
    const posted: BinaryHeader[] = [];
    const subscription = postFrom(client.group, source, (item, message, index) => {
      messages.push(message);
      onto(channel)(item, message, index);
    }).subscribe(header => posted.push(header));
    await settled(() => source.asked);
    expect(messages.length).toBe(posted.length + 1);
    subscription.unsubscribe();
    expect(source.returned).toBe(1);
    await turn();
    expect(thrownBy(() => messages.at(-1)?.body.clear())).toBe('invalid_message');

    expect((await texts(server, posted.length)).map(Number)).toEqual(posted.map((_, index) => index));
    await lastValueFrom(postFrom(client.group, of('end'), onto(channel)));
    expect(await texts(server, 1)).toEqual(['end']);
  });

  it('runs the finally of a generator', async () => {
    const { client, channel } = await open();
    const steps: string[] = [];
    async function* items(): AsyncGenerator<string> {
      try {
        for (;;) yield await Promise.resolve('x');
      } finally {
        steps.push('finally');
      }
    }
    await lastValueFrom(postFrom(client.group, items(), onto(channel)).pipe(take(2)));
    await settled(() => steps.length);
    expect(steps).toEqual(['finally']);
  });

  it('survives a source that fails to return', async () => {
    const { client, channel } = await open();
    const source: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: 'x' }),
        return: () => {
          throw new Error('stuck');
        },
      }),
    };
    await expect(firstValueFrom(postFrom(client.group, source, onto(channel)))).resolves.toMatchObject({
      channelNumber: channel,
    });
  });
});

describe('a Readable', () => {
  it('of objects is posted object by object', async () => {
    const { client, server, channel } = await open();
    const rows = Readable.from([{ id: 1 }, { id: 2 }]);
    await lastValueFrom(
      postFrom(client.group, rows, (row, message) => {
        message.channelNumber = channel;
        message.body.append(JSON.stringify(row));
      }),
    );
    expect(await texts(server, 2)).toEqual(['{"id":1}', '{"id":2}']);
  });

  it('of objects is never cut', async () => {
    const { client, channel } = await open();
    const lengths: number[] = [];
    const blobs = Readable.from([Buffer.alloc(70_000)]);
    await lastValueFrom(
      postFrom(client.group, blobs, (blob: Buffer, message) => {
        lengths.push(blob.length);
        message.channelNumber = channel;
      }),
    );
    expect(lengths).toEqual([70_000]);
  });

  it('of bytes is cut where a chunk is more than a body holds', async () => {
    const { client, server, channel } = await open();
    const stream = new Readable({ read: () => undefined });
    stream.push(Buffer.alloc(2 * 65_535 + 1, 'x'));
    stream.push(null);
    const indexes: number[] = [];
    await lastValueFrom(
      postFrom(client.group, stream, (bytes: Buffer, message, index) => {
        indexes.push(index);
        onto(channel)(bytes, message, index);
      }),
    );
    expect((await bodies(server, 3)).map(body => body.length)).toEqual([65_535, 65_535, 1]);
    expect(indexes).toEqual([0, 1, 2]);
  });

  it('with an encoding is posted string by string', async () => {
    const { client, server, channel } = await open();
    const stream = new Readable({ encoding: 'utf8', read: () => undefined });
    const done = lastValueFrom(postFrom(client.group, stream, onto(channel)));
    stream.push('é');
    expect(await texts(server, 1)).toEqual(['é']);
    stream.push(null);
    await done;
  });

  it('is destroyed when it is left, even while it has nothing to give', async () => {
    const { client, channel } = await open();
    const stream = new Readable({ read: () => undefined });
    const subscription = postFrom(client.group, stream, onto(channel)).subscribe();
    await turn();
    subscription.unsubscribe();
    expect(stream.destroyed).toBe(true);
    await once(stream, 'close');
  });

  it('that fails passes its error on', async () => {
    const { client, channel } = await open();
    const stream = new Readable({ read: () => undefined });
    const failed = lastValueFrom(postFrom(client.group, stream, onto(channel)));
    stream.destroy(new Error('disk gone'));
    await expect(failed).rejects.toMatchObject({ message: 'disk gone' });
  });

  it('is not read while the channel is full', async () => {
    const { client, server, channel } = await open({ maxQueuedBytes: 10_000 });
    let read = 0;
    const stream = new Readable({
      highWaterMark: 1_000,
      read() {
        this.push(Buffer.alloc(1_000, String(read++ % 10)));
      },
    });
    const subscription = postFrom(client.group, stream, onto(channel)).subscribe();
    const before = await settled(() => read);
    await texts(server, 100);
    expect(await settled(() => read)).toBeGreaterThan(before);
    expect(before).toBeLessThan(300);
    subscription.unsubscribe();
  });
});

describe('an Observable', () => {
  it('is posted as it comes', async () => {
    const { client, server, channel } = await open();
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -a-(bc)-|');
      const subscription = ' ^-------!';
      const expected = '     -c-(cc)-|';
      const posted = postFrom(client.group, source, onto(channel)).pipe(map(header => header.channelNumber));
      expectObservable(posted).toBe(expected, { c: channel });
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
    expect(await texts(server, 3)).toEqual(['a', 'b', 'c']);
  });

  it('never ends when its source never does', async () => {
    const { client, channel } = await open();
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -');
      const subscription = ' ^';
      const expected = '     -';
      expectObservable(postFrom(client.group, source, onto(channel))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('that is empty completes', async () => {
    const { client, channel } = await open();
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -|');
      const subscription = ' ^!';
      const expected = '     -|';
      expectObservable(postFrom(client.group, source, onto(channel))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('that fails passes its error on', async () => {
    const { client, channel } = await open();
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -#', undefined, 'lost');
      const subscription = ' ^!';
      const expected = '     -#';
      expectObservable(postFrom(client.group, source, onto(channel))).toBe(expected, undefined, 'lost');
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('is left when it is left', async () => {
    const { client, channel } = await open();
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  ---a');
      const unsubscribed = ' --!';
      const subscription = ' ^-!';
      const expected = '     ---';
      const posts$ = postFrom(client.group, source, onto(channel));
      expectObservable(posts$, unsubscribed).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('whose build throws, or whose message is refused, errors, and is left', async () => {
    const { client, channel } = await open();
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('   -a-b-|');
      const subscriptions = ['^--!', '^!'];
      const thrown = '        -c-#';
      const refused = '       -#';
      const messages: Message[] = [];
      const picky = postFrom(client.group, source, (item, message, index) => {
        messages.push(message);
        if (item === 'b') throw new Error('no b');
        onto(channel)(item, message, index);
      });
      const values = { c: channel };
      expectObservable(
        picky.pipe(
          map(header => header.channelNumber),
          codes(),
        ),
      ).toBe(thrown, values, 'no b');
      const lost = postFrom(client.group, source, () => undefined).pipe(codes());
      expectObservable(lost).toBe(refused, undefined, 'invalid_channel_number');
      expectSubscriptions(source.subscriptions).toBe(subscriptions);
    });
  });

  it('that outruns its channel errors with pool_empty, and is left; what was posted arrives', async () => {
    const { client, server, channel } = await open({ maxQueuedBytes: 10_000 });
    let given = 0;
    const source = new Observable<string>(subscriber => {
      while (!subscriber.closed) subscriber.next(String(given++).padEnd(1_000));
    });
    const posted: BinaryHeader[] = [];
    const errors: unknown[] = [];
    postFrom(client.group, source, onto(channel))
      .pipe(codes())
      .subscribe({ next: header => posted.push(header), error: code => errors.push(code) });
    expect(errors).toEqual(['pool_empty']);
    expect(given).toBe(posted.length + 1);
    expect((await texts(server, posted.length)).map(Number)).toEqual(posted.map((_, index) => index));
  });

  it('is left inside next', async () => {
    const { client, server, channel } = await open();
    await lastValueFrom(postFrom(client.group, from(['a', 'b', 'c']), onto(channel)).pipe(take(2)));
    await lastValueFrom(postFrom(client.group, of('end'), onto(channel)));
    expect(await texts(server, 3)).toEqual(['a', 'b', 'end']);
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
