import { type ChannelGroup, type Engine, memServer, OpCode } from '../../lib/index.js';
import type { EngineMessage } from '../../lib/message/engine-message.js';
import { listenOn, post } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { type ReadFields, readMessage, refusal } from '../support/messages.js';
import { type Network, networks } from '../support/networks.js';
import { nextCopy } from '../support/pair.js';

const mem = networks[2] as Network;

const MORE = 0x20;
/** An opCode that does not exist; the setter refuses it, so it can only have been forced in. */
const UNKNOWN = 12;
const HEADERS_TOO_LONG = `k:${'v'.repeat(65_532)}\r\n`;
const BODY_TOO_LONG = new Uint8Array(65_536);
/** A number that no channel of these specs has. */
const NOT_OPEN = 4_711;

let engine: Engine;
let group: ChannelGroup;

beforeEach(() => {
  engine = engineForSpec();
  group = engine.createGroup();
});

/** A message as no setter would let it become, but as post() must be able to judge it. */
function faulty(fields: ReadFields): EngineMessage {
  return readMessage({ channel: NOT_OPEN, ...fields });
}

it('HEADERS_TOO_LONG is one byte over the limit', () => {
  expect(HEADERS_TOO_LONG.length).toBe(65_536);
});

describe('post', () => {
  it.each([null, undefined])('refuses %s with null_message', nothing => {
    expect(refusal(() => group.post(nothing as never)).code).toBe('null_message');
  });

  it.each([42, 'text', {}, new Uint8Array(16)])(
    'refuses %p, which is no message, with invalid_message',
    thing => {
      expect(refusal(() => group.post(thing as never)).code).toBe('invalid_message');
    },
  );

  it('refuses a message that was posted with invalid_message, before it looks at anything else', () => {
    const message = engine.get();
    memServer().format(message);
    group.post(message);
    expect(refusal(() => group.post(message)).code).toBe('invalid_message');
    (message as EngineMessage).proto = UNKNOWN;
    expect(refusal(() => group.post(message)).code).toBe('invalid_message');
  });

  it('refuses a message that was put with invalid_message', () => {
    const message = engine.get();
    engine.put(message);
    expect(refusal(() => group.post(message)).code).toBe('invalid_message');
  });

  it('refuses a message that was pushed with not_allowed, during its dispatch and after', async () => {
    const { channel } = await listenOn(engine, group, mem);
    const codes: string[] = [];
    const pushed = await new Promise<EngineMessage>(resolve => {
      group.claim(channel, message => {
        codes.push(refusal(() => group.post(message)).code);
        resolve(message as EngineMessage);
      });
      post(engine, group, channel, OpCode.ByeSignal);
    });
    codes.push(refusal(() => group.post(pushed)).code);
    expect(codes).toEqual(['not_allowed', 'not_allowed']);
  });
});

