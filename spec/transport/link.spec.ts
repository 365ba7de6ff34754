import { Written } from '../../lib/transport/transport.js';
import { numbered, writeInStep } from '../support/link-log.js';
import { joinedOver, settle, transports } from '../support/transports.js';

const MiB = 1024 * 1024;

describe.each(transports)('a link over $name', network => {
  it('stands before anything else happens', async () => {
    const { dialled, accepted } = await joinedOver(network);
    accepted.own.write(Buffer.from('hello'));
    await dialled.untilBytes(5);
    expect(dialled.events).toEqual(['open', 'data']);
    expect(accepted.events).toEqual([]);
  });

  it('carries bytes in order, both ways at once', async () => {
    const { dialled, accepted } = await joinedOver(network);
    const sizes = [1, 15, 16, 4_096, 70_000, 3, 200_000, 5];
    const cut = (all: Buffer): Buffer[] => {
      let at = 0;
      return sizes.map(size => all.subarray(at, (at += size)));
    };
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const there = numbered(total);
    const back = numbered(total, 0x1000_0000);
    await Promise.all([
      writeInStep(dialled, cut(there)),
      writeInStep(accepted, cut(back)),
      accepted.untilBytes(total),
      dialled.untilBytes(total),
    ]);
    expect(accepted.bytes().equals(there)).toBe(true);
    expect(dialled.bytes().equals(back)).toBe(true);
  });

  it('writes several pieces in one go, in order', async () => {
    const { dialled, accepted } = await joinedOver(network);
    dialled.own.writeAll(['one ', 'two ', 'three'].map(text => Buffer.from(text)));
    await accepted.untilBytes(13);
    expect(accepted.bytes().toString()).toBe('one two three');
  });

  it('has no more use for a buffer of which it says that it is gone', async () => {
    const { dialled, accepted } = await joinedOver(network);
    const buffer = Buffer.alloc(1_024);
    let reused = 0;
    for (let n = 0; n < 200; n++) {
      buffer.fill(n);
      const written = dialled.own.write(buffer);
      if (written === Written.gone) reused++;
      else {
        await accepted.untilBytes((n + 1) * buffer.length);
        dialled.events.length = 1;
      }
    }
    await accepted.untilBytes(200 * buffer.length);
    const expected = Buffer.concat(Array.from({ length: 200 }, (_, n) => Buffer.alloc(buffer.length, n)));
    expect(accepted.bytes().equals(expected)).toBe(true);
    expect(reused).toBeGreaterThan(0);
  });

  it.each(['dialled', 'accepted'] as const)(
    'hands over chunks that nobody writes to again, where it was %s',
    async reader => {
      const ends = await joinedOver(network);
      const writer = reader === 'dialled' ? ends.accepted : ends.dialled;
      const seen: Buffer[] = [];
      const copies: Buffer[] = [];
      ends[reader].onData = chunk => {
        seen.push(chunk);
        copies.push(Buffer.from(chunk));
      };
      const all = numbered(MiB);
      const pieces = Array.from({ length: 64 }, (_, n) => all.subarray((n * MiB) / 64, ((n + 1) * MiB) / 64));
      await writeInStep(writer, pieces);
      await ends[reader].untilBytes(MiB);
      expect(Buffer.concat(seen).equals(Buffer.concat(copies))).toBe(true);
    },
  );

  it('hands over chunks that another link does not write to either', async () => {
    const first = await joinedOver(network);
    const second = await joinedOver(network);
    first.accepted.own.write(Buffer.from('first'));
    await first.dialled.untilBytes(5);
    second.accepted.own.write(Buffer.from('again'));
    await second.dialled.untilBytes(5);
    expect(first.dialled.bytes().toString()).toBe('first');
    expect(second.dialled.bytes().toString()).toBe('again');
  });

  it('says full when its reader is behind, and drain when it has caught up', async () => {
    const { dialled, accepted } = await joinedOver(network);
    accepted.own.pause();
    let written: Written = Written.gone;
    let count = 0;
    for (; count < 1_000 && written !== Written.full; count++)
      written = dialled.own.write(numbered(MiB / 16));
    expect(written).toBe(Written.full);
    await settle(network);
    expect(dialled.events).toEqual(['open']);
    accepted.own.resume();
    await dialled.untilEvent('drain');
    await accepted.untilBytes((count * MiB) / 16);
    expect(dialled.events).toEqual(['open', 'drain']);
  });

  it('says drain, too, when its reader pauses in every chunk', async () => {
    const { dialled, accepted } = await joinedOver(network);
    accepted.onData = () => {
      accepted.own.pause();
      setImmediate(() => {
        accepted.own.resume();
      });
    };
    const pieces = Array.from({ length: 40 }, (_, n) => numbered(MiB / 8, (n * MiB) / 8));
    await writeInStep(dialled, pieces);
    const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
    await accepted.untilBytes(total);
    expect(accepted.bytes().equals(Buffer.concat(pieces))).toBe(true);
  });

  it('reads nothing while it is paused, and everything after', async () => {
    const { dialled, accepted } = await joinedOver(network);
    accepted.onData = () => {
      accepted.own.pause();
    };
    dialled.own.write(numbered(1_000));
    await accepted.untilBytes(1);
    const read = accepted.length;
    dialled.own.write(numbered(1_000, 1_000));
    await settle(network);
    expect(accepted.length).toBe(read);
    accepted.onData = null;
    accepted.own.resume();
    await accepted.untilBytes(2_000);
    expect(accepted.bytes().equals(numbered(2_000))).toBe(true);
  });

  it('reads on when it was paused and resumed in one go', async () => {
    const { dialled, accepted } = await joinedOver(network);
    accepted.own.pause();
    accepted.own.resume();
    dialled.own.write(numbered(8));
    await accepted.untilBytes(8);
    expect(accepted.events).toEqual(['data']);
  });

  it('does not see a FIN while it is paused', async () => {
    const { dialled, accepted } = await joinedOver(network);
    accepted.own.pause();
    dialled.own.write(numbered(100));
    dialled.own.end();
    await settle(network);
    expect(accepted.events).toEqual([]);
    accepted.own.resume();
    await accepted.untilEvent('end');
    expect(accepted.events).toEqual(['data', 'end']);
    expect(accepted.length).toBe(100);
  });
});

