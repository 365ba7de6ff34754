import { memClient, openPeer, type Peer, tcpClient } from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { pairOver, record, settled, sideForSpec, virtualPair } from '../support/peers.js';

describe('openPeer', () => {
  it.each(networks)('gives a Peer over $name that says bye at the end of its block', async network => {
    const { server, client, there } = await pairOver(network);
    await there.bye();
    let given: Peer | undefined;
    {
      await using peer = await openPeer(client.group, server.listener.address);
      given = peer;
      expect(client.engine.stats().channels.ready).toBe(1);
    }
    expect(given.hello.isFromApplication()).toBe(true);
    expect(record(given.closed$).lines).toEqual(['Signal', '|']);
    expect(client.engine.stats().channels.ready).toBe(0);
  });

  it('rejects as connect errors', async () => {
    const { group } = sideForSpec();
    await expect(openPeer(group, memClient('nobody'))).rejects.toMatchObject({ code: 'connect_failed' });
  });

  it('rejects with the reason of its signal, and drops the connection', async () => {
    const { client, pass } = await virtualPair();
    const controller = new AbortController();
    const opening = settled(openPeer(client.group, tcpClient(), { signal: controller.signal }));
    await pass(1);
    controller.abort(new Error('enough'));
    await pass();
    expect(opening).toEqual(['# enough']);
    expect(client.engine.stats().channels.ready).toBe(1);
  });

  it('reports nothing as unhandled when the connection is lost later', async () => {
    const { client, net, pass } = await virtualPair();
    const opening = openPeer(client.group, tcpClient());
    await pass();
    const peer = await opening;
    const closed = record(peer.closed$);
    net.disconnect(peer);
    await pass();
    expect(closed.lines).toEqual(['Signal', '|']);
  });

  it('rejects with shutdown_started when its group is destroyed meanwhile', async () => {
    const { client, net, server, pass } = await virtualPair();
    net.partition(client.engine, server.engine);
    const opening = settled(openPeer(client.group, tcpClient()));
    await pass();
    void client.group.destroy();
    await pass();
    expect(opening).toEqual([expect.stringMatching(/^# shutdown_started: /)]);
  });
});
