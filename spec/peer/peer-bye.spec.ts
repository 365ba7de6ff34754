import { firstValueFrom, NEVER, Subject, tap } from 'rxjs';
import { OpCode, TofuError } from '../../lib/index.js';
import { comesTrue } from '../support/eventually.js';
import { networks } from '../support/networks.js';
import { pairOver, record, settled, virtualPair } from '../support/peers.js';
import { plainPair } from '../support/plain-peer.js';

describe.each(networks)('bye over $name', network => {
  it('loses no reply of a running handler, and no request of its own', async () => {
    const { here, there, client } = await pairOver(network);
    const go = new Subject<void>();
    const answer = async (): Promise<string> => {
      await firstValueFrom(go);
      return 'x'.repeat(50_000);
    };
    here.respond(answer);
    there.respond(answer);
    const ours = Array.from({ length: 10 }, () => record(here.request('ping')));
    const theirs = Array.from({ length: 10 }, () => record(there.request('ping')));
    await comesTrue(() => client.engine.stats().requests === 20);
    const leaving = here.bye();
    go.next();
    await leaving;
    for (const { lines } of [...ours, ...theirs]) expect([lines.length, lines[1]]).toEqual([2, '|']);
    expect(client.connecting.lines).toEqual(['Peer', '|']);
  });

  it('said by both sides at once closes both in order', async () => {
    const { here, there, client, server } = await pairOver(network);
    await Promise.all([here.bye('from here'), there.bye('from there')]);
    expect(client.connecting.lines).toEqual(['Peer', '|']);
    await comesTrue(
      () => server.engine.stats().channels.closing + server.engine.stats().channels.ready === 0,
    );
  });
});

