import { NEVER } from 'rxjs';
import { type MessageWindow, OpCode, type TofuError, windowByMessageId } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { frame, requestFrames, upTo } from '../support/frames.js';
import { expectAlive, greetRaw, listenForRaw } from '../support/raw-channels.js';
import { hears } from '../support/raw-credit.js';
import { besiegedPeers, partOf } from '../support/besieged-peers.js';

const MANY = 5_000;

describe('windows that a peer never ends', () => {
  it('are as many as maxWindows, hold no slots, and error with channel_closed when it is gone', async () => {
    const target = await listenForRaw();
    const bad = await greetRaw(target);
    const codes: string[] = [];
    const open = new Set<MessageWindow>();
    const windows = target.group.pipe(windowByMessageId({ maxWindows: 10 })).subscribe(window => {
      open.add(window);
      window.subscribe({
        error: ({ code }: TofuError) => {
          open.delete(window);
          codes.push(code);
        },
      });
    });
    bad.raw.writeBytes(Buffer.concat(upTo(MANY).map(id => partOf(id))));
    await eventually('all has come', () => target.engine.stats().messagesIn === 1 + MANY);
    expect([open.size, codes.length, new Set(codes)]).toEqual([10, MANY - 10, new Set(['pool_empty'])]);
    expect(target.engine.stats().slots.used).toBe(0);
    bad.raw.reset();
    await eventually('all have ended', () => open.size === 0);
    expect(codes.slice(MANY - 10)).toEqual(Array(10).fill('channel_closed'));
    windows.unsubscribe();
    const good = await greetRaw(target);
    await expectAlive(good.raw, good.server);
  });
});

describe('requests that a peer never lets end', () => {
  it('are as many as maxRequests: every further one is answered rx-error: busy', async () => {
    const { server, attack, askGood } = await besiegedPeers(
      request => {
        if (request.first.body.text() === 'ping') return 'pong';
        // So slow that it lets go of its slot: slots are no limit here, the number of requests is one.
        request.release();
        return NEVER;
      },
      { maxRequests: 10 },
    );
    const bad = await attack();
    bad.writeBytes(requestFrames(upTo(MANY)));
    const frames = await hears(bad, 1 + MANY - 10);
    expect(frames.slice(1).map(line => line.replace(/ \d+ /, ' '))).toEqual(
      Array(MANY - 10).fill('Response rx-error:busy'),
    );
    expect(server.engine.stats().requests).toBe(10);
    expect(await askGood()).toBe('pong');
    bad.reset();
    await eventually('all are let go of', () => server.engine.stats().requests === 0);
  });

  it('are as many as that where they are uploads without an end, answered or not', async () => {
    const { server, attack, askGood } = await besiegedPeers(
      request => {
        request.release();
        return request.first.body.text() === 'ping' ? 'pong' : NEVER;
      },
      { maxRequests: 10 },
    );
    const bad = await attack();
    bad.writeBytes(Buffer.concat(upTo(MANY).map(id => partOf(id, id % 2 === 0 ? 'ping' : 'x'))));
    await eventually('all has come', () => server.engine.stats().messagesIn === 2 + MANY);
    expect(server.engine.stats().requests).toBeLessThanOrEqual(10);
    expect(server.engine.stats().slots.used).toBe(0);
    expect(await askGood()).toBe('pong');
    bad.reset();
    await eventually('all are let go of', () => server.engine.stats().requests === 0);
  });
});

describe('ids that nobody knows', () => {
  it('are dropped and counted over a socket as anywhere: ends, errors, cancels and grants', async () => {
    const { server, attack, askGood } = await besiegedPeers(() => 'pong');
    const bad = await attack();
    const signal = (id: number, headers: string): Buffer => frame({ opCode: OpCode.Signal, id, headers });
    const response = (id: number, headers: string): Buffer => frame({ opCode: OpCode.Response, id, headers });
    bad.writeBytes(
      Buffer.concat(
        upTo(MANY).flatMap(id => [
          response(id, 'rx-end:1\r\n'),
          response(id, 'rx-error:no\r\n'),
          signal(id, 'rx-cancel:1\r\n'),
          // Without an agreement on credit it is a Signal like any other, of a name that is the Peers' own.
          signal(id, 'rx-credit:1\r\n'),
        ]),
      ),
    );
    await eventually('all has come', () => server.engine.stats().messagesIn === 2 + 4 * MANY);
    expect(server.engine.stats()).toMatchObject({ lateReplies: 2 * MANY, requests: 0, framesRejected: 0 });
    expect(server.engine.stats().signalsDropped).toBeGreaterThanOrEqual(MANY);
    expect(server.engine.stats().slots.used).toBe(0);
    expect(await askGood()).toBe('pong');
    expect(await hears(bad, 1)).toHaveLength(1);
  });
});
