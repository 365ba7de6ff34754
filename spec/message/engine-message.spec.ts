import { EngineMessage } from '../../lib/message/engine-message.js';
import { MessageRole, MessageType, OpCode, Origin } from '../../lib/message/op-code.js';
import { Use } from '../../lib/message/ownership.js';
import { Status } from '../../lib/message/status.js';
import { freshMessage, headerBytes, noKeeper, readMessage, refusal } from '../support/messages.js';

/** Every field that a user reads. */
function fieldsOf(message: EngineMessage): unknown[] {
  const { channelNumber, opCode, origin, more, status, messageId, listenerChannel } = message;
  return [channelNumber, opCode, origin, more, status, messageId, listenerChannel];
}

/** A message with something in each part. */
function fullMessage(): EngineMessage {
  const message = readMessage({ channel: 7, proto: 0x20, idHigh: 1, idLow: 2, headers: 'a:1', body: 'text' });
  message.listener = 3;
  return message;
}

const FULL_FIELDS = [7, OpCode.Request, Origin.application, true, Status.success, 0x1_0000_0002n, 3];

describe('a fresh message', () => {
  it('is an empty Request of the application on channel 0 with id 0', () => {
    const message = freshMessage();
    expect(fieldsOf(message)).toEqual([0, 0, 0, false, 0, 0n, undefined]);
    expect([message.textHeaders.byteLength, message.body.byteLength]).toEqual([0, 0]);
  });
});

describe('channelNumber', () => {
  it.each([0, 1, 65_534, 65_535])('takes %i', value => {
    const message = freshMessage();
    message.channelNumber = value;
    expect(message.channelNumber).toBe(value);
  });

  it.each([-1, 65_536, 1.5, NaN, '1', null, 1n])('refuses %p with invalid_channel_number', value => {
    const message = fullMessage();
    const error = refusal(() => (message.channelNumber = value as number));
    expect(error).toMatchObject({ status: 10, code: 'invalid_channel_number' });
    expect(fieldsOf(message)).toEqual(FULL_FIELDS);
  });
});

describe('opCode', () => {
  it.each(Object.entries(OpCode))('takes %s and keeps the other fields', (_, value) => {
    const message = fullMessage();
    message.opCode = value;
    expect(fieldsOf(message)).toEqual(FULL_FIELDS.map((field, index) => (index === 1 ? value : field)));
  });

  it.each([-1, 10, 15, 16, 0.5, NaN, '0', null])('refuses %p with invalid_op_code', value => {
    const message = fullMessage();
    const error = refusal(() => (message.opCode = value as OpCode));
    expect(error).toMatchObject({ status: 6, code: 'invalid_op_code' });
    expect(fieldsOf(message)).toEqual(FULL_FIELDS);
  });

  it.each([
    ['Signal', 'regular', 'signal'],
    ['HelloResponse', 'hello', 'response'],
    ['ByeRequest', 'bye', 'request'],
    ['WelcomeRequest', 'welcome', 'request'],
  ] as const)('%s makes the message of type %s and role %s', (name, type, role) => {
    const message = freshMessage();
    message.opCode = OpCode[name];
    expect([message.type, message.role]).toEqual([MessageType[type], MessageRole[role]]);
  });
});

describe('more', () => {
  it('is a boolean, read by hasMore too', () => {
    const message = freshMessage();
    message.opCode = OpCode.Signal;
    message.more = true;
    expect([message.more, message.hasMore(), message.opCode]).toEqual([true, true, OpCode.Signal]);
    message.more = false;
    expect([message.more, message.hasMore(), message.opCode]).toEqual([false, false, OpCode.Signal]);
  });
});

describe('origin and status', () => {
  it.each([
    ['the engine', 0x12, 22, Origin.engine],
    ['an application', 0x02, 0, Origin.application],
  ])('say that %s made the message, and what happened', (_, proto, status, origin) => {
    const message = readMessage({ proto, status });
    expect([message.origin, message.status]).toEqual([origin, status]);
    expect([message.isFromEngine(), message.isFromApplication()]).toEqual([
      origin === Origin.engine,
      origin === Origin.application,
    ]);
  });

  it.each(['origin', 'status', 'listenerChannel', 'type', 'role'])('has a read-only %s', field => {
    expect(Reflect.set(freshMessage(), field, 1)).toBe(false);
  });
});

describe('reset', () => {
  it('makes the message as new', () => {
    const message = fullMessage();
    message.body.append('more');
    message.reset();
    expect(fieldsOf(message)).toEqual(fieldsOf(freshMessage()));
    expect([...message.textHeaders]).toEqual([]);
    expect(message.body.text()).toBe('');
  });

  it('makes a message of the engine one of the application', () => {
    const message = readMessage({ proto: 0x12, status: 22 });
    message.reset();
    expect([message.origin, message.status]).toEqual([Origin.application, Status.success]);
  });
});

