import { type Hold, OpCode } from '../../lib/index.js';
import { channelOf } from '../support/credit-pairs.js';
import { frame, record, type Recording } from '../support/peers.js';
import { type PlainPair, plainPair } from '../support/plain-peer.js';

interface Waiting extends PlainPair {
  /** A request of the Peer's, and its id. */
  readonly asked: Recording;
  readonly id: bigint;
  /** What the Peer has been given, oldest first. */
  readonly seen: string[];
  /** Lets go of every slot, from now on. */
  letGo(): void;
  readonly parkedBytes: () => number;
}

/** A Peer that awaits an answer, and all whose slots are held: what comes is parked. */
async function waiting(
  options: { slots?: number; maxParkedBytes?: number; timeout?: number } = {},
): Promise<Waiting> {
  const { slots = 1, timeout = 0, maxParkedBytes = 0 } = options;
  const pair = await plainPair({
    initialPoolMsgs: slots,
    maxPoolMsgs: slots,
    maxParkedBytes,
    stallTimeout: Infinity,
  });
  const { peer, plain, client, pass } = pair;
  const seen: string[] = [];
  const holds: Hold[] = [];
  let isHolding = true;
  peer.messages$.subscribe(message => {
    seen.push(frame(message));
    if (isHolding && message.opCode === OpCode.Signal) holds.push(message.retain());
  });
  const asked = record(peer.request('ask', { timeout }));
  await pass();
  const id = plain.ids.at(-1) as bigint;
  plain.heard();
  for (let n = 0; n < slots; n++) plain.signal('takes a slot');
  await pass();
  seen.length = 0;
  const letGo = (): void => {
    isHolding = false;
    for (const hold of holds.splice(0)) hold[Symbol.dispose]();
  };
  const channel = channelOf(client, peer);
  return { ...pair, asked, id, seen, letGo, parkedBytes: () => channel.reader.overdraft.parkedBytes };
}

describe('a channel that waits for slots, and a request of ours for its answer', () => {
  it('delivers the answer, and parks what stands before it', async () => {
    const { plain, pass, asked, id, seen, parkedBytes, letGo } = await waiting();
    plain.signal('one');
    plain.request('two');
    plain.response(id, 'answer');
    await pass();
    expect([asked.lines, seen, parkedBytes()]).toEqual([
      ['Response "answer"', '|'],
      ['Response "answer"'],
      2 * (16 + 3),
    ]);
    letGo();
    await pass();
    expect([seen, parkedBytes()]).toEqual([['Response "answer"', 'Signal "one"', 'Request "two"'], 0]);
  });

  it('keeps the order of what is parked, and of what comes behind it', async () => {
    const { plain, pass, seen, letGo } = await waiting();
    for (const text of ['1', '2', '3', '4']) plain.signal(text);
    await pass();
    expect(seen).toEqual([]);
    letGo();
    plain.signal('5');
    await pass();
    expect(seen).toEqual(['1', '2', '3', '4', '5'].map(text => `Signal "${text}"`));
  });

  it('drops a parked request that is cancelled, parts and all, and no other', async () => {
    const { plain, pass, seen, letGo, parkedBytes } = await waiting();
    plain.request('part', { id: 7, more: true });
    plain.request('other', { id: 8 });
    plain.request('last part', { id: 7 });
    await pass();
    plain.signal({ headers: { 'rx-cancel': '1' } }, { id: 7 });
    await pass();
    expect(parkedBytes()).toBe(16 + 'other'.length);
    letGo();
    await pass();
    expect(seen).toEqual(['Signal rx-cancel:1', 'Request "other"']);
  });

  it('gives a handler all parts of an upload that was parked', async () => {
    const { peer, plain, pass, letGo } = await waiting();
    peer.respond(async request => {
      const texts: string[] = [];
      for await (const part of request) texts.push(part.body.text());
      return texts.join('+');
    });
    plain.request('a', { id: 7, more: true });
    plain.request('b', { id: 7, more: true });
    plain.request('c', { id: 7 });
    await pass();
    expect(plain.heard()).toEqual([]);
    letGo();
    await pass();
    expect(plain.heard()).toEqual(['Response "a+b+c"']);
  });

  it('turns Requests away past maxParkedBytes, with all their parts, and drops and counts Signals', async () => {
    const { peer, plain, client, pass, seen, letGo } = await waiting({ maxParkedBytes: 2 * (16 + 4) });
    peer.respond(() => 'handled');
    const droppedBefore = client.engine.stats().signalsDropped;
    plain.request('fits', { id: 7 });
    plain.request('part', { id: 8, more: true });
    plain.request('over', { id: 8, more: true });
    plain.request('part', { id: 8 });
    plain.request('fits', { id: 9 });
    plain.request('over', { id: 10 });
    plain.signal('over');
    await pass();
    expect(plain.heard()).toEqual(['Response rx-error:busy', 'Response rx-error:busy']);
    expect(client.engine.stats().signalsDropped - droppedBefore).toBe(1);
    letGo();
    await pass();
    // The end of the one that was turned away is no request of its own.
    expect(seen).toEqual(['Request "fits"', 'Request "fits"']);
    expect(plain.heard()).toEqual(['Response "handled"', 'Response "handled"']);
  });

  it('delivers what is parked, then a ByeRequest behind it', async () => {
    const { peer, plain, pass, seen, letGo } = await waiting();
    plain.signal('before');
    plain.say(OpCode.ByeRequest, 'bye');
    await pass();
    const closed = record(peer.closed$);
    expect([seen, closed.lines]).toEqual([[], []]);
    letGo();
    await pass();
    expect(seen).toEqual(['Signal "before"', 'ByeRequest "bye"', 'Signal']);
    expect(closed.lines).toEqual(['Signal', '|']);
  });

  it('delivers what is parked, then the end, behind a reset', async () => {
    const { peer, plain, net, pass, seen, letGo } = await waiting();
    plain.signal('before');
    await pass();
    net.disconnect(peer);
    await pass();
    expect(seen).toEqual([]);
    letGo();
    await pass();
    expect(seen).toEqual(['Signal "before"', 'Signal']);
  });

  it('holds at most as many answers beyond the pool as it has slots', async () => {
    const { peer, plain, client, pass, id, asked, letGo } = await waiting({ slots: 3 });
    const holds: Hold[] = [];
    peer.messages$.subscribe(message => {
      if (message.opCode === OpCode.Response) holds.push(message.retain());
    });
    for (let n = 0; n < 9; n++) plain.response(id, String(n), { more: n < 8 });
    await pass();
    expect(client.engine.stats().slots).toEqual({ free: 0, used: 3, beyond: 3, max: 3 });
    expect(asked.lines).toHaveLength(3);
    letGo();
    for (let round = 0; round < 3; round++) {
      for (const hold of holds) hold[Symbol.dispose]();
      await pass();
    }
    expect(asked.lines.at(-1)).toBe('|');
    for (const hold of holds) hold[Symbol.dispose]();
  });

  it('runs the time-out of the request while it reads on', async () => {
    const { asked, plain, pass, letGo } = await waiting({ timeout: 100 });
    plain.signal('is parked');
    await pass(100);
    expect(asked.lines).toEqual(['# communication_failed: no reply to the request within 100 ms']);
    letGo();
    await pass();
  });
});
