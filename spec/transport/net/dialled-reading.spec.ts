import { numbered, writeInStep } from '../../support/link-log.js';
import { joinedOver, settle, transports } from '../../support/transports.js';

const MiB = 1024 * 1024;
const sockets = transports.filter(({ name }) => name !== 'mem');

describe.each(sockets)('a dialled link over $name', network => {
  it('hands over nothing while it is paused, and all in order, however often it is paused and resumed', async () => {
    const { dialled, accepted } = await joinedOver(network);
    let isPaused = false;
    let whilePaused = 0;
    let chunks = 0;
    const rest = (): void => {
      isPaused = true;
      dialled.own.pause();
      setImmediate(() => {
        isPaused = false;
        dialled.own.resume();
      });
    };
    dialled.onData = () => {
      if (isPaused) whilePaused++;
      if (++chunks % 3 === 0) rest();
      else if (chunks % 7 === 0) {
        dialled.own.pause();
        dialled.own.resume();
      } else if (chunks % 11 === 0) {
        dialled.own.resume();
        rest();
      }
    };
    const all = numbered(8 * MiB);
    await writeInStep(
      accepted,
      Array.from({ length: 64 }, (_, n) => all.subarray((n * MiB) / 8, ((n + 1) * MiB) / 8)),
    );
    accepted.own.end();
    await dialled.untilEvent('end');
    expect(whilePaused).toBe(0);
    expect(dialled.bytes().equals(all)).toBe(true);
  });

  it('is at its end once, however often it is paused and resumed behind that, and may still be written to', async () => {
    const { dialled, accepted } = await joinedOver(network);
    dialled.own.pause();
    accepted.own.write(numbered(100));
    accepted.own.end();
    await settle(network);
    expect(dialled.events).toEqual(['open']);
    dialled.own.resume();
    await dialled.untilEvent('end');
    for (let n = 0; n < 3; n++) {
      dialled.own.pause();
      await settle(network);
      dialled.own.resume();
      await settle(network);
    }
    dialled.own.write(numbered(8));
    await accepted.untilBytes(8);
    dialled.own.close();
    await dialled.untilClosed();
    expect(dialled.events).toEqual(['open', 'data', 'end', 'close success']);
  });

  it('hands over nothing more when it is reset by whoever takes a chunk', async () => {
    const { dialled, accepted } = await joinedOver(network);
    let chunks = 0;
    dialled.onData = () => {
      chunks++;
      dialled.own.reset();
    };
    accepted.own.write(numbered(MiB));
    await dialled.untilClosed();
    expect(dialled.events).toEqual(['open', 'data', 'close success']);
    expect(chunks).toBe(1);
  });
});
