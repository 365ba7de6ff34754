import { firstValueFrom, map, NEVER, of, Subject, take, throwError } from 'rxjs';
import { Status, TofuError } from '../../lib/index.js';
import { BIG, lineOfError, type Pair, record, virtualPair } from '../support/peers.js';
import { plainPair } from '../support/plain-peer.js';
import { countPublished, listenTo, type Seen, Watch } from '../support/watching.js';

/** An event of a request as a spec reads it: `start`, or `end` with its outcome and its error. */
function lineOfEvent(event: object): string {
  const { event: name, outcome, error } = event as { event: string; outcome?: string; error?: unknown };
  if (name === 'request:start') return 'start';
  return `end ${String(outcome)}${error === undefined ? '' : `: ${lineOfError(error)}`}`;
}

function linesOf(watch: Watch, { client, server }: Pair): { out: string[]; in: string[] } {
  return {
    out: watch.of(client.engine).map(lineOfEvent),
    in: watch.of(server.engine).map(lineOfEvent),
  };
}

/** A pair whose requests are watched. */
async function watchedPair(
  options?: Parameters<typeof virtualPair>[0],
): Promise<Awaited<ReturnType<typeof virtualPair>> & { watch: Watch }> {
  const pair = await virtualPair(options);
  return { ...pair, watch: new Watch('request:start', 'request:end') };
}

describe('the events of a request', () => {
  it('are a start and an end on each side, with its channel, its direction and its id', async () => {
    const { watch, here, there, client, server, pass } = await watchedPair();
    there.respond(() => 'pong');
    const reply = record(here.request('ping', { messageId: 7 }));
    const out = { channelNumber: here.channelNumber, direction: 'out', messageId: 7n };
    expect(watch.of(client.engine)).toEqual([{ event: 'request:start', ...out }]);
    expect(watch.of(server.engine)).toEqual([]);
    await pass();
    expect(reply.lines).toEqual(['Response "pong"', '|']);
    expect(watch.of(client.engine)).toEqual([
      { event: 'request:start', ...out },
      { event: 'request:end', ...out, outcome: 'completed' },
    ]);
    const coming = { channelNumber: there.channelNumber, direction: 'in', messageId: 7n };
    expect(watch.of(server.engine)).toEqual([
      { event: 'request:start', ...coming },
      { event: 'request:end', ...coming, outcome: 'completed' },
    ]);
  });

  it('are one object where its start was listened to, and the end alone where it was not', async () => {
    const { here, there, pass } = await virtualPair();
    there.respond(() => 'pong');
    const early = new Subject<string>();
    record(here.request(early));
    const watch = new Watch('request:start', 'request:end');
    record(here.request('ping'));
    await pass();
    const [out, coming] = watch.objects('request:start') as [Seen, Seen];
    expect(watch.objects('request:end')).toEqual([coming, out]);
    expect(watch.objects('request:end')[1]).toBe(out);
    expect(watch.objects('request:end')[0]).toBe(coming);
    early.complete();
    await pass();
    expect(watch.objects('request:end').slice(2)).toMatchObject([
      { direction: 'in', outcome: 'completed' },
      { direction: 'out', outcome: 'completed' },
    ]);
  });

  it('are one start and one end however many frames go both ways', async () => {
    const { watch, here, there, pass, ...pair } = await watchedPair();
    there.respond(request => request.pipe(map(message => message.body.text())));
    const reply = record(here.request(of('a', 'b', 'c')));
    await pass();
    expect(reply.lines).toHaveLength(4);
    expect(linesOf(watch, { here, there, ...pair })).toEqual({
      out: ['start', 'end completed'],
      in: ['start', 'end completed'],
    });
  });

  it('come in the order of what happens: the start before the handler, the end before the subscriber hears of it', async () => {
    const { here, there, client, pass } = await virtualPair();
    const order: string[] = [];
    for (const name of ['request:start', 'request:end'] as const) {
      listenTo(name, ({ engine }) => order.push(`${engine === client.engine ? 'out' : 'in'} ${name}`));
    }
    there.respond(() => {
      order.push('handler');
      return 'pong';
    });
    here.request('ping').subscribe({ complete: () => order.push('complete') });
    await pass();
    expect(order).toEqual([
      'out request:start',
      'in request:start',
      'handler',
      'in request:end',
      'out request:end',
      'complete',
    ]);
  });

  it('end with the error of the handler itself on its side, and with what crossed on the other', async () => {
    const { watch, here, there, pass, ...pair } = await watchedPair();
    there.respond(() => throwError(() => new RangeError('of the handler')));
    record(here.request('ping'));
    await pass();
    expect(linesOf(watch, { here, there, ...pair })).toEqual({
      out: ['start', 'end failed: processing_failed: internal error'],
      in: ['start', 'end failed: of the handler'],
    });
  });

  it('end cancelled on both sides where the requester leaves early', async () => {
    const { watch, here, there, pass, ...pair } = await watchedPair();
    there.respond(() => NEVER);
    const reply = record(here.request('ping'));
    await pass();
    reply.unsubscribe();
    expect(linesOf(watch, { here, there, ...pair })).toEqual({
      out: ['start', 'end cancelled'],
      in: ['start'],
    });
    await pass();
    expect(linesOf(watch, { here, there, ...pair }).in).toEqual(['start', 'end cancelled']);
  });

  it('end completed where the requester leaves on seeing the last frame', async () => {
    const { watch, here, there, client, pass } = await watchedPair();
    there.respond(() => 'pong');
    record(here.request('ping').pipe(take(1)));
    await pass();
    expect(watch.of(client.engine).map(lineOfEvent)).toEqual(['start', 'end completed']);
  });

  it('end with its time-out where no reply comes, and with the reason of a signal that gives it up', async () => {
    const { peer, client, pass } = await plainPair();
    const watch = new Watch('request:start', 'request:end');
    record(peer.request('ping', { timeout: 5 }));
    const abort = new AbortController();
    record(peer.request('ping', { signal: abort.signal }));
    abort.abort(new Error('no more'));
    await pass();
    expect(watch.of(client.engine).map(lineOfEvent)).toEqual([
      'start',
      'start',
      'end failed: no more',
      'end failed: communication_failed: no reply to the request within 5 ms',
    ]);
  });

  it('end with channel_closed on both sides where the connection is lost, before its close', async () => {
    const { here, there, net, pass, ...pair } = await virtualPair();
    const watch = new Watch();
    there.respond(() => NEVER);
    record(here.request('ping'));
    await pass();
    net.disconnect(here);
    await pass();
    for (const { engine } of [pair.client, pair.server]) {
      expect(watch.of(engine)).toMatchObject([
        { event: 'request:start' },
        { event: 'request:end', outcome: 'failed', error: { code: 'channel_closed' } },
        { event: 'close' },
      ]);
    }
  });

  it('end when the reply has left, not when the handler is through', async () => {
    const { watch, here, there, client, server, net, pass } = await watchedPair();
    const go = new Subject<string>();
    there.respond(() => go.pipe(take(1)));
    for (let n = 0; n < 3; n++) record(here.request(String(n)));
    await pass();
    net.partition(client.engine, server.engine);
    go.next(BIG);
    await pass();
    const ended = (): number => watch.namesOf(server.engine).filter(name => name === 'request:end').length;
    expect(ended()).toBeLessThan(3);
    net.heal(client.engine, server.engine);
    await pass();
    expect(ended()).toBe(3);
  });

  it('do not come for a request that never began', async () => {
    const { watch, here, client } = await watchedPair({ engines: { maxRequests: 1 } });
    record(here.request('one'));
    expect(record(here.request('over')).lines).toEqual([expect.stringMatching('^# pool_empty')]);
    expect(record(here.request('x', { timeout: -1 })).lines).toEqual([expect.stringMatching('^# ')]);
    expect(watch.namesOf(client.engine)).toEqual(['request:start']);
  });

  it('come for one that the peer turns away, and say so', async () => {
    const { watch, here, there, pass, ...pair } = await watchedPair({ server: { maxRequests: 1 } });
    there.respond(() => NEVER);
    record(here.request('one'));
    record(here.request('two'));
    await pass();
    expect(linesOf(watch, { here, there, ...pair })).toEqual({
      out: ['start', 'start', 'end failed: processing_failed: busy'],
      in: ['start', 'start', 'end failed: pool_empty: busy'],
    });
  });

  it('are as many as stats().requests counts', async () => {
    const { watch, here, there, client, pass } = await watchedPair();
    const go = new Subject<string>();
    there.respond(() => firstValueFrom(go));
    for (let n = 0; n < 3; n++) record(here.request('ping'));
    await pass();
    const underWay = (): number =>
      watch.namesOf(client.engine).reduce((sum, name) => sum + (name === 'request:start' ? 1 : -1), 0);
    expect([underWay(), client.engine.stats().requests]).toEqual([3, 3]);
    go.next('pong');
    await pass();
    expect([underWay(), client.engine.stats().requests]).toEqual([0, 0]);
  });
});

