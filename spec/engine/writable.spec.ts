import { OpCode } from '../../lib/index.js';
import { next } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { type Network, networks } from '../support/networks.js';
import { fillQueue, memberOf, pairOver, rejection, say, untilClosed } from '../support/pair.js';

const mem = networks[2] as Network;

describe.each(networks)('writable over $name', network => {
  it('resolves at once where nothing is queued', async () => {
    const { client } = await pairOver(network);
    await client.group.writable(client.channel);
  });

  it('resolves once less than half of maxQueuedBytes is queued', async () => {
    const { client, server } = await pairOver(network);
    const posted = fillQueue(client);
    const queued: number[] = [];
    const writable = client.group.writable(client.channel).then(() => {
      queued.push(client.engine.stats().queuedBytes);
    });
    for (let n = 0; n < posted.length; n++) {
      using message = await next(server.group);
      if (message.channelNumber === 0) n--;
      else expect(message.messageId).toBe(posted[n]);
    }
    await writable;
    expect(queued[0]).toBeLessThan((1024 * 1024) / 2);
    say(client, OpCode.Request, { payload: 'more' });
    using last = await next(server.group);
    expect(last.body.text()).toBe('more');
  });

  it('rejects with channel_closed where the channel closes first', async () => {
    const { client, server } = await pairOver(network);
    fillQueue(client);
    const waiting = [client.group.writable(client.channel), client.group.writable(client.channel)].map(
      rejection,
    );
    void server.group.destroy();
    for (const reason of await Promise.all(waiting)) expect(reason).toMatchObject({ code: 'channel_closed' });
    await untilClosed(client.group, client.channel);
  });

  it("rejects with a signal's reason, and leaves the others waiting", async () => {
    const { client } = await pairOver(network);
    fillQueue(client);
    const giveUp = new AbortController();
    const reason = new Error('enough');
    const given = rejection(client.group.writable(client.channel, { signal: giveUp.signal }));
    const kept = rejection(client.group.writable(client.channel));
    giveUp.abort(reason);
    expect(await given).toBe(reason);
    say(client, OpCode.ByeSignal);
    expect(await kept).toMatchObject({ code: 'channel_closed' });
  });
});

describe('writable', () => {
  it('rejects with the reason of a signal that was aborted before', async () => {
    const { client } = await pairOver(mem);
    const signal = AbortSignal.abort('why');
    expect(await rejection(client.group.writable(client.channel, { signal }))).toBe('why');
  });

  it('is always so for a listener', async () => {
    const { server } = await pairOver(mem);
    await server.group.writable(server.listener);
  });

  it('refuses numbers as post does', async () => {
    const { client } = await pairOver(mem);
    const { group } = memberOf(engineForSpec());
    const other = client.engine.createGroup();
    expect(await rejection(group.writable(4_711))).toMatchObject({ code: 'invalid_channel_number' });
    expect(await rejection(other.writable(client.channel))).toMatchObject({
      code: 'invalid_message_channel_group',
    });
  });
});
