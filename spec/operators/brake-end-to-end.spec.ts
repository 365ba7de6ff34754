import {
  filter,
  asapScheduler,
  catchError,
  concatMap,
  map,
  mergeMap,
  type Observable,
  observeOn,
  of,
  Subject,
  take,
  toArray,
} from 'rxjs';
import {
  type ChannelGroup,
  type Engine,
  type EngineOptions,
  type MessageWindow,
  OpCode,
  pooled,
  type TofuError,
  windowByMessageId,
} from '../../lib/index.js';
import { opCodeName } from '../../lib/message/op-code.js';
import { connectTo, listenOn, post } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { comesTrue } from '../support/eventually.js';
import { networks, type Network } from '../support/networks.js';
import { warningsOf } from '../support/warnings.js';

interface Side {
  readonly engine: Engine;
  readonly group: ChannelGroup;
}

interface Connection {
  readonly server: Side & { readonly channel: number };
  readonly client: Side & { readonly channel: number };
}

/** Two engines that are connected; `options` are the server's. */
async function connected(network: Network, options: EngineOptions): Promise<Connection> {
  const serverEngine = engineForSpec(options);
  const clientEngine = engineForSpec();
  const server = { engine: serverEngine, group: serverEngine.createGroup() };
  const client = { engine: clientEngine, group: clientEngine.createGroup() };
  const listener = await listenOn(server.engine, server.group, network);
  const channels = await connectTo(client, server, listener.client);
  return { server: { ...server, channel: channels.server }, client: { ...client, channel: channels.client } };
}

/** Posts one Request a number, from 1, no faster than the channel takes them. */
async function postMany(
  { engine, group, channel }: Connection['client'],
  count: number,
  fields: (n: number) => Parameters<typeof post>[4],
): Promise<void> {
  for (let n = 1; n <= count; n++) {
    if (n % 256 === 0) await group.writable(channel);
    post(engine, group, channel, OpCode.Request, fields(n));
  }
}

/** What a window comes to: its texts, or the code of its error. */
function outcomeOf(window: MessageWindow): Observable<string> {
  return window.pipe(
    map(message => message.body.text()),
    toArray(),
    map(texts => texts.join('')),
    catchError((error: TofuError) => of(error.code)),
  );
}

/** As `outcomeOf`, pulled with `for await`. */
async function pulled(window: MessageWindow): Promise<string> {
  let texts = '';
  try {
    for await (const message of window) texts += message.body.text();
  } catch (error) {
    return (error as TofuError).code;
  }
  return texts;
}

/** The texts of a window, each as it comes, and its error. */
function partsAndEnd(window: MessageWindow): Observable<string> {
  return window.pipe(
    map(message => message.body.text()),
    catchError((error: TofuError) => of(error.code)),
  );
}

/** Collects what a stream gives. */
function collect<T>(source: Observable<T>): T[] {
  const values: T[] = [];
  source.subscribe(value => values.push(value));
  return values;
}

/** How often each value is among them. */
function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** The most slots that were held at any time from now on. */
function mostHeld(engine: Engine): () => number {
  let most = 0;
  const { pool } = engine;
  pool.available$.subscribe(() => {
    const { used, beyond } = pool.stats();
    most = Math.max(most, used + beyond);
  });
  return () => most;
}

