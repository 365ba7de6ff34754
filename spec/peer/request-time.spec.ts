import { Subject } from 'rxjs';
import type { Hold, Peer } from '../../lib/index.js';
import { record, type Recording } from '../support/peers.js';
import { plainPair } from '../support/plain-peer.js';

const TIMED_OUT = ['# communication_failed: no reply to the request within 50 ms'];

function timed(peer: Peer, upload: Parameters<Peer['request']>[0] = 'ping'): Recording {
  return record(peer.request(upload, { timeout: 50 }));
}

/** A body so big that the link takes nothing behind it while the network is parted. */
const BIG = 'x'.repeat(65_535);

describe('the time-out of a request', () => {
  it('errors with communication_failed, and cancels the request', async () => {
    const { peer, plain, client, pass } = await plainPair();
    const reply = timed(peer);
    await pass(49);
    expect(reply.lines).toEqual([]);
    await pass(1);
    expect(reply.lines).toEqual(TIMED_OUT);
    expect(client.engine.stats().requests).toBe(0);
    await pass();
    expect(plain.heard()).toEqual(['Request "ping"', 'Signal rx-cancel:1']);
    plain.response(plain.ids.at(-2) as bigint, 'late');
    await pass();
    expect(client.engine.stats().lateReplies).toBe(1);
  });

  it('is 30 s where nothing is said', async () => {
    const { peer, pass } = await plainPair();
    const reply = record(peer.request('ping'));
    await pass(29_999);
    expect(reply.lines).toEqual([]);
    await pass(1);
    expect(reply.lines).toEqual(['# communication_failed: no reply to the request within 30000 ms']);
  });

  it.each([0, Infinity])('that is %s never comes', async timeout => {
    const { peer, client, pass } = await plainPair();
    const reply = record(peer.request('ping', { timeout }));
    await pass(1_000_000);
    expect(reply.lines).toEqual([]);
    expect(client.engine.core.context.deadlines.size).toBe(0);
  });

  it.each([-1, NaN])('that is %s is refused', async timeout => {
    const { peer, client } = await plainPair();
    expect(record(peer.request('ping', { timeout })).lines).toEqual([
      `# not_allowed: option timeout is ${String(timeout)}, which is not a number of 0 or more`,
    ]);
    expect(client.engine.stats().requests).toBe(0);
  });

  it('begins anew with each frame of the reply, and each Signal with its id', async () => {
    const { peer, plain, pass } = await plainPair();
    const reply = timed(peer);
    await pass();
    const id = plain.ids.at(-1) as bigint;
    await pass(35);
    plain.response(id, 'one', { more: true });
    await pass(48);
    plain.signal('going on', { id });
    await pass(48);
    plain.signal('of another', { id: id + 1n });
    expect(reply.lines).toEqual(['Response+ "one"']);
    await pass(2);
    expect(reply.lines).toEqual(['Response+ "one"']);
    await pass(1);
    expect(reply.lines.slice(1)).toEqual(TIMED_OUT);
  });

  it('is each request’s own', async () => {
    const { peer, plain, pass } = await plainPair();
    const first = timed(peer);
    await pass(20);
    const second = timed(peer);
    const short = record(peer.request('ping', { timeout: 5 }));
    await pass(5);
    expect(short.lines).toHaveLength(1);
    await pass(25);
    expect([first.lines, second.lines]).toEqual([TIMED_OUT, []]);
    plain.response(plain.ids.at(-3) as bigint, 'in time');
    await pass(30);
    expect(second.lines).toEqual(['Response "in time"', '|']);
  });

  it('begins when the request has left, not when it was accepted', async () => {
    const { peer, plain, client, server, net, pass } = await plainPair();
    net.partition(client.engine, server.engine);
    record(peer.request(BIG, { timeout: 0 }));
    peer.signal('fills what is left');
    await pass(0);
    const reply = timed(peer);
    await pass(500);
    expect(reply.lines).toEqual([]);
    net.heal(client.engine, server.engine);
    await pass(49);
    expect(reply.lines).toEqual([]);
    await pass(1);
    expect(reply.lines).toEqual(TIMED_OUT);
    expect(plain.heard().slice(2)).toEqual(['Request "ping"']);
  });

  it('begins for those behind one that was taken back, too', async () => {
    const { peer, client, server, net, pass } = await plainPair();
    net.partition(client.engine, server.engine);
    record(peer.request(BIG, { timeout: 0 }));
    peer.signal('fills what is left');
    await pass(0);
    const before = timed(peer, 'before');
    const taken = timed(peer, 'taken back');
    const behind = timed(peer, 'behind');
    taken.unsubscribe();
    await pass(500);
    expect([before.lines, behind.lines]).toEqual([[], []]);
    net.heal(client.engine, server.engine);
    await pass(50);
    expect([before.lines, behind.lines]).toEqual([TIMED_OUT, TIMED_OUT]);
  });

  it('begins for a request so big that it leaves within its post', async () => {
    const { peer, pass } = await plainPair();
    const reply = timed(peer, 'x'.repeat(20_000));
    await pass(50);
    expect(reply.lines).toEqual(TIMED_OUT);
  });

  it('begins with the last frame of an upload', async () => {
    const { peer, pass } = await plainPair();
    const source = new Subject<string>();
    const reply = timed(peer, source);
    source.next('one');
    await pass(500);
    source.next('two');
    source.complete();
    await pass(49);
    expect(reply.lines).toEqual([]);
    await pass(1);
    expect(reply.lines).toEqual(TIMED_OUT);
  });

  it('stands still while the channel is not read', async () => {
    const { peer, plain, client, pass } = await plainPair({
      initialPoolMsgs: 1,
      maxPoolMsgs: 1,
      stallTimeout: Infinity,
    });
    const holds: Hold[] = [];
    client.group.subscribe(message => holds.push(message.retain()));
    const first = timed(peer);
    const second = timed(peer);
    await pass(30);
    const [one, two] = plain.ids.slice(-2) as [bigint, bigint];
    plain.signal('holds the one slot');
    plain.signal('is parked');
    plain.response(one, 'is held beyond the pool', { more: true });
    plain.response(one, 'is behind as many answers as may be held');
    await pass(1);
    expect(first.lines).toEqual(['Response+ "is held beyond the pool"']);
    await pass(500);
    expect(second.lines).toEqual([]);
    for (const hold of holds) hold[Symbol.dispose]();
    await pass(0);
    expect(first.lines.slice(1)).toEqual(['Response "is behind as many answers as may be held"', '|']);
    await pass(18);
    expect([second.lines, two > one]).toEqual([[], true]);
    await pass(1);
    expect(second.lines).toEqual(TIMED_OUT);
    for (const hold of holds) hold[Symbol.dispose]();
  });

  it('costs no timer when nothing is under way any more', async () => {
    const { peer, plain, client, pass } = await plainPair();
    const reply = timed(peer);
    await pass(5);
    plain.response(plain.ids.at(-1) as bigint, 'pong');
    await pass(100);
    expect(reply.lines).toHaveLength(2);
    expect(client.engine.core.context.deadlines.size).toBe(0);
  });
});
