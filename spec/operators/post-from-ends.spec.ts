import { setImmediate as turn } from 'node:timers/promises';
import { firstValueFrom, lastValueFrom, of, Subject, take } from 'rxjs';
import {
  type BinaryHeader,
  type BuildMessage,
  type ChannelGroup,
  type Message,
  postFrom,
} from '../../lib/index.js';
import { Counted, onto, open, settled, texts } from '../support/posting.js';
import { codes, thrownBy } from '../support/virtual-time.js';

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
