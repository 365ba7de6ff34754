import { firstValueFrom, mergeMap, NEVER, repeat, retry, Subject, take, tap } from 'rxjs';
import { connect, listen, memClient, type Peer, tcpClient, tcpServer, udsClient } from '../../lib/index.js';
import { tempUdsPath } from '../../lib/testing/index.js';
import { comesTrue } from '../support/eventually.js';
import { networks } from '../support/networks.js';
import { networkForSpec, pairOver, record, sideForSpec, virtualPair } from '../support/peers.js';

describe('connect', () => {
  it('does nothing before it is subscribed to', () => {
    const { engine, group } = sideForSpec();
    connect(group, memClient('nobody'));
    expect(engine.stats().channels.connecting).toBe(0);
  });

  it.each(networks)('emits one Peer over $name, and completes when this side has said bye', async network => {
    const { here, there, client } = await pairOver(network);
    const closed = record(there.closed$);
    await here.bye();
    expect(client.connecting.lines).toEqual(['Peer', '|']);
    await comesTrue(() => closed.lines.includes('|'));
  });

  it.each(networks)('completes over $name when the other side has said bye', async network => {
    const { there, client } = await pairOver(network);
    await there.bye();
    await comesTrue(() => client.connecting.lines.length > 1);
    expect(client.connecting.lines).toEqual(['Peer', '|']);
  });

  it.each(networks)(
    'completes over $name behind abort() here, and errors behind one there',
    async network => {
      const first = await pairOver(network);
      first.here.abort();
      await comesTrue(() => first.client.connecting.lines.length > 1);
      expect(first.client.connecting.lines).toEqual(['Peer', '|']);

      const second = await pairOver(network);
      second.there.abort();
      await comesTrue(() => second.client.connecting.lines.length > 1);
      expect(second.client.connecting.lines).toEqual([
        'Peer',
        expect.stringMatching(/^# peer_disconnected: /),
      ]);
    },
  );

  it('errors with peer_disconnected when the connection is cut', async () => {
    const { net, here, client, pass } = await virtualPair();
    net.disconnect(here);
    await pass();
    expect(client.connecting.lines).toEqual(['Peer', expect.stringMatching(/^# peer_disconnected: /)]);
  });

  it('completes when its group is destroyed, and errors with shutdown_started when there was no Peer yet', async () => {
    const { client, pass, net } = await virtualPair();
    const other = net.createEngine();
    net.partition(client.engine, other);
    const unanswered = record(connect(client.group, tcpClient('10.0.0.1')));
    void client.engine.destroy();
    await pass();
    expect(client.connecting.lines).toEqual(['Peer', '|']);
    expect(unanswered.lines).toEqual([expect.stringMatching(/^# shutdown_started: /)]);
    expect(record(connect(client.group, tcpClient())).lines).toEqual([
      expect.stringMatching(/^# shutdown_started: /),
    ]);
    await other.destroy();
  });

  it.each([
    ['connect_failed', memClient('nobody')],
    ['connect_failed', tcpClient('127.0.0.1', 1)],
    ['uds_path_not_found', udsClient(tempUdsPath())],
    ['invalid_address', tcpClient('nowhere.invalid', 1)],
  ])('errors with %s: %s', async (code, address) => {
    const { engine, group } = sideForSpec();
    const { lines } = record(connect(group, address));
    await comesTrue(() => lines.length > 0);
    expect(lines).toEqual([`# ${code}: connecting to ${address.toString()} failed: ${code}`]);
    await comesTrue(() => engine.stats().channels.connecting === 0);
  });

  it('takes the address of a server for its client’s', async () => {
    const { side, pass } = networkForSpec();
    listen(side().group, tcpServer('0.0.0.0', 80)).subscribe();
    const connecting = record(connect(side().group, tcpServer('0.0.0.0', 80)));
    await pass();
    expect(connecting.lines).toEqual(['Peer']);
  });

  it('refuses headers that can not be, and posts nothing then', () => {
    const { engine, group } = sideForSpec();
    const { lines } = record(connect(group, memClient('x'), { headers: { 'a:b': 'c' } }));
    expect(lines).toEqual([expect.stringMatching(/^# invalid_message: /)]);
    expect(engine.stats().channels.connecting).toBe(0);
  });
});

describe('the signal of connect', () => {
  it('gives up before the Peer has come, and errors with its reason', async () => {
    const { client, server, pass } = await virtualPair();
    const controller = new AbortController();
    const aborted = new AbortController();
    aborted.abort(new Error('before'));
    const connecting = record(connect(client.group, tcpClient(), { signal: controller.signal }));
    const never = record(connect(client.group, tcpClient(), { signal: aborted.signal }));
    await pass(1);
    controller.abort(new Error('enough'));
    await pass();
    expect(connecting.lines).toEqual(['# enough']);
    expect(never.lines).toEqual(['# before']);
    expect(client.engine.stats().channels.ready).toBe(1);
    expect(server.engine.stats().channels.ready).toBe(1);
  });

  it('means nothing later, and is let go of', async () => {
    const { side, pass } = networkForSpec();
    listen(side().group, tcpServer()).subscribe();
    const client = side();
    const controller = new AbortController();
    const remove = jest.spyOn(controller.signal, 'removeEventListener');
    const connecting = record(connect(client.group, tcpClient(), { signal: controller.signal }));
    await pass();
    expect(remove).toHaveBeenCalled();
    controller.abort(new Error('late'));
    await pass();
    expect(connecting.lines).toEqual(['Peer']);
  });
});

describe('unsubscribing connect', () => {
  it('drops a connection that does not stand yet, on both sides', async () => {
    const { client, server, pass } = await virtualPair();
    const connecting = connect(client.group, tcpClient()).subscribe();
    const wire = connect(client.group, tcpClient()).subscribe();
    connecting.unsubscribe();
    await pass(1);
    wire.unsubscribe();
    await pass();
    expect(client.engine.stats().channels.ready).toBe(1);
    expect(server.engine.stats().channels.ready).toBe(1);
  });

  it('says bye in the background', async () => {
    const { client, there, pass } = await virtualPair();
    const closed = record(there.closed$);
    const heard = record(there.messages$);
    client.connecting.unsubscribe();
    await pass();
    expect(heard.lines).toEqual(['ByeRequest', 'Signal', '|']);
    expect(closed.lines).toEqual(['Signal', '|']);
    expect(client.connecting.lines).toEqual(['Peer']);
  });

  it('says bye within the emission of the Peer, too', async () => {
    const { side, pass } = networkForSpec();
    const server = side();
    const client = side();
    const frames: string[] = [];
    listen(server.group, tcpServer())
      .pipe(
        mergeMap(listener => listener.peers$),
        mergeMap(peer => peer.messages$),
      )
      .subscribe(message => frames.push(String(message.opCode)));
    const { lines } = record(connect(client.group, tcpClient()).pipe(take(1)));
    await pass();
    expect(lines).toEqual(['Peer', '|']);
    expect(frames).toEqual(['5', '2']);
    expect(client.engine.stats().channels.ready).toBe(0);
  });

  it('cancels its requests at once, and lets running handlers end', async () => {
    const { client, here, there, pass } = await virtualPair();
    const answer = new Subject<string>();
    here.respond(() => firstValueFrom(answer));
    const unsubscribed: string[] = [];
    there.respond(() => NEVER.pipe(tap({ unsubscribe: () => unsubscribed.push('there') })));
    const ours = record(here.request('ours'));
    const theirs = record(there.request('theirs'));
    await pass();
    client.connecting.unsubscribe();
    expect(ours.lines).toEqual([expect.stringMatching(/^# channel_closed: /)]);
    await pass();
    expect(unsubscribed).toEqual(['there']);
    expect(client.engine.stats().channels.ready).toBe(1);
    answer.next('late, but here');
    await pass();
    expect(theirs.lines).toEqual(['Response "late, but here"', '|']);
    expect(client.engine.stats().channels.ready).toBe(0);
  });

  it('gives handlers byeTimeout at most', async () => {
    const { client, here, there, pass } = await virtualPair({ engines: { byeTimeout: 100 } });
    here.respond(() => NEVER);
    const theirs = record(there.request('theirs'));
    await pass();
    client.connecting.unsubscribe();
    await pass(99);
    expect(client.engine.stats().channels.ready).toBe(1);
    await pass(4);
    expect(client.engine.stats().channels).toEqual({ connecting: 0, ready: 0, closing: 0, listening: 0 });
    expect(theirs.lines).toEqual([expect.stringMatching(/^# channel_closed: /)]);
  });

  it('hurries a bye() that waits for requests or handlers without end', async () => {
    const { client, here, there, pass } = await virtualPair({ engines: { byeTimeout: 100 } });
    here.respond(() => NEVER);
    there.respond(() => NEVER);
    record(there.request('theirs'));
    record(here.request('ours', { timeout: 0 }));
    await pass();
    const bye = here.bye();
    client.connecting.unsubscribe();
    await pass(104);
    await bye;
    expect(client.engine.stats().channels.ready).toBe(0);
  });

  it('hurries the answer to a bye of the other side', async () => {
    const { client, server, here, there, pass } = await virtualPair({
      engines: { byeTimeout: 100 },
      server: { byeTimeout: 1_000 },
    });
    here.respond(() => NEVER);
    there.request('theirs').subscribe({ error: () => undefined });
    await pass();
    const leaving = there.bye();
    client.connecting.unsubscribe();
    await pass(150);
    expect(client.engine.stats().channels.ready).toBe(0);
    expect(server.engine.stats().channels.ready).toBe(0);
    await leaving;
  });
});

describe('a hundred connections one behind the other', () => {
  it('leave nothing behind with repeat', async () => {
    const { client, server, there, pass } = await virtualPair();
    void there.bye();
    const peers: Peer[] = [];
    const lines = record(
      connect(client.group, tcpClient()).pipe(
        tap(peer => {
          peers.push(peer);
          void peer.bye();
        }),
        repeat(100),
      ),
    );
    await pass(1_000);
    expect(lines.lines).toEqual([...Array<string>(100).fill('Peer'), '|']);
    expect(client.engine.stats().channels).toEqual({ connecting: 0, ready: 0, closing: 0, listening: 0 });
    expect(server.engine.stats().channels).toEqual({ connecting: 0, ready: 0, closing: 0, listening: 1 });
    expect(client.engine.core.context.deadlines.size).toBe(0);
  });

  it('leave nothing behind with retry, whether lost or not made', async () => {
    const { side, net, pass } = networkForSpec();
    const server = side();
    const client = side();
    let tries = 0;
    const lines = record(
      connect(client.group, tcpClient()).pipe(
        tap(peer => {
          net.disconnect(peer);
        }),
        tap({ subscribe: () => tries++ }),
        retry({ count: 100, delay: () => Promise.resolve() }),
      ),
    );
    await pass(50);
    listen(server.group, tcpServer()).subscribe();
    await pass(1_000);
    expect(tries).toBe(101);
    expect(lines.lines.at(-1)).toMatch(/^# peer_disconnected: /);
    expect(lines.lines.length).toBeGreaterThan(50);
    expect(client.engine.stats().channels).toEqual({ connecting: 0, ready: 0, closing: 0, listening: 0 });
    expect(client.engine.core.context.deadlines.size).toBe(0);
  });
});
