import { Subject } from 'rxjs';
import { type EngineOptions, OpCode, type Peer } from '../../lib/index.js';
import type { ChannelCredit } from '../../lib/engine/channel-credit.js';
import { record, type Side, virtualPair, type VirtualPair } from '../support/peers.js';

/** Pools that are not empty here. */
const ROOMY: EngineOptions = { initialPoolMsgs: 300, maxPoolMsgs: 300 };

/** The books of a Peer's channel. */
function booksOf({ engine, group }: Side, peer: Peer): ChannelCredit {
  const { credit } = group.core.connection(peer.channelNumber);
  if (credit === null) throw new Error(`no credit in engine ${String(engine.stats().channels.ready)}`);
  return credit;
}

/** What was granted on one side is consumed, held or still to be spent, and both sides have the same figures. */
function expectBalance({ client, server, here, there }: VirtualPair): void {
  const books = { here: booksOf(client, here), there: booksOf(server, there) };
  for (const [sender, receiver] of [
    [books.here.outgoing, books.there.incoming],
    [books.there.outgoing, books.here.incoming],
  ] as const) {
    // The hello took a slot and cost nothing: it is in the receiver's figures alone.
    const hello = 1;
    expect(receiver.granted - hello).toBe(sender.granted);
    expect(receiver.received - hello).toBe(sender.spent);
    expect(receiver.granted).toBe(receiver.consumed + receiver.held + sender.left);
  }
}

describe('two Peers', () => {
  it('give each other credit', async () => {
    const pair = await virtualPair();
    expect(booksOf(pair.client, pair.here).outgoing).toMatchObject({ granted: 64, spent: 0 });
    expect(booksOf(pair.server, pair.there).outgoing).toMatchObject({ granted: 64, spent: 0 });
    expect(pair.there.hello.textHeaders.get('rx-window')).toBe('64');
    expect(pair.here.hello.textHeaders.get('rx-window')).toBe('64');
  });

  it('offer no more than maxWindow, where that is less', async () => {
    const { here, there, client } = await virtualPair({
      engines: { maxWindow: 10 },
      server: { maxWindow: 7 },
    });
    expect(there.hello.textHeaders.get('rx-window')).toBe('10');
    expect(here.hello.textHeaders.get('rx-window')).toBe('7');
    expect(booksOf(client, here).outgoing.granted).toBe(7);
  });

  it('balance their books, whatever they say to each other', async () => {
    const pair = await virtualPair({ engines: ROOMY });
    const { here, there, pass } = pair;
    there.respond(request => request.first.body.text());
    here.respond(() => ['a', 'b', 'c'].join(''));
    const replies = [];
    for (let n = 0; n < 500; n++) {
      replies.push(record(here.request(String(n))));
      if (n % 3 === 0) replies.push(record(there.request(String(n))));
      if (n % 5 === 0) there.signal('tick');
    }
    await pass(200);
    expect(replies.filter(({ lines }) => lines.at(-1) === '|')).toHaveLength(replies.length);
    expectBalance(pair);
  });

  it('show a grant to nobody: neither to messages$ and signals$, nor to whoever reads their groups', async () => {
    const { here, there, client, server, pass } = await virtualPair({ engines: ROOMY });
    const seen = [
      record(here.messages$),
      record(here.signals$),
      record(there.messages$),
      record(client.group),
      record(server.group),
    ];
    for (let n = 0; n < 200; n++) here.signal('');
    await pass(20);
    expect(booksOf(client, here).outgoing.granted).toBeGreaterThan(200);
    expect(seen.map(({ lines }) => lines.filter(line => line !== 'Signal'))).toEqual(Array(5).fill([]));
    expect(seen.map(({ lines }) => lines.length)).toEqual([0, 0, 200, 0, 200]);
  });
});

describe('a request that waits for credit', () => {
  it('is taken out when it is unsubscribed, and nobody hears of it', async () => {
    const pair = await virtualPair({ engines: ROOMY });
    const { here, there, client, server, pass } = pair;
    for (let n = 0; n < 64; n++) record(here.request('waits for a reader'));
    const late = record(here.request('waits for credit'));
    const next = record(here.request('behind it'));
    await pass();
    expect(client.engine.stats().queuedBytes).toBe(16 + 16 + 16 + 9);
    late.unsubscribe();
    expect(client.engine.stats().queuedBytes).toBe(16 + 9);
    there.respond(request => request.first.body.text());
    await pass(50);
    expect(next.lines).toEqual(['Response "behind it"', '|']);
    expect(server.engine.stats()).toMatchObject({ signalsDropped: 0, requests: 0 });
    expectBalance(pair);
  });

  it('and is half sent, as an upload, loses the parts that wait; the cancel does not', async () => {
    const pair = await virtualPair({ engines: ROOMY });
    const { here, there, client, pass } = pair;
    const windows: ReturnType<typeof record>[] = [];
    const parts = new Subject<string>();
    const upload = record(here.request(parts));
    for (let n = 1; n <= 70; n++) parts.next(String(n));
    await pass();
    expect(client.engine.stats().queuedBytes).toBe(6 * 18);
    upload.unsubscribe();
    expect(booksOf(client, here).outgoing.spent).toBe(64);
    await pass();
    expect(client.engine.stats()).toMatchObject({ queuedBytes: 0, requests: 0 });
    there.requests$.subscribe(window => windows.push(record(window)));
    const next = record(here.request('next'));
    await pass(20);
    expect(windows.map(({ lines }) => lines)).toEqual([['Request "next"', '|']]);
    expect(next.lines).toEqual([]);
    expectBalance(pair);
  });
});

describe('a flood of what costs nothing', () => {
  it.each([
    ['rx-heartbeat', 0],
    ['rx-cancel', 1],
  ])('of %s, at a Peer, takes no slot and leaves nothing', async (header, dropped) => {
    const { here, there, client, server, pass } = await virtualPair();
    const { channelNumber } = here;
    for (let n = 0; n < 20_000; n++) {
      const signal = client.engine.get();
      signal.opCode = OpCode.Signal;
      signal.channelNumber = channelNumber;
      signal.messageId = n + 1;
      signal.textHeaders.append(header, '1');
      client.group.post(signal);
    }
    await pass(50);
    expect(server.engine.stats()).toMatchObject({
      messagesIn: 20_001,
      signalsDropped: dropped * 20_000,
      requests: 0,
      pausedChannels: 0,
    });
    expect(server.engine.stats().slots).toMatchObject({ used: 0, beyond: 0 });
    expect(booksOf(server, there).incoming).toMatchObject({ received: 1, consumed: 1, granted: 65 });
    expect(await server.group.waitReceive(0)).toBeNull();
  });
});
