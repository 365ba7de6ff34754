import { finalize, firstValueFrom, mergeMap, Subject, take, takeUntil } from 'rxjs';
import type { MessageWindow, RequestHandler } from '../../lib/index.js';
import { frame, record, virtualPair } from '../support/peers.js';
import { thrownBy } from '../support/virtual-time.js';

describe('the reader of requests', () => {
  it('gets those that came before it, in order; they held their slots meanwhile', async () => {
    const { here, there, server, pass } = await virtualPair();
    const replies = ['a', 'b', 'c'].map(text => record(here.request(text)));
    await pass();
    expect(server.engine.stats().slots.used).toBe(3);
    const seen: string[] = [];
    there.respond(request => {
      seen.push(request.first.body.text());
      return 'done';
    });
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(server.engine.stats().slots.used).toBe(0);
    await pass();
    expect(replies.map(reply => reply.lines.length)).toEqual([2, 2, 2]);
  });

  it('is one: respond, serve and requests$ exclude each other', async () => {
    const { there } = await virtualPair();
    const handler: RequestHandler = () => 'pong';
    const readers = [
      () => there.respond(handler),
      () => there.serve(handler).subscribe({ error: () => undefined }),
      () => there.requests$.subscribe({ error: () => undefined }),
    ];
    for (const read of readers) {
      const first = read();
      expect(thrownBy(() => there.respond(handler))).toBe('not_allowed');
      expect(record(there.serve(handler)).lines).toEqual([expect.stringMatching(/^# not_allowed: /)]);
      expect(record(there.requests$).lines).toEqual([expect.stringMatching(/^# not_allowed: /)]);
      first.unsubscribe();
    }
    there.respond(handler).unsubscribe();
  });

  it('of requests$ completes when the channel has closed, after one that was refused, too', async () => {
    const { here, there, pass } = await virtualPair();
    const requests = record(there.requests$);
    record(there.requests$);
    here.abort();
    await pass();
    expect(requests.lines).toEqual(['|']);
    expect(record(there.requests$).lines).toEqual(['|']);
  });

  it('that serves completes when the channel has closed, and reads anew with each subscription', async () => {
    const { here, there, pass } = await virtualPair();
    const serve$ = there.serve(() => 'pong');
    const never = record(here.request('nobody serves'));
    await pass();
    expect(never.lines).toEqual([]);
    const first = serve$.subscribe();
    first.unsubscribe();
    const second = record(serve$);
    await pass();
    expect(never.lines).toEqual(['Response "pong"', '|']);
    here.abort();
    await pass();
    expect(second.lines).toEqual(['|']);
    expect(record(serve$).lines).toEqual(['|']);
  });

  it('that leaves lets its handlers go on, and what waits waits for the next', async () => {
    const { here, there, pass } = await virtualPair();
    const answers = new Subject<string>();
    const responding = there.respond(() => firstValueFrom(answers));
    const running = record(here.request('running'));
    await pass();
    responding.unsubscribe();
    const waiting = record(here.request('waiting'));
    await pass();
    answers.next('from the first');
    await pass();
    expect(running.lines).toEqual(['Response "from the first"', '|']);
    expect(waiting.lines).toEqual([]);
    there.respond(() => 'from the second');
    await pass();
    expect(waiting.lines).toEqual(['Response "from the second"', '|']);
  });

  it.each(['serve', 'requests$'] as const)(
    'that leaves within the first of several requests leaves the others: %s',
    async how => {
      const { here, there, pass } = await virtualPair();
      const replies = ['a', 'b', 'c'].map(text => record(here.request(text)));
      await pass();
      const over = new Subject<void>();
      const seen: string[] = [];
      const handler = (request: MessageWindow): string => {
        seen.push(request.first.body.text());
        over.next();
        return 'first';
      };
      if (how === 'serve') there.serve(handler).pipe(takeUntil(over)).subscribe();
      if (how === 'requests$') there.requests$.pipe(take(1)).subscribe(handler);
      await pass();
      expect(seen).toEqual(['a']);
      there.respond(request => request.first.body.text());
      await pass();
      expect(replies.slice(1).map(reply => reply.lines[0]?.slice(0, 8))).toEqual(['Response', 'Response']);
    },
  );

  it('runs no more handlers at once than its concurrency, one behind the other', async () => {
    const { here, there, server, pass } = await virtualPair();
    const running = new Set<string>();
    const finish = new Map<string, () => void>();
    let most = 0;
    there.respond(
      request =>
        new Promise(resolve => {
          const text = request.first.body.text();
          running.add(text);
          most = Math.max(most, running.size);
          finish.set(text, () => {
            running.delete(text);
            resolve(text);
          });
        }),
      { concurrency: 2 },
    );
    const replies = ['a', 'b', 'c', 'd'].map(text => record(here.request(text)));
    await pass();
    expect([...running]).toEqual(['a', 'b']);
    finish.get('b')?.();
    await pass();
    expect([...running]).toEqual(['a', 'c']);
    for (const text of ['a', 'c', 'd']) {
      finish.get(text)?.();
      await pass();
    }
    expect(most).toBe(2);
    expect(replies.every(reply => reply.lines.length === 2)).toBe(true);
    expect(server.engine.stats().slots.used).toBe(0);
  });

  it.each([
    ['has completed', (reply: Subject<string>) => reply.complete()],
    ['has failed', (reply: Subject<string>) => reply.error(new Error('no'))],
  ])('starts a handler when the one before it %s, and is finalized', async (_how, end) => {
    const { here, there, pass } = await virtualPair();
    const log: string[] = [];
    const running: Subject<string>[] = [];
    there.respond(
      request => {
        const name = request.first.body.text();
        const reply = new Subject<string>();
        log.push(`${name} starts`);
        running.push(reply);
        return reply.pipe(finalize(() => log.push(`${name} is finalized`)));
      },
      { concurrency: 1 },
    );
    for (const name of ['a', 'b']) record(here.request(name));
    await pass();
    for (const n of [0, 1]) end(running[n] as Subject<string>);
    expect(log).toEqual(['a starts', 'a is finalized', 'b starts', 'b is finalized']);
  });

  it.each([0, -1, NaN])('refuses a concurrency of %s', async concurrency => {
    const { there } = await virtualPair();
    expect(thrownBy(() => there.respond(() => 'x', { concurrency }))).toBe('not_allowed');
    expect(record(there.serve(() => 'x', { concurrency })).lines).toEqual([
      `# not_allowed: option concurrency is ${String(concurrency)}, which is not a number of 1 or more`,
    ]);
    there.respond(() => 'x').unsubscribe();
  });

  it('starts its handlers only while the channel is writable', async () => {
    const { here, there, client, server, net, pass } = await virtualPair({
      engines: { maxQueuedBytes: 200_000 },
    });
    net.partition(server.engine, client.engine);
    there.signal(Buffer.alloc(65_535));
    await pass(0);
    there.signal(Buffer.alloc(65_535));
    there.signal(Buffer.alloc(65_535));
    net.heal(server.engine, client.engine);
    const reply = record(here.request('ping'));
    let started = 0;
    there.respond(() => {
      started++;
      return 'pong';
    });
    expect([started, reply.lines]).toEqual([0, []]);
    await pass();
    expect([started, reply.lines]).toEqual([1, ['Response "pong"', '|']]);
  });
});

describe('requests$', () => {
  it('hands out windows, which are read at whatever time, by one reader each', async () => {
    const { here, there, server, pass } = await virtualPair();
    const windows: MessageWindow[] = [];
    there.requests$.subscribe(window => windows.push(window));
    const source = new Subject<string>();
    here.request(source).subscribe({ error: () => undefined });
    source.next('a');
    source.next('b');
    await pass();
    expect(server.engine.stats().slots.used).toBe(2);
    const reader = record(windows[0] as MessageWindow);
    expect(server.engine.stats().slots.used).toBe(0);
    expect(record(windows[0] as MessageWindow).lines).toEqual([
      expect.stringMatching(/^# not_allowed: a window has one reader/),
    ]);
    source.complete();
    await pass();
    expect(reader.lines).toEqual(['Request+ "a"', 'Request+ "b"', '|']);
  });

  it('gives the first window to firstValueFrom, to be read later', async () => {
    const { here, there, server, pass } = await virtualPair();
    const first = firstValueFrom(there.requests$);
    here.request('ping').subscribe({ error: () => undefined });
    await pass();
    const request = await first;
    const texts: string[] = [];
    for await (const part of request) texts.push(frame(part));
    expect(texts).toEqual(['Request "ping"']);
    expect(server.engine.stats().slots.used).toBe(0);
  });

  it('is answered by hand, which frees slot and count, whether the window was read or not', async () => {
    const { here, there, server, pass } = await virtualPair();
    const windows: MessageWindow[] = [];
    there.requests$.subscribe(window => windows.push(window));
    const replies = ['a', 'b'].map(text => record(here.request(text)));
    await pass();
    expect(server.engine.stats()).toMatchObject({ requests: 2 });
    expect(server.engine.stats().slots.used).toBe(2);
    for (const { first } of windows) {
      const part = first.reply('part');
      part.more = true;
      server.group.post(part);
    }
    expect(server.engine.stats().slots.used).toBe(0);
    expect(server.engine.stats()).toMatchObject({ requests: 2 });
    for (const { first } of windows) server.group.post(first.reply('end'));
    expect(server.engine.stats()).toMatchObject({ requests: 0 });
    await pass();
    expect(replies.map(reply => reply.lines)).toEqual(
      Array(2).fill(['Response+ "part"', 'Response "end"', '|']),
    );
    expect(record(windows[0] as MessageWindow).lines).toEqual(['Request "a"', '|']);
  });

  it('counts what it handed out until it is answered, up to maxRequests', async () => {
    const { here, there, pass } = await virtualPair({ server: { maxRequests: 2 } });
    const windows = record(there.requests$);
    const replies = ['a', 'b', 'c'].map(text => record(here.request(text)));
    await pass();
    expect(windows.lines).toHaveLength(2);
    expect(replies.map(reply => reply.lines)).toEqual([[], [], ['# processing_failed: busy']]);
  });

  it('keeps what came of a window that is read behind the channel’s end, without its slots', async () => {
    const { here, there, server, pass } = await virtualPair();
    const windows: MessageWindow[] = [];
    there.requests$.subscribe(window => windows.push(window));
    const source = new Subject<string>();
    here.request(source).subscribe({ error: () => undefined });
    here.request('whole').subscribe({ error: () => undefined });
    source.next('half');
    await pass();
    expect(server.engine.stats().slots.used).toBe(2);
    here.abort();
    await pass();
    expect(server.engine.stats().slots.used).toBe(0);
    expect(windows.map(window => record(window).lines)).toEqual([
      ['Request "whole"', '|'],
      ['Request+ "half"', expect.stringMatching(/^# channel_closed: /)],
    ]);
  });

  it('errors the window of a request that is cancelled', async () => {
    const { here, there, server, pass } = await virtualPair();
    const read = record(there.requests$.pipe(mergeMap(window => window)));
    const source = new Subject<string>();
    const request = here.request(source).subscribe();
    source.next('a');
    await pass();
    request.unsubscribe();
    await pass();
    expect(read.lines).toEqual(['Request+ "a"', expect.stringMatching(/^# communication_failed: /)]);
    expect(server.engine.stats()).toMatchObject({ requests: 0, signalsDropped: 0 });
  });
});

it('requests that wait when the channel closes give their slots back, all their parts', async () => {
  const { here, server, pass } = await virtualPair();
  const source = new Subject<string>();
  here.request(source).subscribe({ error: () => undefined });
  here.request('whole').subscribe({ error: () => undefined });
  source.next('a');
  source.next('b');
  source.next('c');
  await pass();
  expect(server.engine.stats().slots.used).toBe(4);
  here.abort();
  await pass();
  expect(server.engine.stats().slots.used).toBe(0);
  expect(server.engine.stats().requests).toBe(0);
});
