import { firstValueFrom, forkJoin, NEVER, Subject, take, takeUntil } from 'rxjs';
import { record, settled, virtualPair } from '../support/peers.js';
import { plainPair } from '../support/plain-peer.js';

/** A body so big that the link takes nothing behind it while the network is parted. */
const BIG = 'x'.repeat(65_535);

describe('unsubscribing a request', () => {
  it('takes one back that has not left, and the peer hears nothing of it', async () => {
    const { peer, plain, client, pass } = await plainPair();
    record(peer.request('before'));
    const reply = record(peer.request('taken back'));
    record(peer.request('behind'));
    reply.unsubscribe();
    expect(client.engine.stats().requests).toBe(2);
    await pass();
    expect(plain.heard()).toEqual(['Request "before"', 'Request "behind"']);
    expect(reply.lines).toEqual([]);
  });

  it('takes it back however many wait, and makes room for others', async () => {
    const { peer, plain, client, server, net, pass } = await plainPair({ maxQueuedBytes: 200_000 });
    net.partition(client.engine, server.engine);
    record(peer.request(BIG));
    const queued = [record(peer.request(BIG)), record(peer.request('small')), record(peer.request(BIG))];
    const writable = record(peer.writable$);
    const waiting = settled(client.group.writable(peer.channelNumber));
    await pass(0);
    expect(writable.lines).toEqual(['false']);
    queued[0]?.unsubscribe();
    expect(writable.lines).toEqual(['false', 'true']);
    await pass(0);
    expect(waiting).toEqual(['undefined']);
    queued[2]?.unsubscribe();
    expect(client.engine.stats().queuedBytes).toBe('small'.length + 16);
    for (let n = 0; n < 5_000; n++) record(peer.request('again and again')).unsubscribe();
    expect(client.engine.stats().queuedBytes).toBe('small'.length + 16);
    net.heal(client.engine, server.engine);
    await pass();
    expect(plain.heard().map(line => line.length)).toEqual([50, 15]);
  });

  it('tells the peer that nobody wants the reply of one that has left, and drops it', async () => {
    const { peer, plain, client, pass } = await plainPair();
    const reply = record(peer.request('ping'));
    await pass();
    reply.unsubscribe();
    await pass();
    expect(plain.heard()).toEqual(['Request "ping"', 'Signal rx-cancel:1']);
    const [request, cancel] = plain.ids.slice(-2);
    expect(cancel).toBe(request);
    plain.response(request as bigint, 'late', { more: true });
    plain.response(request as bigint, 'later');
    await pass();
    expect(reply.lines).toEqual([]);
    expect(client.engine.stats()).toMatchObject({ lateReplies: 2, requests: 0 });
    expect(client.engine.stats().slots.used).toBe(0);
  });

  it('says nothing when the last frame of the reply is there: take(1) costs no Signal', async () => {
    const { peer, plain, server, pass } = await plainPair();
    const reply = record(peer.request('ping').pipe(take(1)));
    await pass();
    plain.response(plain.ids.at(-1) as bigint, 'pong');
    await pass();
    expect(reply.lines).toEqual(['Response "pong"', '|']);
    expect(plain.heard()).toEqual(['Request "ping"']);
    expect(server.engine.stats().messagesIn).toBe(2);
  });

  it('within an earlier frame cancels the rest', async () => {
    const { peer, plain, pass } = await plainPair();
    const reply = record(peer.request('ping').pipe(take(1)));
    await pass();
    plain.response(plain.ids.at(-1) as bigint, 'one', { more: true });
    await pass();
    expect(reply.lines).toEqual(['Response+ "one"', '|']);
    expect(plain.heard()).toEqual(['Request "ping"', 'Signal rx-cancel:1']);
  });

  it('before it could begin sends nothing', async () => {
    const { peer, plain, client, pass } = await plainPair();
    const over = new Subject<void>();
    peer.request('ping').pipe(takeUntil(over)).subscribe().unsubscribe();
    await firstValueFrom(forkJoin([peer.request('a'), Promise.reject(new Error('no'))])).catch(
      () => undefined,
    );
    const request = peer.request('never');
    const subscription = NEVER.subscribe();
    subscription.unsubscribe();
    subscription.add(request.subscribe());
    await pass();
    expect(plain.heard()).toEqual([]);
    expect(client.engine.stats().requests).toBe(0);
  });

  it('cancels an upload by a Signal, for its frames can not be taken back one by one', async () => {
    const { peer, plain, client, pass } = await plainPair();
    const source = new Subject<string>();
    const reply = record(peer.request(source));
    source.next('one');
    source.next('two');
    await pass();
    source.next('three');
    reply.unsubscribe();
    expect(source.observed).toBe(false);
    await pass();
    expect(plain.heard()).toEqual(['Request+ "one"', 'Request+ "two"', 'Signal rx-cancel:1']);
    expect(client.engine.stats().requests).toBe(0);
  });

  it('cancels nothing of an upload that has sent nothing', async () => {
    const { peer, plain, pass } = await plainPair();
    const source = new Subject<string>();
    record(peer.request(source)).unsubscribe();
    const early = record(peer.request(source));
    source.next('waits for the write');
    early.unsubscribe();
    await pass();
    expect(plain.heard()).toEqual([]);
    expect(source.observed).toBe(false);
  });
});

describe('the signal of a request', () => {
  it('gives it up, and errors with its reason', async () => {
    const { peer, plain, client, pass } = await plainPair();
    const controller = new AbortController();
    const remove = jest.spyOn(controller.signal, 'removeEventListener');
    const reply = record(peer.request('ping', { signal: controller.signal }));
    await pass();
    controller.abort(new Error('enough'));
    expect(reply.lines).toEqual(['# enough']);
    expect(remove).toHaveBeenCalledTimes(1);
    expect(client.engine.stats().requests).toBe(0);
    await pass();
    expect(plain.heard()).toEqual(['Request "ping"', 'Signal rx-cancel:1']);
  });

  it('that has aborted before lets nothing be sent', async () => {
    const { peer, plain, client, pass } = await plainPair();
    const reply = record(peer.request('ping', { signal: AbortSignal.abort(new Error('before')) }));
    expect(reply.lines).toEqual(['# before']);
    expect(client.engine.stats().requests).toBe(0);
    await pass();
    expect(plain.heard()).toEqual([]);
  });

  it('is let go of when the reply has come', async () => {
    const { here, there, pass } = await virtualPair();
    there.respond(() => 'pong');
    const controller = new AbortController();
    const remove = jest.spyOn(controller.signal, 'removeEventListener');
    const reply = record(here.request('ping', { signal: controller.signal }));
    await pass();
    expect(remove).toHaveBeenCalledTimes(1);
    controller.abort();
    expect(reply.lines).toEqual(['Response "pong"', '|']);
  });
});
