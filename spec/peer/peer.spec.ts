import { Subject } from 'rxjs';
import { statusName } from '../../lib/index.js';
import { comesTrue } from '../support/eventually.js';
import { networks } from '../support/networks.js';
import { pairOver, record, virtualPair } from '../support/peers.js';
import { plainPair } from '../support/plain-peer.js';
import { thrownBy } from '../support/virtual-time.js';

describe('signal', () => {
  it.each(networks)('arrives over $name, once, at every subscriber of signals$', async network => {
    const { here, there } = await pairOver(network);
    const signals = [record(there.signals$), record(there.signals$)];
    here.signal({ body: 'tick', headers: { a: '1' } }, { headers: { b: '2' } });
    await here.bye();
    await comesTrue(() => signals.every(({ lines }) => lines.includes('|')));
    for (const { lines } of signals) expect(lines).toEqual(['Signal b:2 a:1 "tick"', '|']);
  });

  it('returns the header as assigned: an id of the process, or the one that was set', async () => {
    const { here } = await virtualPair();
    const first = here.signal('a');
    expect(here.signal('b').messageId).toBe(first.messageId + 1n);
    expect(here.signal('c', { messageId: 2n ** 64n - 1n })).toMatchObject({
      messageId: 2n ** 64n - 1n,
      channelNumber: here.channelNumber,
      more: false,
    });
  });

  it.each([
    ['not_allowed', { headers: { 'rx-cancel': '1' } }, {}],
    ['not_allowed', 'x', { headers: { 'rx-cancel': '1' } }],
    ['invalid_message', 7 as unknown as string, {}],
    ['invalid_message_id', 'x', { messageId: -1 }],
    ['invalid_body_len', Buffer.alloc(65_536), {}],
  ])('throws %s for what can not be sent', async (code, payload, options) => {
    const { here } = await virtualPair();
    expect(thrownBy(() => here.signal(payload, options))).toBe(code);
  });

  it('throws pool_empty where the channel is full', async () => {
    const { here, client, server, net, pass } = await virtualPair({ engines: { maxQueuedBytes: 100_000 } });
    net.partition(client.engine, server.engine);
    here.signal(Buffer.alloc(65_535));
    await pass(0);
    here.signal(Buffer.alloc(65_535));
    expect(thrownBy(() => here.signal(Buffer.alloc(65_535)))).toBe('pool_empty');
  });

  it('that nobody listens to is dropped and counted, its slot free', async () => {
    const { here, there, server, pass } = await virtualPair();
    here.signal('nobody');
    await pass();
    const late = record(there.signals$);
    await pass();
    expect(late.lines).toEqual([]);
    expect(server.engine.stats()).toMatchObject({ signalsDropped: 1 });
    expect(server.engine.stats().slots.used).toBe(0);
  });
});