describe.each(networks.filter(({ name }) => name !== 'uds'))('over $name', network => {
  it('pooled brakes the sender within the slots, and loses nothing', async () => {
    const { server, client } = await connected(network, { initialPoolMsgs: 8, maxPoolMsgs: 8 });
    const go = new Subject<void>();
    const before = server.engine.stats().messagesIn;
    const handled = collect(
      server.group.pipe(
        filter(message => message.isFromApplication()),
        pooled(message =>
          go.pipe(
            take(1),
            map(() => Number(message.body.text().split(' ')[0])),
          ),
        ),
      ),
    );
    await postMany(client, 500, n => ({ payload: `${String(n)} ${'x'.repeat(1024)}` }));
    await comesTrue(() => server.engine.stats().pausedChannels === 1);
    expect(server.engine.stats().slots).toMatchObject({ free: 0, used: 8, beyond: 0 });
    expect(server.engine.stats().messagesIn - before).toBe(8);
    expect(client.engine.stats().slots.used).toBe(0);
    while (handled.length < 500) {
      const count = handled.length;
      go.next();
      expect(handled).toHaveLength(count + 1);
      await comesTrue(() => server.engine.stats().messagesIn - before >= Math.min(500, count + 9));
    }
    expect(handled).toEqual(Array.from({ length: 500 }, (_, at) => at + 1));
    expect(server.engine.stats().slots.used).toBe(0);
  }, 30_000);

  it('reads 10,000 interleaved streams as they come, within a few slots', async () => {
    const { server, client } = await connected(network, { initialPoolMsgs: 8, maxPoolMsgs: 8 });
    const most = mostHeld(server.engine);
    const outcomes = collect(server.group.pipe(windowByMessageId(), mergeMap(outcomeOf)));
    for (const text of ['a', 'b', 'c']) {
      await postMany(client, 10_000, n => ({ id: n, more: text !== 'c', payload: text }));
    }
    await comesTrue(() => outcomes.length === 10_000);
    expect(tally(outcomes)).toEqual({ abc: 10_000 });
    expect(most()).toBe(1);
  }, 60_000);

  it.each([
    { how: 'concatMap', inSeries: concatMap(outcomeOf) },
    { how: 'pooled', inSeries: pooled(outcomeOf) },
    { how: 'for await', inSeries: concatMap((window: MessageWindow) => pulled(window)) },
  ])(
    'reads 10,000 interleaved streams in series with $how, to their ends or to pool_empty',
    async ({ inSeries }) => {
      warningsOf('RXTOFU_STALLED');
      const { server, client } = await connected(network, { maxPoolMsgs: 64, stallTimeout: 20 });
      const most = mostHeld(server.engine);
      const outcomes = collect(server.group.pipe(windowByMessageId(), inSeries));
      for (const text of ['a', 'b']) {
        await postMany(client, 10_000, n => ({ id: n, more: text === 'a', payload: text }));
      }
      await comesTrue(() => outcomes.length === 10_000);
      const { ab, pool_empty, ...others } = tally(outcomes);
      expect(others).toEqual({});
      expect(ab).toBeGreaterThanOrEqual(16);
      expect((ab ?? 0) + (pool_empty ?? 0)).toBe(10_000);
      expect(most()).toBeLessThanOrEqual(64);
    },
    60_000,
  );

  it('ends a window with channel_closed when its channel dies, behind all that came', async () => {
    const { server, client } = await connected(network, {});
    const read = collect(
      server.group.pipe(
        windowByMessageId(),
        mergeMap(window => partsAndEnd(window)),
      ),
    );
    const unread: MessageWindow[] = [];
    server.group.pipe(windowByMessageId()).subscribe(window => unread.push(window));
    post(client.engine, client.group, client.channel, OpCode.Request, { id: 7, more: true, payload: 'a' });
    post(client.engine, client.group, client.channel, OpCode.Request, { id: 7, more: true, payload: 'b' });
    await comesTrue(() => read.length === 2);
    post(client.engine, client.group, client.channel, OpCode.ByeSignal);
    await comesTrue(() => read.length === 3);
    expect(read).toEqual(['a', 'b', 'channel_closed']);
    expect(unread).toHaveLength(1);
    expect(server.engine.stats().slots.used).toBe(2);
    expect(collect(partsAndEnd(unread[0] as MessageWindow))).toEqual(['a', 'b', 'channel_closed']);
    expect(server.engine.stats().slots.used).toBe(0);
  });

  it('keeps apart what both peers send under one id, and each role', async () => {
    const { server, client } = await connected(network, {});
    const named = (window: MessageWindow): Observable<string> =>
      outcomeOf(window).pipe(map(text => `${opCodeName(window.opCode)} ${String(window.messageId)} ${text}`));
    const sides = [server, client];
    const logs = sides.map(side => collect(side.group.pipe(windowByMessageId(), mergeMap(named))));
    for (const text of ['a', 'b']) {
      for (const side of sides) {
        for (const opCode of [OpCode.Request, OpCode.Response, OpCode.Signal]) {
          const payload = `${side === server ? 'server' : 'client'} ${text} `;
          post(side.engine, side.group, side.channel, opCode, { id: 7, more: text === 'a', payload });
        }
      }
    }
    await comesTrue(() => logs.every(log => log.length === 3));
    const of = (name: string): string[] =>
      ['Request', 'Response', 'Signal'].map(role => `${role} 7 ${name} a ${name} b `);
    expect(logs).toEqual([of('client'), of('server')]);
  });

  it('counts and warns of a lost brake once an engine, or errors where it is strict', async () => {
    const warnings = warningsOf('RXTOFU_BRAKE_LOST');
    const lax = await connected(network, {});
    const handled = collect(
      lax.server.group.pipe(
        observeOn(asapScheduler),
        pooled(message => of(message)),
      ),
    );
    const read = collect(
      lax.server.group.pipe(observeOn(asapScheduler), windowByMessageId(), mergeMap(outcomeOf)),
    );
    await postMany(lax.client, 3, n => ({ id: n, payload: 'a' }));
    await comesTrue(() => handled.length === 3 && read.length === 3);
    expect(lax.server.engine.stats().brakeLost).toBe(6);
    expect(warnings).toHaveLength(1);

    const strict = await connected(network, { strict: true });
    const errors: unknown[] = [];
    const note = { error: (error: unknown) => errors.push(error) };
    const late = strict.server.group.pipe(observeOn(asapScheduler));
    late.pipe(pooled(message => of(message))).subscribe(note);
    late.pipe(windowByMessageId()).subscribe(note);
    await postMany(strict.client, 3, n => ({ id: n, payload: 'a' }));
    await comesTrue(() => errors.length === 2);
    expect(errors).toMatchObject([{ code: 'not_allowed' }, { code: 'not_allowed' }]);
    expect(strict.server.engine.stats().brakeLost).toBe(2);
    expect(warnings).toHaveLength(1);
  });
});