describe('post refuses, naming the field, the value and the limit,', () => {
  const single: [what: string, fields: ReadFields, code: string, says: string[]][] = [
    ['an unknown opCode', { proto: UNKNOWN }, 'invalid_op_code', ['opCode', '12', '0..9']],
    ['a Response with id 0', { proto: OpCode.Response }, 'invalid_message_id', ['Response', 'messageId 0']],
    ['a HelloResponse with id 0', { proto: OpCode.HelloResponse }, 'invalid_message_id', ['HelloResponse']],
    ['a ByeResponse with id 0', { proto: OpCode.ByeResponse }, 'invalid_message_id', ['ByeResponse']],
    ['a WelcomeResponse with id 0', { proto: OpCode.WelcomeResponse }, 'invalid_message_id', []],
    [
      'more on a HelloRequest',
      { proto: OpCode.HelloRequest | MORE },
      'invalid_more_usage',
      ['HelloRequest', 'more'],
    ],
    ['more on a HelloResponse', { proto: OpCode.HelloResponse | MORE, idLow: 1 }, 'invalid_more_usage', []],
    [
      'more on a ByeRequest',
      { proto: OpCode.ByeRequest | MORE },
      'invalid_more_usage',
      ['ByeRequest', 'more'],
    ],
    ['more on a ByeResponse', { proto: OpCode.ByeResponse | MORE, idLow: 1 }, 'invalid_more_usage', []],
    ['more on a ByeSignal', { proto: OpCode.ByeSignal | MORE }, 'invalid_more_usage', []],
    ['more on a WelcomeRequest', { proto: OpCode.WelcomeRequest | MORE }, 'invalid_more_usage', []],
    ['a Request on channel 0', { channel: 0 }, 'invalid_channel_number', ['Request', 'channelNumber 0']],
    ['a Signal on channel 0', { channel: 0, proto: OpCode.Signal }, 'invalid_channel_number', ['Signal']],
    ['a ByeSignal on channel 0', { channel: 0, proto: OpCode.ByeSignal }, 'invalid_channel_number', []],
    [
      'headers of 65536 bytes',
      { headers: HEADERS_TOO_LONG },
      'invalid_headers_len',
      ['textHeaders', '65536', '65535'],
    ],
    [
      'a HelloRequest without headers',
      { proto: OpCode.HelloRequest, channel: 0 },
      'wrong_address',
      ['HelloRequest', 'text headers'],
    ],
    ['a WelcomeRequest without headers', { proto: OpCode.WelcomeRequest, channel: 0 }, 'wrong_address', []],
    ['a body of 65536 bytes', { body: BODY_TOO_LONG }, 'invalid_body_len', ['body', '65536', '65535']],
    ['a number that is not open', {}, 'invalid_channel_number', ['channelNumber', String(NOT_OPEN)]],
    [
      'a HelloRequest with a number that is not open',
      { proto: OpCode.HelloRequest, headers: '~connect_to:mem|nobody\r\n' },
      'invalid_channel_number',
      [String(NOT_OPEN)],
    ],
  ];

  it.each(single)('%s', (_, fields, code, says) => {
    const error = refusal(() => group.post(faulty(fields)));
    expect(error.code).toBe(code);
    for (const word of says) expect(error.message).toContain(word);
  });

  it("another group's channel, with invalid_message_channel_group", async () => {
    const { channel } = await listenOn(engine, group, mem);
    const error = refusal(() => engine.createGroup().post(faulty({ channel })));
    expect(error.code).toBe('invalid_message_channel_group');
    expect(error.message).toContain(String(channel));
  });
});