describe('the streams of a Peer', () => {
  it('messages$ taps everything, the engine’s messages too, channel_closed last', async () => {
    const { here, there, net, server, pass } = await virtualPair();
    const seen: string[] = [];
    there.messages$.subscribe(message => {
      seen.push(message.isFromEngine() ? statusName(message.status) : message.body.text());
    });
    there.respond(() => 'pong');
    here.signal('tick');
    const reply = record(here.request('ping'));
    await pass();
    expect(reply.lines).toHaveLength(2);
    there.signal('comes back');
    net.disconnect(here);
    await pass();
    expect(seen).toEqual(['tick', 'ping', 'peer_disconnected', 'channel_closed']);
    expect(server.engine.stats().slots.used).toBe(0);
  });

  it('messages$ has what comes back unsent', async () => {
    const { here, client, server, net, pass } = await virtualPair();
    const seen = record(here.messages$);
    net.partition(client.engine, server.engine);
    here.signal(Buffer.alloc(65_535));
    await pass(0);
    here.signal('unsent');
    here.abort();
    await pass();
    expect(seen.lines).toEqual(['Signal "unsent"', 'Signal', '|']);
  });

  it('closed$ replays channel_closed, and completes', async () => {
    const { here, there, pass } = await virtualPair();
    const before = record(there.closed$);
    here.abort();
    await pass();
    const after = record(there.closed$);
    for (const { lines } of [before, after]) expect(lines).toEqual(['Signal', '|']);
    const said: unknown[] = [];
    there.closed$.subscribe(message => said.push(statusName(message.status), message.messageId));
    expect(said).toEqual(['channel_closed', there.hello.messageId]);
  });

  it('writable$ tells the present state first, then each change', async () => {
    const { here, client, server, net, pass } = await virtualPair({ engines: { maxQueuedBytes: 200_000 } });
    const writable = record(here.writable$);
    net.partition(client.engine, server.engine);
    for (let n = 0; n < 3; n++) {
      here.signal(Buffer.alloc(65_535));
      await pass(0);
    }
    const late = record(here.writable$);
    expect([writable.lines, late.lines]).toEqual([['true', 'false'], ['false']]);
    net.heal(client.engine, server.engine);
    await pass();
    here.abort();
    await pass();
    expect([writable.lines, late.lines]).toEqual([
      ['true', 'false', 'true', '|'],
      ['false', 'true', '|'],
    ]);
  });

  it('writable$ tells a subscriber that fills the channel within its first value', async () => {
    const { here, client, server, net } = await virtualPair({ engines: { maxQueuedBytes: 100_000 } });
    net.partition(client.engine, server.engine);
    const seen: boolean[] = [];
    here.writable$.subscribe(isWritable => {
      seen.push(isWritable);
      if (seen.length === 1) for (let n = 0; n < 2; n++) here.signal(Buffer.alloc(65_535));
    });
    expect(seen).toEqual([true, false]);
  });

  it('complete when the channel has closed, whoever subscribes later', async () => {
    const { here, there, pass } = await virtualPair();
    const streams = [there.messages$, there.signals$, there.requests$, there.writable$];
    const before = streams.map(record);
    here.abort();
    await pass();
    for (const { lines } of before) expect(lines.at(-1)).toBe('|');
    for (const { lines } of streams.map(record)) expect(lines).toEqual(['|']);
  });

  it('are left within their own values', async () => {
    const { here, there, pass } = await virtualPair();
    const seen: string[] = [];
    const first = there.signals$.subscribe(() => {
      seen.push('first');
      first.unsubscribe();
      second.unsubscribe();
    });
    const second = there.signals$.subscribe(() => seen.push('second'));
    here.signal('a');
    here.signal('b');
    await pass();
    expect(seen).toEqual(['first']);
  });
});

describe('a Peer whose channel has closed', () => {
  it('fails with channel_closed, though another has its number', async () => {
    const { here, there, pass } = await virtualPair();
    const source = new Subject<string>();
    here.abort();
    await pass();
    for (const peer of [here, there]) {
      expect(thrownBy(() => peer.signal('x'))).toBe('channel_closed');
      expect(thrownBy(() => peer.respond(() => 'x'))).toBe('channel_closed');
      expect(record(peer.request('x')).lines).toEqual([expect.stringMatching(/^# channel_closed: /)]);
      expect(record(peer.request(source)).lines).toEqual([expect.stringMatching(/^# channel_closed: /)]);
      expect(record(peer.serve(() => 'x')).lines).toEqual(['|']);
      peer.abort();
      await peer.bye();
    }
    expect(source.observed).toBe(false);
  });

  it('sends nothing on a channel that got its number', async () => {
    const { peer, client, pass } = await plainPair();
    peer.abort();
    await pass();
    const { table } = client.engine.core.context;
    const other = table.get(peer.channelNumber);
    expect(other).toBeUndefined();
    peer.heartbeat();
    peer.abort();
    expect(thrownBy(() => peer.signal('x'))).toBe('channel_closed');
  });
});

it('requests of both sides with one id are each other’s business alone', async () => {
  const { here, there, pass } = await virtualPair();
  here.respond(() => 'from here');
  there.respond(() => 'from there');
  const ours = record(here.request('x', { messageId: 5 }));
  const theirs = record(there.request('x', { messageId: 5 }));
  await pass();
  expect([ours.lines, theirs.lines]).toEqual([
    ['Response "from there"', '|'],
    ['Response "from here"', '|'],
  ]);
});

it('handlers that ask back are answered, however deep', async () => {
  const { here, there, pass } = await virtualPair();
  const answer =
    (asker: typeof here) =>
    async (request: { first: { body: { text(): string } } }): Promise<string> => {
      const depth = Number(request.first.body.text());
      if (depth === 0) return 'bottom';
      let text = '';
      for await (const reply of asker.request(String(depth - 1))) text = reply.body.text();
      return text;
    };
  here.respond(answer(here));
  there.respond(answer(there));
  const reply = record(here.request('10'));
  await pass(100);
  expect(reply.lines).toEqual(['Response "bottom"', '|']);
});
