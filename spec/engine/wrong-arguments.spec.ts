import {
  type Address,
  type ChannelGroup,
  createEngine,
  type Engine,
  type EngineOptions,
  type GetStrategy,
  type Message,
  memServer,
  OpCode,
  parseAddress,
  type Payload,
  tcpClient,
  TofuError,
  udsClient,
  udsServer,
} from '../../lib/index.js';
import { nextLine } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { memberOf, rejection } from '../support/pair.js';

/** A caller without types: anything goes in. */
function untyped<T>(value: unknown): T {
  return value as T;
}

/** What a call throws. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return 'nothing';
}

function expectRefusal(error: unknown, code: string, words: readonly string[]): void {
  expect(error instanceof TofuError).toBe(true);
  expect(error).toMatchObject({ code });
  for (const word of words) expect((error as TofuError).message).toContain(word);
}

/** A group with a listener, and the listener's channel. */
async function listening(): Promise<{ engine: Engine; group: ChannelGroup; channel: number }> {
  const { engine, group } = memberOf(engineForSpec());
  const request = engine.get();
  memServer().format(request);
  const { channelNumber } = group.post(request);
  expect(await nextLine(engine, group)).toBe(`WelcomeResponse success ${String(channelNumber)}`);
  return { engine, group, channel: channelNumber };
}

describe('a value of a wrong type is refused with the field and the value', () => {
  const NO_TEXT = Object.create(null) as object;

  it.each<[call: string, code: string, words: string[], call: (engine: Engine) => unknown]>([
    ['get', 'not_allowed', ['strategy', '5n'], engine => engine.get(untyped<GetStrategy>(5n))],
    ['get', 'not_allowed', ['strategy', 'null'], engine => engine.get(untyped<GetStrategy>(null))],
    ['tcpClient', 'invalid_address', ['port', '5n'], () => tcpClient('a', untyped<number>(5n))],
    ['tcpClient', 'invalid_address', ['port', 'NaN'], () => tcpClient('a', NaN)],
    ['udsClient', 'invalid_address', ['path', 'null'], () => udsClient(untyped<string>(null))],
    ['memServer', 'invalid_address', ['name', '5n'], () => memServer(untyped<string>(5n))],
    [
      'channelNumber',
      'invalid_channel_number',
      ['channelNumber'],
      engine => set(engine, 'channelNumber', NO_TEXT),
    ],
    ['opCode', 'invalid_op_code', ['opCode'], engine => set(engine, 'opCode', NO_TEXT)],
    ['messageId', 'invalid_message_id', ['messageId'], engine => set(engine, 'messageId', NO_TEXT)],
    [
      'createEngine',
      'not_allowed',
      ['byeTimeout'],
      () => createEngine({ byeTimeout: untyped<number>(NO_TEXT) }),
    ],
    [
      'createEngine',
      'not_allowed',
      ['clock', '{}'],
      () => createEngine(untyped<EngineOptions>({ clock: {} })),
    ],
    [
      'createEngine',
      'not_allowed',
      ['clock', '"x"'],
      () => createEngine(untyped<EngineOptions>({ clock: 'x' })),
    ],
  ])('by %s: %s', (_call, code, words, call) => {
    const engine = engineForSpec();
    expectRefusal(
      thrownBy(() => call(engine)),
      code,
      words,
    );
  });

  function set(engine: Engine, field: 'channelNumber' | 'opCode' | 'messageId', value: unknown): void {
    using message = engine.get();
    (message as unknown as Record<string, unknown>)[field] = value;
  }

  it('options that are null mean the defaults', async () => {
    const engine = createEngine(null);
    expect(engine.pool.stats()).toEqual({ free: 16, used: 0, beyond: 0, max: 64 });
    await engine.destroy();
  });
});

describe('where a message is expected', () => {
  const calls: [string, (value: Message) => unknown][] = [
    ['parseAddress', value => parseAddress(value)],
    [
      'format',
      value => {
        tcpClient().format(value);
      },
    ],
  ];

  it.each(calls)('%s refuses null with null_message', (name, call) => {
    expectRefusal(
      thrownBy(() => call(untyped<Message>(null))),
      'null_message',
      [name, 'null'],
    );
  });

  it.each(calls)('%s refuses an object that is none with invalid_message', (name, call) => {
    expectRefusal(
      thrownBy(() => call(untyped<Message>({ opCode: OpCode.HelloRequest }))),
      'invalid_message',
      [name],
    );
  });
});

describe('headers of a payload', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 5],
    ['a string', 'a:b'],
    ['a list of no pairs', [1]],
    ['a list of strings', ['ab']],
    ['a record with a number in it', { a: 5 }],
  ])('that are %s are refused with invalid_message', (_what, headers) => {
    using message = engineForSpec().get();
    expectRefusal(
      thrownBy(() => message.reply(untyped<Payload>({ headers }))),
      'invalid_message',
      ['header'],
    );
  });
});

it.each<[string, unknown]>([
  ['undefined', undefined],
  ['null', null],
  ['an object', {}],
])(
  'claim refuses a receiver that is %s with not_allowed, and the channel stays unclaimed',
  async (_what, receiver) => {
    const { group, channel } = await listening();
    expectRefusal(
      thrownBy(() => group.claim(channel, untyped<() => void>(receiver))),
      'not_allowed',
      ['receiver'],
    );
    group.claim(channel, () => undefined)[Symbol.dispose]();
  },
);

it.each<[string, unknown]>([
  ['null', null],
  ['undefined', undefined],
  ['an object', {}],
])('destroyGroup refuses %s with not_allowed', async (_what, group) => {
  const engine = engineForSpec();
  expectRefusal(await rejection(engine.destroyGroup(untyped<ChannelGroup>(group))), 'not_allowed', [
    'destroyGroup',
  ]);
});

describe('a signal that is no AbortSignal is refused with not_allowed', () => {
  it.each<[string, unknown]>([
    ['a number', 5],
    ['an object', {}],
    ['an AbortController', new AbortController()],
  ])('%s', async (_what, value) => {
    const { engine, group } = memberOf(engineForSpec());
    const hello = engine.get();
    // Nobody listens there: the channel is open until the failure is told.
    const address: Address = udsClient(`${udsServer('/none').path}/at-all`);
    address.format(hello);
    const { channelNumber } = group.post(hello);
    const signal = untyped<AbortSignal>(value);
    const refusals = await Promise.all([
      rejection(group.writable(channelNumber, { signal })),
      rejection(group.waitReceive(1_000, { signal })),
      rejection(engine.createGroup().destroy({ signal })),
    ]);
    for (const refusal of refusals) expectRefusal(refusal, 'not_allowed', ['signal']);
  });

  it('null counts as absent', async () => {
    const { group } = memberOf(engineForSpec());
    expect(await group.waitReceive(0, untyped<{ signal?: AbortSignal }>({ signal: null }))).toBeNull();
  });
});

it('a blank at the end of a socket path is refused: a header would carry another path', () => {
  for (const path of ['/tmp/a ', '/tmp/a\t', ' ']) {
    expectRefusal(
      thrownBy(() => udsServer(path)),
      'invalid_address',
      [JSON.stringify(path)],
    );
  }
  expect(udsServer(' /tmp/a b').path).toBe(' /tmp/a b');
});
