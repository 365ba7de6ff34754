import { firstValueFrom, map, merge, mergeMap } from 'rxjs';
import { memServer, tcpServer, udsServer } from '../../lib/index.js';
import { connectFor, type Ground, listenFor, realGround, texts, virtualTime } from '../support/grounds.js';
import type { Side } from '../support/peers.js';

/** Where addresses of all kinds can be listened on side by side. */
const PLACES = [{ name: 'real sockets', open: () => realGround(udsServer) }, virtualTime];

function listenersOf(ground: Ground, server: Side): Promise<Awaited<ReturnType<typeof listenFor>>[]> {
  const addresses = [tcpServer('127.0.0.1', 0), udsServer(), memServer()];
  return Promise.all(addresses.map(address => listenFor(ground, server, { address })));
}

describe.each(PLACES)('one group with several listeners over $name', ({ open }) => {
  it('serves TCP, Unix sockets and the process at once, with one handler', async () => {
    const ground = open();
    const server = ground.side();
    const listeners = await listenersOf(ground, server);
    expect(listeners.map(({ address }) => address.kind)).toEqual(['tcp', 'uds', 'mem']);
    merge(...listeners.map(({ peers$ }) => peers$))
      .pipe(mergeMap(peer => peer.serve(request => request.pipe(map(m => m.body.text().toUpperCase())))))
      .subscribe();
    const client = ground.side();
    const replies = [];
    for (const { address } of listeners) {
      const peer = await connectFor(ground, client, address);
      replies.push(await ground.until(texts(peer.request(address.kind))));
    }
    expect(replies).toEqual([['TCP'], ['UDS'], ['MEM']]);
  });

  it('tells by the hello which listener took a connection', async () => {
    const ground = open();
    const server = ground.side();
    const listeners = await listenersOf(ground, server);
    const client = ground.side();
    for (const listener of listeners) {
      const accepted = firstValueFrom(listener.peers$);
      await connectFor(ground, client, listener.address);
      const peer = await ground.until(accepted);
      expect(peer.hello.listenerChannel).toBe(listener.channelNumber);
    }
    expect(new Set(listeners.map(({ channelNumber }) => channelNumber)).size).toBe(3);
  });

  it('stops one of them, and the others and all who came go on', async () => {
    const ground = open();
    const server = ground.side();
    const [tcp, ...others] = await listenersOf(ground, server);
    if (tcp === undefined) throw new Error('no listener');
    merge(...[tcp, ...others].map(({ peers$ }) => peers$))
      .pipe(mergeMap(peer => peer.serve(() => 'still here')))
      .subscribe();
    const client = ground.side();
    const before = await connectFor(ground, client, tcp.address);
    await ground.until(tcp.close());
    await expect(connectFor(ground, client, tcp.address)).rejects.toMatchObject({ code: 'connect_failed' });
    expect(await ground.until(texts(before.request('ping')))).toEqual(['still here']);
    for (const { address } of others) {
      const peer = await connectFor(ground, client, address);
      expect(await ground.until(texts(peer.request('ping')))).toEqual(['still here']);
    }
    expect(server.engine.stats().channels.listening).toBe(2);
  });
});