describe.each(transports)('the end of a link over $name', network => {
  it('leaves the other direction open when only one side ends its writing', async () => {
    const { dialled, accepted } = await joinedOver(network);
    dialled.own.write(Buffer.from('last'));
    dialled.own.end();
    await accepted.untilEvent('end');
    expect(accepted.events).toEqual(['data', 'end']);
    expect(dialled.own.isWritable).toBe(false);
    accepted.own.write(Buffer.from('still here'));
    await dialled.untilBytes(10);
    expect(dialled.events).toEqual(['open', 'data']);
    expect(accepted.own.isWritable).toBe(true);
  });

  it('comes behind everything written when it is closed', async () => {
    const { dialled, accepted } = await joinedOver(network);
    const pieces = Array.from({ length: 32 }, (_, n) => numbered(MiB / 32, (n * MiB) / 32));
    dialled.own.writeAll(pieces);
    dialled.own.close();
    await accepted.untilEvent('end');
    expect(accepted.bytes().equals(numbered(MiB))).toBe(true);
    accepted.own.close();
    await Promise.all([dialled.untilClosed(), accepted.untilClosed()]);
    expect(dialled.events.at(-1)).toBe('close success');
    expect(accepted.events.at(-1)).toBe('close success');
  });

  it('comes behind everything written, also when the reader is slow', async () => {
    const { dialled, accepted } = await joinedOver(network);
    accepted.own.pause();
    dialled.own.writeAll(Array.from({ length: 8 }, (_, n) => numbered(MiB, n * MiB)));
    dialled.own.close();
    await settle(network);
    accepted.own.resume();
    await accepted.untilEvent('end');
    expect(accepted.length).toBe(8 * MiB);
    expect(accepted.bytes().equals(numbered(8 * MiB))).toBe(true);
  });

  it('is not writable any more once it was closed or reset', async () => {
    const one = await joinedOver(network);
    one.dialled.own.close();
    expect(one.dialled.own.isWritable).toBe(false);
    const two = await joinedOver(network);
    two.dialled.own.reset();
    expect(two.dialled.own.isWritable).toBe(false);
  });

  it('is told to the side that reset as the end that it asked for', async () => {
    const { dialled } = await joinedOver(network);
    dialled.calling = true;
    dialled.own.reset();
    dialled.calling = false;
    await dialled.untilClosed();
    expect(dialled.events).toEqual(['open', 'close success']);
  });

  it('is told to the other side when one resets, behind the bytes that came before', async () => {
    const { dialled, accepted } = await joinedOver(network);
    dialled.own.write(numbered(100));
    await accepted.untilBytes(100);
    dialled.own.reset();
    await accepted.untilEvent(network.resetSeenAs);
    expect(accepted.events).toEqual(['data', network.resetSeenAs]);
  });

  it.each(['dialled', 'accepted'] as const)(
    'loses nothing that came before a reset, also when the reader was %s and is paused',
    async end => {
      const ends = await joinedOver(network);
      const reader = ends[end];
      const writer = end === 'dialled' ? ends.accepted : ends.dialled;
      reader.onData = () => {
        reader.own.pause();
      };
      for (let n = 0; n < 10; n++) {
        writer.own.write(numbered(100, n * 100));
        await settle(network);
      }
      writer.own.reset();
      await settle(network);
      reader.onData = null;
      reader.own.resume();
      // Where nothing is read ahead, the system may tell of the reset as of any end.
      await reader.until(() => reader.events.some(event => /^(end|close)/.test(event)), 'the end');
      expect(reader.bytes().equals(numbered(1_000))).toBe(true);
      const behind = reader.events.slice(reader.events.indexOf('data') + 1);
      expect(['end', network.resetSeenAs]).toContain(behind[0]);
    },
  );

  it('refuses what is written when the other end has reset and it does not know yet', async () => {
    const { dialled, accepted } = await joinedOver(network);
    accepted.own.reset();
    const written = [dialled.own.write(numbered(100)), dialled.own.writeAll([numbered(8), numbered(8)])];
    expect(written).toEqual([Written.refused, Written.refused]);
    await dialled.untilClosed();
    expect(dialled.events).toEqual(['open', 'close peer_disconnected']);
    expect(accepted.length).toBe(0);
  });

  it('is met by a writer that waits, though it is paused, and comes behind what came before', async () => {
    const { dialled, accepted } = await joinedOver(network);
    accepted.onData = () => {
      accepted.own.pause();
    };
    dialled.own.write(numbered(100));
    await accepted.untilBytes(100);
    dialled.own.pause();
    let written: Written = Written.gone;
    for (let n = 0; n < 1_000 && written !== Written.full; n++)
      written = accepted.own.write(numbered(MiB / 16));
    dialled.own.write(numbered(100, 100));
    await settle(network);
    dialled.own.reset();
    await accepted.untilClosed();
    expect(accepted.events.at(-1)).toBe('close peer_disconnected');
    expect(accepted.bytes().subarray(0, 100).equals(numbered(100))).toBe(true);
  });

  it('comes once, however often it is asked for', async () => {
    const { dialled, accepted } = await joinedOver(network);
    accepted.own.reset();
    accepted.own.reset();
    accepted.own.close();
    await accepted.untilClosed();
    await settle(network);
    expect(accepted.events).toEqual(['close success']);
    expect(dialled.events).toEqual(['open', network.resetSeenAs]);
  });
});

describe.each(transports.filter(({ name }) => name !== 'mem'))('a reset over $name', network => {
  it('drops what was written and has not left', async () => {
    const { dialled, accepted } = await joinedOver(network);
    accepted.own.pause();
    let written: Written = Written.gone;
    let count = 0;
    for (; count < 1_000 && written !== Written.full; count++)
      written = dialled.own.write(numbered(MiB / 16));
    dialled.own.reset();
    await dialled.untilClosed();
    expect(dialled.events).toEqual(['open', 'close success']);
    accepted.own.resume();
    await accepted.until(() => accepted.events.some(event => /^(?:end|close)/.test(event)), 'the end');
    expect(accepted.length).toBeLessThan((count * MiB) / 16);
  });
});