describe('post names, of two faults at once, the first of its order:', () => {
  const headers = HEADERS_TOO_LONG;
  const body = BODY_TOO_LONG;
  const hello = OpCode.HelloRequest;
  const pairs: [first: string, behind: string, fields: ReadFields, code: string][] = [
    ['opCode', 'more', { proto: UNKNOWN | MORE }, 'invalid_op_code'],
    ['opCode', 'channel 0', { proto: UNKNOWN, channel: 0 }, 'invalid_op_code'],
    ['opCode', 'headers', { proto: UNKNOWN, headers }, 'invalid_op_code'],
    ['opCode', 'body', { proto: UNKNOWN, body }, 'invalid_op_code'],
    ['id 0', 'more', { proto: OpCode.ByeResponse | MORE }, 'invalid_message_id'],
    ['id 0', 'channel 0', { proto: OpCode.Response, channel: 0 }, 'invalid_message_id'],
    ['id 0', 'headers', { proto: OpCode.Response, headers }, 'invalid_message_id'],
    ['id 0', 'body', { proto: OpCode.Response, body }, 'invalid_message_id'],
    ['more', 'channel 0', { proto: OpCode.ByeRequest | MORE, channel: 0 }, 'invalid_more_usage'],
    ['more', 'headers', { proto: hello | MORE, headers }, 'invalid_more_usage'],
    ['more', 'no address', { proto: hello | MORE, channel: 0 }, 'invalid_more_usage'],
    ['more', 'body', { proto: OpCode.ByeSignal | MORE, body }, 'invalid_more_usage'],
    ['channel 0', 'headers', { channel: 0, headers }, 'invalid_channel_number'],
    ['channel 0', 'body', { channel: 0, body }, 'invalid_channel_number'],
    ['headers', 'body', { headers, body }, 'invalid_headers_len'],
    [
      'headers',
      'body, of a HelloRequest',
      { proto: hello, channel: 0, headers, body },
      'invalid_headers_len',
    ],
    ['headers', 'not open', { headers }, 'invalid_headers_len'],
    ['no address', 'body', { proto: hello, channel: 0, body }, 'wrong_address'],
    ['no address', 'not open', { proto: hello }, 'wrong_address'],
    ['body', 'not open', { body }, 'invalid_body_len'],
    ['not open', 'not fit', { proto: OpCode.WelcomeResponse, idLow: 1 }, 'invalid_channel_number'],
  ];

  it.each(pairs)('%s before %s', (_first, _behind, fields, code) => {
    expect(refusal(() => group.post(faulty(fields))).code).toBe(code);
  });

  it("another group's before not fit", async () => {
    const { channel } = await listenOn(engine, group, mem);
    const other = engine.createGroup();
    const message = faulty({ channel, proto: OpCode.WelcomeResponse, idLow: 1 });
    expect(refusal(() => other.post(message)).code).toBe('invalid_message_channel_group');
  });

  it.each([
    ['null before the end of the group', null, 'null_message'],
    ['body before the end of the group', faulty({ body }), 'invalid_body_len'],
    ['the end of the group before not open', faulty({}), 'shutdown_started'],
    [
      'the end of the group before a new channel',
      faulty({ proto: hello, channel: 0, headers: 'a:b\r\n' }),
      'shutdown_started',
    ],
  ])('%s', async (_, message, code) => {
    await group.destroy();
    expect(refusal(() => group.post(message as EngineMessage)).code).toBe(code);
  });

  it("the end of the engine before another group's", async () => {
    const { channel } = await listenOn(engine, group, mem);
    const other = engine.createGroup();
    const destroyed = engine.destroy();
    expect(refusal(() => other.post(faulty({ channel }))).code).toBe('shutdown_started');
    await destroyed;
  });
});

describe('a message that post refused', () => {
  it('keeps its id, its channel and its slot, and can be posted after mending', async () => {
    const message = engine.get();
    memServer('').format(message);
    message.more = true;
    expect(refusal(() => group.post(message)).code).toBe('invalid_more_usage');
    expect([message.messageId, message.channelNumber]).toEqual([0n, 0]);
    expect(engine.pool.stats().used).toBe(1);
    message.more = false;
    expect(group.post(message).opCode).toBe(OpCode.WelcomeRequest);
    expect(engine.pool.stats().used).toBe(0);
    expect((await nextCopy(group)).opCode).toBe(OpCode.WelcomeResponse);
  });

  it('keeps id 0 where the channel is at fault', () => {
    using message = engine.get();
    message.channelNumber = NOT_OPEN;
    refusal(() => group.post(message));
    expect([message.messageId, message.channelNumber]).toEqual([0n, NOT_OPEN]);
  });

  it.each([
    ['headers', faulty({ headers: HEADERS_TOO_LONG, body: 'kept' })],
    ['body', faulty({ body: BODY_TOO_LONG, headers: 'kept:yes\r\n' })],
  ])('is posted once its %s are cut', async (_, message) => {
    const { channel } = await listenOn(engine, group, mem);
    message.proto = OpCode.WelcomeRequest;
    message.channel = 0;
    refusal(() => group.post(message));
    message.textHeaders.clear();
    message.body.clear();
    memServer().format(message);
    expect(group.post(message).channelNumber).not.toBe(channel);
    expect((await nextCopy(group)).opCode).toBe(OpCode.WelcomeResponse);
  });

  it('is still put back as any other', () => {
    const message = engine.get();
    refusal(() => group.post(message));
    engine.put(message);
    expect(engine.pool.stats()).toMatchObject({ used: 0, beyond: 0 });
  });
});
