import { OpCode, statusName, TofuError } from '../../lib/index.js';
import { closes, connectTo, listenOn, post, until } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { networks } from '../support/networks.js';

describe.each(networks)('a goodbye over $name to a peer that does not read', network => {
  it('ends after byeTimeout, though its ByeRequest never left, and gives back what did not', async () => {
    const far = engineForSpec({ initialPoolMsgs: 4, maxPoolMsgs: 4 });
    const near = engineForSpec({ byeTimeout: 50, maxQueuedBytes: 64 * 1024 });
    const server = { engine: far, group: far.createGroup() };
    const client = { engine: near, group: near.createGroup() };
    const { client: address } = await listenOn(far, server.group, network);
    const { client: channel } = await connectTo(client, server, address);

    let refusals = 0;
    for (let n = 0; refusals < 3; n++) {
      const message = near.get();
      message.channelNumber = channel;
      message.body.append(Buffer.alloc(16 * 1024));
      try {
        client.group.post(message);
      } catch (error) {
        if (!(error instanceof TofuError) || error.code !== 'pool_empty') throw error;
        near.put(message);
        refusals++;
      }
      // The socket takes what it takes only between turns.
      await new Promise(resolve => setImmediate(resolve));
    }
    post(near, client.group, channel, OpCode.ByeRequest, { id: 77 });

    const messages = await until(client.group, closes(channel));
    const returned = messages.slice(0, -1);
    expect(returned.length).toBeGreaterThan(1);
    expect(returned.at(-1)).toMatchObject({ opCode: OpCode.ByeRequest, messageId: 77n });
    expect(new Set(returned.map(message => statusName(message.status)))).toEqual(new Set(['channel_closed']));
    for (const message of messages) near.put(message);
  });
});
