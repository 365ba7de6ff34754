import { NEVER } from 'rxjs';
import { besiegedPeers } from '../support/besieged-peers.js';
import { eventually } from '../support/eventually.js';
import { requestFrames, upTo } from '../support/frames.js';
import { networks } from '../support/networks.js';
import type { Side } from '../support/peers.js';

/** Its buffers are small: what is not read is soon felt. */
const uds = networks.filter(({ name }) => name === 'uds')[0];

const POOL = { initialPoolMsgs: 16, maxPoolMsgs: 16, stallTimeout: Infinity };
const MANY = 60_000;
/** What holds for so many turns of the event loop while a socket is full stays as it is. */
const TURNS = 50;

/** Waits until one channel is paused for good, with every slot in use. */
async function standsStill({ engine }: Side): Promise<void> {
  let turns = 0;
  await eventually('it is not read', () => {
    const { pausedChannels, slots } = engine.stats();
    turns = pausedChannels === 1 && slots.free === 0 ? turns + 1 : 0;
    return turns === TURNS;
  });
}

describe('a peer that asks on and on, and reads none of the answers, is read no further', () => {
  it('when it gets values: handlers wait until its socket takes bytes', async () => {
    let begun = 0;
    const maxQueuedBytes = 100_000;
    const { server, attack, askGood } = await besiegedPeers(
      request => {
        if (request.first.body.text() === 'ping') return 'pong';
        begun++;
        return 'x'.repeat(10_000);
      },
      { ...POOL, maxQueuedBytes },
      uds,
    );
    const bad = await attack();
    bad.pause();
    bad.writeBytes(requestFrames(upTo(MANY)));
    await standsStill(server);
    const { queuedBytes, slots, requests, messagesIn } = server.engine.stats();
    expect(queuedBytes).toBeLessThanOrEqual(maxQueuedBytes);
    expect([slots.used + slots.beyond, requests]).toEqual([16, 16]);
    expect(begun).toBeLessThan(messagesIn);
    expect(await askGood()).toBe('pong');
    bad.destroy();
    await eventually('nothing is left', () => server.engine.stats().requests === 0);
  });

  it('when it gets refusals: they hold its slots until they have left', async () => {
    const maxQueuedBytes = 10_000;
    const { server, attack, askGood } = await besiegedPeers(
      request => {
        if (request.first.body.text() === 'ping') return 'pong';
        request.release();
        return NEVER;
      },
      { ...POOL, maxQueuedBytes, maxRequests: 10 },
      uds,
    );
    const bad = await attack();
    bad.pause();
    bad.writeBytes(requestFrames(upTo(MANY)));
    await standsStill(server);
    const { queuedBytes, slots, messagesIn } = server.engine.stats();
    expect(queuedBytes).toBeLessThanOrEqual(2 * maxQueuedBytes);
    expect([slots.used, slots.beyond]).toEqual([16, 0]);
    expect(messagesIn).toBeLessThan(MANY);
    expect(await askGood()).toBe('pong');
    bad.destroy();
    await eventually('nothing is left', () => server.engine.stats().requests === 0);
  });
});