describe('clone', () => {
  it('has the same fields, headers and body', () => {
    const copy = fullMessage().clone();
    expect(fieldsOf(copy)).toEqual(FULL_FIELDS);
    expect([headerBytes(copy).toString(), copy.body.text()]).toEqual(['a:1', 'text']);
  });

  it('keeps origin and status of the engine', () => {
    const copy = readMessage({ proto: 0x12, status: 22 }).clone();
    expect([copy.origin, copy.status]).toEqual([Origin.engine, Status.channelClosed]);
  });

  it('shares nothing with the message', () => {
    const message = fullMessage();
    const copy = message.clone();
    copy.channelNumber = 9;
    copy.textHeaders.append('b', '2');
    copy.body.append(' on');
    expect([fieldsOf(message), headerBytes(message).toString(), message.body.text()]).toEqual([
      FULL_FIELDS,
      'a:1',
      'text',
    ]);
    message.textHeaders.clear();
    message.body.copy('other');
    expect([headerBytes(copy).toString(), copy.body.text()]).toEqual(['a:1\r\nb:2\r\n', 'text on']);
  });

  it('does not see the chunk that the message was read in', () => {
    const message = readMessage({ headers: 'a:1\r\n', body: 'text' });
    const copy = message.clone();
    message.body.buffer().fill(0);
    expect([copy.textHeaders.get('a'), copy.body.text()]).toEqual(['1', 'text']);
  });

  it.each(['shared', 'dispatching', 'spent'] as const)('of a %s message is the caller’s own', use => {
    const message = fullMessage();
    message.use = Use[use];
    const copy = message.clone();
    copy.channelNumber = 9;
    copy.body.copy('mine');
    expect([copy.channelNumber, copy.body.text()]).toEqual([9, 'mine']);
  });
});

describe('reply', () => {
  it.each([
    ['Request', 'Response'],
    ['Signal', 'Signal'],
    ['HelloRequest', 'HelloResponse'],
    ['ByeRequest', 'ByeResponse'],
    ['WelcomeRequest', 'WelcomeResponse'],
  ] as const)('to %s is a %s with the same channel and id, and nothing else of it', (asked, answer) => {
    const message = fullMessage();
    message.opCode = OpCode[asked];
    const reply = message.reply();
    expect(fieldsOf(reply)).toEqual([7, OpCode[answer], 0, false, 0, 0x1_0000_0002n, undefined]);
    expect([reply.textHeaders.byteLength, reply.body.byteLength]).toEqual([0, 0]);
  });

  it('carries its payload', () => {
    const reply = fullMessage().reply({ headers: { b: '2' }, body: 'pong' });
    expect([headerBytes(reply).toString(), reply.body.text()]).toEqual(['b:2\r\n', 'pong']);
    expect(fullMessage().reply('pong').body.text()).toBe('pong');
  });

  it.each(['Response', 'HelloResponse', 'ByeResponse', 'WelcomeResponse', 'ByeSignal'] as const)(
    'to %s is refused with invalid_op_code',
    name => {
      const message = fullMessage();
      message.opCode = OpCode[name];
      expect(refusal(() => message.reply()).code).toBe('invalid_op_code');
    },
  );

  it.each(['shared', 'dispatching', 'spent'] as const)('answers a %s message', use => {
    const message = fullMessage();
    message.use = Use[use];
    expect(message.reply('pong').body.text()).toBe('pong');
  });
});

describe('a message that may not be changed', () => {
  const CHANGES: [string, (message: EngineMessage) => unknown][] = [
    ['channelNumber', m => (m.channelNumber = 1)],
    ['opCode', m => (m.opCode = OpCode.Signal)],
    ['more', m => (m.more = false)],
    ['messageId', m => (m.messageId = 1n)],
    ['reset', m => m.reset()],
    ['textHeaders.append', m => m.textHeaders.append('b', '2')],
    ['textHeaders.clear', m => m.textHeaders.clear()],
    ['body.append', m => m.body.append('x')],
    ['body.copy', m => m.body.copy('x')],
    ['body.clear', m => m.body.clear()],
  ];
  const USES = [
    ['dispatching', 'not_allowed'],
    ['shared', 'not_allowed'],
    ['spent', 'invalid_message'],
  ] as const;

  it.each(USES.flatMap(([use, code]) => CHANGES.map(([name, change]) => [use, name, code, change] as const)))(
    '(%s) refuses %s with %s and reads as before',
    (use, _, code, change) => {
      const message = fullMessage();
      message.use = Use[use];
      expect(refusal(() => change(message)).code).toBe(code);
      expect(fieldsOf(message)).toEqual(FULL_FIELDS);
      expect([headerBytes(message).toString(), message.body.text()]).toEqual(['a:1', 'text']);
    },
  );
});

describe('dump', () => {
  it('shows prefix, opCode, origin, more, status, channel, id and both lengths, in one line', () => {
    const message = readMessage({
      channel: 7,
      proto: 0x20,
      idHigh: 1,
      idLow: 2,
      headers: 'a:1',
      body: 'text!',
    });
    const words = ['> ', 'Request', 'application', 'more', 'success', '7', '4294967298', '3', '5'];
    expect(message.dump('> ')).toMatch(new RegExp(`^${words.join('\\b.*\\b')}\\b[^\\n]*$`));
  });

  it('has no prefix unless it is given one', () => {
    expect(readMessage({ proto: 0x12, status: 22 }).dump()).toMatch(/^Signal\b.*engine.*channel_closed/);
  });

  it('shows an unknown status as unknown_error', () => {
    expect(readMessage({ status: 200 }).dump()).toContain('unknown_error');
  });
});

describe('EngineMessage.is', () => {
  it('recognises messages of another copy of the library, and nothing else', async () => {
    let Other: typeof EngineMessage | undefined;
    await jest.isolateModulesAsync(async () => {
      ({ EngineMessage: Other } = await import('../../lib/message/engine-message.js'));
    });
    if (Other === undefined) throw new Error('the other copy was not loaded');
    expect(Other).not.toBe(EngineMessage);
    expect(EngineMessage.is(Other.fresh(noKeeper))).toBe(true);
    for (const value of [null, undefined, 7, 'message', {}, []]) expect(EngineMessage.is(value)).toBe(false);
  });
});
