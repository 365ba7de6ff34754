import { once } from 'node:events';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { lastValueFrom, toArray } from 'rxjs';
import { postFrom } from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { bodies, onto, open, settled, texts } from '../support/posting.js';

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
