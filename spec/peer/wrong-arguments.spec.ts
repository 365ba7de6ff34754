import { NEVER, type Observable, of } from 'rxjs';
import {
  backoff,
  connect,
  keepAlive,
  keepConnected,
  listen,
  type Message,
  type Peer,
  pooled,
  postFrom,
  reassemble,
  tcpClient,
  tcpServer,
  windowByMessageId,
} from '../../lib/index.js';
import { lineOfError, type Pair, record, virtualPair } from '../support/peers.js';

/** A caller without types: anything goes in. */
function untyped<T>(value: unknown): T {
  return value as T;
}

/** What a call says of its arguments: what it throws, or what its Observable errors with at once. */
function saidBy(call: () => unknown): string {
  const errors: unknown[] = [];
  try {
    const stream = call() as Observable<unknown> | undefined;
    stream?.subscribe({ error: (error: unknown) => errors.push(error) }).unsubscribe();
  } catch (error) {
    errors.push(error);
  }
  const [error] = errors;
  if (error === undefined) return 'nothing';
  return lineOfError(error);
}

type Call = (pair: Pair, value: never) => unknown;

const BARE = Object.create(null) as object;
const OBJECTS: unknown[] = [undefined, null, 7, 'x', 5n, {}, BARE, Symbol('s'), () => 1];
const NO_FUNCTIONS: unknown[] = [7, 'x', 5n, {}, BARE, Symbol('s')];
const NO_NUMBERS: unknown[] = ['5', 5n, {}, BARE, Symbol('s'), true, [], NaN, -1];

const messages$ = of<Message>();
const rules: [name: string, values: unknown[], code: string, words: string, call: Call][] = [
  ['listen', OBJECTS, 'not_allowed', 'group', (_pair, value) => listen(value, tcpServer())],
  ['listen', OBJECTS, 'invalid_address', 'address', ({ server }, value) => listen(server.group, value)],
  [
    'listen',
    [null, ...NO_FUNCTIONS],
    'not_allowed',
    'option accept',
    ({ server }, value) => listen(server.group, tcpServer(), { accept: value }),
  ],
  ['connect', OBJECTS, 'not_allowed', 'group', (_pair, value) => connect(value, tcpClient())],
  ['connect', OBJECTS, 'invalid_address', 'address', ({ client }, value) => connect(client.group, value)],
  [
    'connect',
    [7, 'x', {}, BARE, () => 1],
    'not_allowed',
    'signal',
    ({ client }, value) => connect(client.group, tcpClient(), { signal: value }),
  ],
  [
    'keepConnected',
    [7, 'x', {}, BARE],
    'not_allowed',
    'signal',
    ({ client }, value) => keepConnected(client.group, tcpClient(), { signal: value }),
  ],
  [
    'keepConnected',
    [null, ...OBJECTS.slice(2)],
    'not_allowed',
    'scheduler',
    ({ client }, value) => keepConnected(client.group, tcpClient(), {}, value),
  ],
  ['postFrom', OBJECTS, 'not_allowed', 'group', (_pair, value) => postFrom(value, of('a'), () => undefined)],
  [
    'postFrom',
    [undefined, null, ...NO_FUNCTIONS],
    'not_allowed',
    'build',
    ({ client }, value) => postFrom(client.group, of('a'), value),
  ],
  ['keepAlive', OBJECTS, 'not_allowed', 'peer', (_pair, value) => keepAlive(value, { every: 1, within: 1 })],
  ['keepAlive', OBJECTS, 'not_allowed', 'option every', ({ here }, value) => keepAlive(here, value)],
  [
    'keepAlive',
    NO_NUMBERS,
    'not_allowed',
    'option within',
    ({ here }, value) => keepAlive(here, { every: 1, within: value }),
  ],
  [
    'keepAlive',
    [null, ...OBJECTS.slice(2)],
    'not_allowed',
    'scheduler',
    ({ here }, value) => keepAlive(here, { every: 1, within: 1 }, value),
  ],
  ['backoff', NO_NUMBERS, 'not_allowed', 'option initial', (_pair, value) => backoff({ initial: value })],
  ['backoff', NO_FUNCTIONS, 'not_allowed', 'option random', (_pair, value) => backoff({ random: value })],
  [
    'pooled',
    [undefined, null, ...NO_FUNCTIONS],
    'not_allowed',
    'project',
    (_pair, value) => messages$.pipe(pooled(value)),
  ],
  [
    'pooled',
    NO_NUMBERS,
    'not_allowed',
    'concurrency',
    (_pair, value) => messages$.pipe(pooled(() => of(1), value)),
  ],
  [
    'windowByMessageId',
    NO_NUMBERS,
    'not_allowed',
    'option maxWindows',
    (_pair, value) => messages$.pipe(windowByMessageId({ maxWindows: value })),
  ],
  [
    'reassemble',
    NO_NUMBERS,
    'not_allowed',
    'option maxBytes',
    (_pair, value) => messages$.pipe(reassemble({ maxBytes: value })),
  ],
  [
    'request',
    NO_NUMBERS,
    'not_allowed',
    'option timeout',
    ({ here }, value) => here.request('q', { timeout: value }),
  ],
  [
    'request',
    [7, 'x', {}, BARE, () => 1],
    'not_allowed',
    'signal',
    ({ here }, value) => here.request('q', { signal: value }),
  ],
  [
    'respond',
    [undefined, null, ...NO_FUNCTIONS],
    'not_allowed',
    'handler',
    ({ here }, value) => {
      here.respond(value);
    },
  ],
  [
    'respond',
    NO_NUMBERS,
    'not_allowed',
    'option concurrency',
    ({ here }, value) => {
      here.respond(() => NEVER, { concurrency: value });
    },
  ],
  [
    'serve',
    [undefined, null, ...NO_FUNCTIONS],
    'not_allowed',
    'handler',
    ({ here }, value) => here.serve(value),
  ],
];