describe('who listens to requests', () => {
  it('may give the request up within its start: it ends with that, and nothing is sent', async () => {
    const { here, client, pass } = await virtualPair();
    const watch = new Watch('request:start', 'request:end');
    const sent = client.engine.stats().messagesOut;
    const leave = new AbortController();
    listenTo('request:start', () => {
      leave.abort(new TofuError(Status.notAllowed, 'not now'));
    });
    const reply = record(here.request('ping', { signal: leave.signal }));
    await pass();
    expect(reply.lines).toEqual(['# not_allowed: not now']);
    expect(watch.of(client.engine).map(lineOfEvent)).toEqual(['start', 'end failed: not_allowed: not now']);
    expect(client.engine.stats().messagesOut).toBe(sent);
  });

  it.each(['request:start', 'request:end'] as const)('may abort the peer within %s', async name => {
    const { here, there, client, server, pass } = await virtualPair();
    let calls = 0;
    listenTo(name, () => {
      calls++;
      here.abort();
      there.abort();
    });
    there.respond(() => 'pong');
    const reply = record(here.request('ping'));
    await pass();
    expect(calls).toBeGreaterThan(0);
    expect(reply.lines).toEqual([expect.stringMatching('^# channel_closed')]);
    for (const { engine } of [client, server]) {
      expect(engine.stats()).toMatchObject({ requests: 0, slots: { used: 0, beyond: 0 } });
    }
  });
});

it('where nobody listens, nothing of a request is published', async () => {
  const published = countPublished();
  const { here, there, pass } = await virtualPair();
  there.respond(() => 'pong');
  record(here.request('ping'));
  await pass();
  expect(published()).toEqual({});
  const watch = new Watch('request:end');
  record(here.request('ping'));
  await pass();
  expect(published()).toEqual({ 'request:end': 2 });
  expect(watch.objects('request:start')).toEqual([]);
});