describe('bye', () => {
  it('sends its payload behind everything that was posted before', async () => {
    const { peer, plain, pass } = await plainPair();
    peer.signal('before');
    const leaving = settled(peer.bye({ body: 'so long', headers: { reason: 'done' } }));
    await pass();
    expect(plain.heard()).toEqual(['Signal "before"', 'ByeRequest reason:done "so long"']);
    plain.say(OpCode.ByeResponse, undefined, { id: plain.ids.at(-1) as bigint });
    expect(leaving).toEqual([]);
    await pass();
    expect(leaving).toEqual(['undefined']);
  });

  it.each([
    ['headers that begin with rx-', { headers: { 'rx-a': '1' } }, 'not_allowed'],
    ['headers that can not be', { headers: { 'a:b': '1' } }, 'invalid_message'],
    ['what is no payload', 7 as unknown as string, 'invalid_message'],
  ])('is refused with %s, and may be said again', async (_name, payload, code) => {
    const { here, there, pass } = await virtualPair();
    there.respond(() => 'pong');
    await expect(here.bye(payload)).rejects.toMatchObject({ code });
    const reply = record(here.request('still here'));
    await pass();
    expect(reply.lines).toEqual(['Response "pong"', '|']);
    const leaving = settled(here.bye());
    await pass();
    expect(leaving).toEqual(['undefined']);
  });

  it('refuses new requests on both sides meanwhile, and those that wait for a reader', async () => {
    const { here, there, pass } = await virtualPair();
    const go = new Subject<string>();
    there.respond(() => firstValueFrom(go));
    const running = record(here.request('running'));
    const waiting = record(there.request('nobody reads'));
    await pass();
    const leaving = settled(here.bye());
    await pass();
    const late = record(there.request('late'));
    const own = record(here.request('own'));
    await pass();
    expect(waiting.lines).toEqual(['# processing_failed: closing']);
    expect(late.lines).toEqual(['# processing_failed: closing']);
    expect(own.lines).toEqual(['# channel_closed: bye() was called on this peer']);
    expect([running.lines, leaving]).toEqual([[], []]);
    go.next('done');
    await pass();
    expect([running.lines, leaving]).toEqual([['Response "done"', '|'], ['undefined']]);
  });

  it('lets signals through until its ByeRequest is posted', async () => {
    const { here, there, pass } = await virtualPair();
    const go = new Subject<string>();
    here.respond(() => firstValueFrom(go));
    const signals = record(there.signals$);
    const reply = record(there.request('ping'));
    await pass();
    void here.bye();
    here.signal('meanwhile');
    await pass();
    go.next('done');
    await Promise.resolve();
    await Promise.resolve();
    expect(() => here.signal('too late')).toThrow(TofuError);
    await pass();
    expect(signals.lines).toEqual(['Signal "meanwhile"', '|']);
    expect(reply.lines).toEqual(['Response "done"', '|']);
  });

  it('a second time is the first one', async () => {
    const { here, pass } = await virtualPair();
    const first = here.bye('one');
    expect(here.bye('two')).toBe(first);
    await pass();
    await first;
    expect(here.bye()).toBe(first);
  });

  it('on a dead peer resolves at once', async () => {
    const { here, net, pass } = await virtualPair();
    net.disconnect(here);
    await pass();
    await here.bye();
    here.abort();
  });

  it('with a signal gives up waiting, not the bye', async () => {
    const { here, client, pass } = await virtualPair();
    const controller = new AbortController();
    const leaving = settled(here.bye(undefined, { signal: controller.signal }));
    const before = settled(here.bye(undefined, { signal: AbortSignal.abort(new Error('before')) }));
    controller.abort(new Error('enough'));
    await pass();
    expect([leaving, before]).toEqual([['# enough'], ['# before']]);
    expect(client.connecting.lines).toEqual(['Peer', '|']);
  });

  it('that nobody answers ends after byeTimeout, in order: this side wanted to go', async () => {
    const { peer, connecting, pass } = await plainPair({ byeTimeout: 100 });
    const leaving = settled(peer.bye());
    await pass(99);
    expect(leaving).toEqual([]);
    await pass(2);
    expect(leaving).toEqual(['undefined']);
    expect(connecting.lines).toEqual(['Peer', '|']);
  });

  it('is answered by a Peer by itself, behind its running handlers', async () => {
    const { peer, plain, connecting, pass } = await plainPair();
    const go = new Subject<string>();
    peer.respond(() => firstValueFrom(go));
    plain.request('running', { id: 1 });
    await pass();
    plain.say(OpCode.ByeRequest, undefined, { id: 77 });
    await pass();
    expect(plain.heard()).toEqual([]);
    go.next('done');
    await pass();
    expect(plain.heard()).toEqual(['Response "done"', 'ByeResponse', 'engine: Signal channel_closed']);
    expect(plain.ids.at(-2)).toBe(77n);
    expect(connecting.lines).toEqual(['Peer', '|']);
  });

  it('said while the other side’s waits for handlers is the answer to it', async () => {
    const { peer, plain, pass } = await plainPair();
    const go = new Subject<string>();
    peer.respond(() => firstValueFrom(go));
    plain.request('running', { id: 1 });
    await pass();
    plain.say(OpCode.ByeRequest);
    await pass(1);
    const leaving = settled(peer.bye());
    go.next('done');
    await pass();
    expect(plain.heard()).toEqual(['Response "done"', 'ByeResponse', 'engine: Signal channel_closed']);
    expect(leaving).toEqual(['undefined']);
  });

  it('that waits for its own requests answers the other side’s when that comes first', async () => {
    const { peer, plain, pass } = await plainPair();
    const reply = record(peer.request('ping'));
    await pass();
    const leaving = settled(peer.bye());
    plain.say(OpCode.ByeRequest);
    await pass();
    expect(reply.lines).toEqual(['# channel_closed: the peer has said bye']);
    expect(plain.heard()).toEqual(['Request "ping"', 'ByeResponse', 'engine: Signal channel_closed']);
    expect(leaving).toEqual(['undefined']);
  });

  it('drops Requests that come behind its ByeRequest, and frees their slots', async () => {
    const { peer, plain, client, pass } = await plainPair();
    let served = 0;
    peer.respond(() => String(++served));
    const leaving = settled(peer.bye());
    await pass(1);
    for (const id of [1, 2, 3]) plain.request('late', { id });
    await pass();
    expect(served).toBe(0);
    expect(client.engine.stats()).toMatchObject({ requests: 0 });
    expect(client.engine.stats().slots.used).toBe(0);
    plain.say(OpCode.ByeResponse, undefined, { id: plain.ids.at(-1) as bigint });
    await pass();
    expect(leaving).toEqual(['undefined']);
  });

  it('may be said within a handler, which still answers', async () => {
    const { here, there, client, pass } = await virtualPair();
    there.respond(() => {
      void there.bye('done with you');
      return 'the last word';
    });
    const reply = record(here.request('ping'));
    await pass();
    expect(reply.lines).toEqual(['Response "the last word"', '|']);
    expect(client.connecting.lines).toEqual(['Peer', '|']);
  });

  it('may be said within the last frame of a reply', async () => {
    const { here, there, client, pass } = await virtualPair();
    there.respond(() => 'pong');
    const reply = record(here.request('ping').pipe(tap(() => void here.bye())));
    await pass();
    expect(reply.lines).toEqual(['Response "pong"', '|']);
    expect(client.connecting.lines).toEqual(['Peer', '|']);
  });

  it('waits for a handler that streams, and its stream is whole', async () => {
    const { here, there, pass } = await virtualPair();
    const values = new Subject<string>();
    there.respond(() => values);
    const reply = record(here.request('all'));
    await pass();
    const leaving = settled(there.bye());
    for (const text of ['a', 'b']) {
      values.next(text);
      await pass();
    }
    expect(leaving).toEqual([]);
    values.complete();
    await pass();
    expect(reply.lines).toEqual(['Response+ "a"', 'Response+ "b"', '|']);
    expect(leaving).toEqual(['undefined']);
  });

  it('is cut short by abort()', async () => {
    const { here, there, client, pass } = await virtualPair();
    here.respond(() => NEVER);
    record(there.request('ping'));
    await pass();
    const leaving = settled(here.bye());
    await pass();
    here.abort();
    await pass();
    expect(leaving).toEqual(['undefined']);
    expect(client.connecting.lines).toEqual(['Peer', '|']);
  });
});