describe('an argument of a wrong type', () => {
  it.each(rules)('of %s is refused by name', async (_name, values, code, words, call) => {
    const pair = await virtualPair();
    for (const value of values)
      expect(saidBy(() => call(pair, value as never))).toMatch(new RegExp(`^${code}: ${words} `));
    expect(pair.client.engine.stats()).toMatchObject({ requests: 0, channels: { connecting: 0, ready: 1 } });
  });
});

describe('options that are null', () => {
  it.each<[string, (pair: Pair, options: never) => unknown]>([
    ['listen', ({ server }, options) => listen(server.group, tcpServer('127.0.0.1', 1), options)],
    ['connect', ({ client }, options) => connect(client.group, tcpClient(), options)],
    ['request', ({ here }, options) => here.request('q', options)],
    ['request, its signal', ({ here }, options) => here.request('q', { signal: options })],
    ['serve', ({ here }, options) => here.serve(() => 'a', options)],
    ['windowByMessageId', (_pair, options) => messages$.pipe(windowByMessageId(options))],
    ['reassemble', (_pair, options) => messages$.pipe(reassemble(options))],
    ['backoff', (_pair, options) => backoff(options)(1)],
  ])('mean the defaults: %s', async (_name, call) => {
    const pair = await virtualPair();
    expect(saidBy(() => call(pair, null as never))).toBe('nothing');
    await pair.pass(100);
  });

  it('mean the defaults: signal, respond and a Link', async () => {
    const { here, there, client, pass } = await virtualPair();
    const signals = record(there.signals$);
    here.signal('s', untyped<Parameters<Peer['signal']>[1]>(null));
    there.respond(() => 'a', untyped<Parameters<Peer['respond']>[1]>(null));
    const reply = record(here.request('q'));
    const link = keepConnected(client.group, tcpClient(), untyped<undefined>(null));
    await pass();
    expect([signals.lines, reply.lines]).toEqual([['Signal "s"'], ['Response "a"', '|']]);
    expect(record(link.state$).lines).toEqual(['connected']);
    const closed = link.close();
    await pass();
    await closed;
  });
});
