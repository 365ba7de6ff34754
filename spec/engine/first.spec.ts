import { OpCode } from '../../lib/index.js';
import { connectTo, listenOn, nextLine, post } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { networks } from '../support/networks.js';

describe.each(networks)('over $name', network => {
  it('carries a request and its response', async () => {
    const engine = engineForSpec();
    const server = { engine, group: engine.createGroup() };
    const client = { engine, group: engine.createGroup() };
    const listener = await listenOn(engine, server.group, network);
    const channel = await connectTo(client, server, listener.client);
    post(engine, client.group, channel.client, OpCode.Request, { payload: 'ping' });
    expect(await nextLine(engine, server.group)).toBe(`Request ${String(channel.server)} "ping"`);
  });
});
