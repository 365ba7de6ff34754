import { mergeMap, take } from 'rxjs';
import { connect, listen, type Listener, type Peer, tcpServer, udsServer } from '../../lib/index.js';
import { comesTrue } from '../support/eventually.js';
import { networks } from '../support/networks.js';
import {
  networkForSpec,
  pairOver,
  record,
  type Recording,
  sideForSpec,
  virtualPair,
} from '../support/peers.js';

/** Listens in a virtual network, and keeps what comes. */
async function listening(): Promise<
  ReturnType<typeof networkForSpec> & {
    server: ReturnType<ReturnType<typeof networkForSpec>['side']>;
    record: Recording;
    listeners: Listener[];
  }
> {
  const world = networkForSpec();
  const server = world.side();
  const listeners: Listener[] = [];
  const recording = record(
    listen(server.group, tcpServer()).pipe(
      mergeMap(listener => {
        listeners.push(listener);
        return [listener];
      }),
    ),
  );
  await world.pass(0);
  return { ...world, server, record: recording, listeners };
}

describe('listen', () => {
  it('does nothing before it is subscribed to', async () => {
    const { side, pass } = networkForSpec();
    const { engine, group } = side();
    listen(group, tcpServer());
    await pass();
    expect(engine.stats().channels.listening).toBe(0);
  });

  it('emits one Listener, and listens once for each subscriber', async () => {
    const { engine, group } = sideForSpec();
    const listen$ = listen(group, tcpServer('127.0.0.1', 0));
    const listeners: Listener[] = [];
    const subscriptions = [1, 2].map(() => listen$.subscribe(listener => listeners.push(listener)));
    await comesTrue(() => listeners.length === 2);
    const [first, second] = listeners as [Listener, Listener];
    expect(first.channelNumber).not.toBe(second.channelNumber);
    expect(first.address.toString()).not.toBe(second.address.toString());
    expect(first.address.toString()).toMatch(/^tcp\|127\.0\.0\.1\|[1-9]\d*$/);
    for (const subscription of subscriptions) subscription.unsubscribe();
    await comesTrue(() => engine.stats().channels.listening === 0);
  });

  it('errors with listen_failed where the address is taken, and leaves no channel', async () => {
    const { engine, group } = sideForSpec();
    const taken = record(
      listen(group, tcpServer('127.0.0.1', 0)).pipe(mergeMap(l => listen(group, l.address))),
    );
    await comesTrue(() => taken.lines.length > 0);
    expect(taken.lines).toEqual([
      expect.stringMatching(/^# listen_failed: listening on tcp\|127\.0\.0\.1\|\d+ failed: listen_failed$/),
    ]);
    await comesTrue(() => engine.stats().channels.listening === 0);
  });

  it('errors with invalid_address for an address that is none', async () => {
    const { group } = sideForSpec();
    const { lines } = record(listen(group, tcpServer('nowhere.invalid', 0)));
    await comesTrue(() => lines.length > 0);
    expect(lines).toEqual([expect.stringMatching(/^# invalid_address: /)]);
  });

  it('errors with shutdown_started on a destroyed group', async () => {
    const { group } = sideForSpec();
    await group.destroy();
    const { lines } = record(listen(group, udsServer()));
    expect(lines).toEqual([expect.stringMatching(/^# shutdown_started: /)]);
  });

  it('completes behind close(), which resolves then', async () => {
    const { listeners, record: recording, pass } = await listening();
    const order: string[] = [];
    recording.subscription.add(() => order.push('completed'));
    void listeners[0]?.close().then(() => order.push('closed'));
    void listeners[0]?.close().then(() => order.push('closed again'));
    await pass(0);
    expect(recording.lines).toEqual(['Listener', '|']);
    expect(order).toEqual(['completed', 'closed', 'closed again']);
  });

  it('completes when the group is destroyed', async () => {
    const { listeners, record: recording, server, pass } = await listening();
    void server.group.destroy();
    await pass(0);
    expect(recording.lines).toEqual(['Listener', '|']);
    await listeners[0]?.close();
  });

  it('stops listening when it is unsubscribed, before and after it listens', async () => {
    const { group, engine } = sideForSpec();
    const early = listen(group, tcpServer('127.0.0.1', 0)).subscribe();
    early.unsubscribe();
    const late = record(listen(group, tcpServer('127.0.0.1', 0)).pipe(take(1)));
    await comesTrue(() => late.lines.includes('|'));
    await comesTrue(() => engine.stats().channels.listening === 0);
    expect(late.lines).toEqual(['Listener', '|']);
  });

  it('is disposed by await using', async () => {
    const { listeners, record: recording, pass } = await listening();
    const using = (async () => {
      await using listener = listeners[0] as Listener;
      return listener.channelNumber;
    })();
    await pass(0);
    expect(await using).toBe(1);
    expect(recording.lines).toEqual(['Listener', '|']);
  });
});

describe('peers of a listener', () => {
  it('live on when it stops listening', async () => {
    const { server, here, there, pass } = await virtualPair();
    there.respond(() => 'pong');
    server.listening.unsubscribe();
    await pass();
    expect(server.engine.stats().channels).toEqual({ connecting: 0, ready: 1, closing: 0, listening: 0 });
    const reply = record(here.request('ping'));
    await pass();
    expect(reply.lines).toEqual(['Response "pong"', '|']);
  });

  it('wait for the first subscriber of peers$, and go to all of them from then on', async () => {
    const { listeners, side, pass } = await listening();
    const address = (listeners[0] as Listener).address;
    const client = side();
    const dial = (): void => {
      connect(client.group, address).subscribe();
    };
    dial();
    dial();
    await pass();
    const peers: Peer[][] = [[], []];
    listeners[0]?.peers$.subscribe(peer => peers[0]?.push(peer));
    listeners[0]?.peers$.subscribe(peer => peers[1]?.push(peer));
    expect(peers.map(list => list.length)).toEqual([2, 0]);
    dial();
    await pass();
    expect(peers.map(list => list.length)).toEqual([3, 1]);
    expect(peers[0]?.[2]).toBe(peers[1]?.[0]);
  });

  it('stay for the next subscriber when one leaves midway', async () => {
    const { listeners, side, pass } = await listening();
    const client = side();
    for (let n = 0; n < 3; n++) connect(client.group, (listeners[0] as Listener).address).subscribe();
    await pass();
    const first = record((listeners[0] as Listener).peers$.pipe(take(1)));
    const rest = record((listeners[0] as Listener).peers$);
    expect(first.lines).toEqual(['Peer', '|']);
    expect(rest.lines).toEqual(['Peer', 'Peer']);
  });

  it('are not kept when they have gone before anybody came for them', async () => {
    const { listeners, side, pass } = await listening();
    const client = side();
    const connecting = connect(client.group, (listeners[0] as Listener).address).subscribe();
    await pass();
    connecting.unsubscribe();
    await pass();
    const late = record((listeners[0] as Listener).peers$);
    expect(late.lines).toEqual([]);
  });

  it('complete with the listener, also for those that subscribe later, who get what waited', async () => {
    const { listeners, side, pass } = await listening();
    const { peers$, address } = listeners[0] as Listener;
    connect(side().group, address).subscribe();
    await pass();
    void listeners[0]?.close();
    await pass();
    expect(record(peers$).lines).toEqual(['Peer', '|']);
    expect(record(peers$).lines).toEqual(['|']);
  });

  it.each(networks)('know over $name on which listener they came, and with what hello', async network => {
    const { server, there, here } = await pairOver(network);
    expect(there.hello.listenerChannel).toBe(server.listener.channelNumber);
    expect(there.hello.textHeaders.has('~connect_to')).toBe(true);
    expect(here.hello.messageId).toBe(there.hello.messageId);
    expect(here.hello.isFromApplication()).toBe(true);
  });
});
