import { memClient, memServer, OpCode } from '../../lib/index.js';
import { next, nextLine, post, postHello } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { refusal } from '../support/messages.js';
import { type Network, networks } from '../support/networks.js';
import {
  linesUntilClosed,
  memberOf,
  nextCopy,
  pairOver,
  type Says,
  say,
  type Side,
} from '../support/pair.js';

const mem = networks[2] as Network;

/** The code that a post on a side's channel is refused with. */
function codeOf(side: Side, opCode: OpCode, says?: Says): string {
  return refusal(() => say(side, opCode, says)).code;
}

/** Posts a Hello- or WelcomeRequest that has a channel number already; the code it is refused with. */
function codeOfOpening(side: Side, opens: 'client' | 'server'): string {
  using message = side.engine.get();
  (opens === 'client' ? memClient('nobody') : memServer()).format(message);
  message.channelNumber = side.channel;
  const { code } = refusal(() => side.group.post(message));
  expect([message.channelNumber, message.messageId]).toEqual([side.channel, 0n]);
  return code;
}

/** A client whose hello was not answered, and the server that got it. */
async function unanswered(): Promise<{ client: Side; server: Side; helloId: bigint }> {
  const pair = await pairOver(mem);
  const { server } = pair;
  const member = memberOf(engineForSpec());
  const listening = server.engine.get();
  memServer().format(listening);
  server.group.post(listening);
  const welcome = await nextCopy(server.group);
  const client = { ...member, channel: postHello(member.engine, member.group, mem.clientFor(welcome)) };
  const hello = await nextCopy(server.group);
  return {
    client,
    server: { engine: server.engine, group: server.group, channel: hello.channelNumber },
    helloId: hello.messageId,
  };
}

describe('on a listener post refuses with not_allowed', () => {
  it.each([
    'Request',
    'Response',
    'Signal',
    'HelloResponse',
    'ByeRequest',
    'ByeResponse',
    'WelcomeResponse',
  ] as const)('a %s', async name => {
    const { server } = await pairOver(mem);
    const listener = { ...server, channel: server.listener };
    expect(codeOf(listener, OpCode[name], { id: 5 })).toBe('not_allowed');
  });

  it('a HelloRequest and a WelcomeRequest', async () => {
    const { server } = await pairOver(mem);
    const listener = { ...server, channel: server.listener };
    expect([codeOfOpening(listener, 'client'), codeOfOpening(listener, 'server')]).toEqual([
      'not_allowed',
      'not_allowed',
    ]);
  });
});

describe('on a connection post refuses with not_allowed', () => {
  it('a WelcomeResponse, at both ends', async () => {
    const { client, server } = await pairOver(mem);
    expect(codeOf(client, OpCode.WelcomeResponse, { id: 5 })).toBe('not_allowed');
    expect(codeOf(server, OpCode.WelcomeResponse, { id: 5 })).toBe('not_allowed');
  });

  it('a HelloRequest and a WelcomeRequest, which ask for a channel of their own', async () => {
    const { client, server } = await pairOver(mem);
    for (const side of [client, server]) {
      expect(codeOfOpening(side, 'client')).toBe('not_allowed');
      expect(codeOfOpening(side, 'server')).toBe('not_allowed');
    }
  });

  it("a HelloResponse on a client's channel, before and after the server's", async () => {
    const { client, server, helloId } = await unanswered();
    expect(codeOf(client, OpCode.HelloResponse, { id: helloId })).toBe('not_allowed');
    say(server, OpCode.HelloResponse, { id: helloId });
    expect(await nextLine(client.engine, client.group)).toBe(`HelloResponse ${String(client.channel)}`);
    expect(codeOf(client, OpCode.HelloResponse, { id: helloId })).toBe('not_allowed');
  });

  it('a second HelloResponse', async () => {
    const { server, helloId } = await unanswered();
    say(server, OpCode.HelloResponse, { id: helloId });
    expect(codeOf(server, OpCode.HelloResponse, { id: helloId })).toBe('not_allowed');
  });

  it.each(['Request', 'Response', 'Signal', 'ByeRequest'] as const)(
    "a %s behind one's own ByeRequest",
    async name => {
      const { client } = await pairOver(mem);
      say(client, OpCode.ByeRequest);
      expect(codeOf(client, OpCode[name], { id: 5 })).toBe('not_allowed');
    },
  );

  it.each(['Request', 'Response', 'Signal', 'ByeRequest', 'ByeResponse'] as const)(
    "a %s behind one's own ByeResponse",
    async name => {
      const { client, server } = await pairOver(mem);
      say(client, OpCode.ByeRequest);
      const bye = await nextCopy(server.group);
      server.group.post(bye.reply());
      expect(codeOf(server, OpCode[name], { id: 5 })).toBe('not_allowed');
    },
  );

  it('anything but ByeSignal behind the ByeResponse that refused a hello', async () => {
    const { server, helloId } = await unanswered();
    say(server, OpCode.ByeResponse, { id: helloId });
    expect(codeOf(server, OpCode.HelloResponse, { id: helloId })).toBe('not_allowed');
    expect(codeOf(server, OpCode.Request)).toBe('not_allowed');
    say(server, OpCode.ByeSignal);
    expect(await linesUntilClosed(server.group, server.channel)).toContain(
      `Signal channel_closed ${String(server.channel)}`,
    );
  });
});

describe('post', () => {
  it("refuses a HelloResponse with another id than its HelloRequest's with invalid_message_id", async () => {
    const { client, server, helloId } = await unanswered();
    const error = refusal(() => say(server, OpCode.HelloResponse, { id: helloId + 1n }));
    expect(error.code).toBe('invalid_message_id');
    expect(error.message).toContain(String(helloId + 1n));
    say(server, OpCode.HelloResponse, { id: helloId });
    expect(await nextLine(client.engine, client.group)).toBe(`HelloResponse ${String(client.channel)}`);
  });

  it("takes a ByeResponse behind one's own ByeRequest", async () => {
    const { client, server } = await pairOver(mem);
    say(client, OpCode.ByeRequest, { id: 5 });
    say(client, OpCode.ByeResponse, { id: 6 });
    expect(await linesUntilClosed(server.group, server.channel)).toEqual([
      `ByeRequest ${String(server.channel)}`,
      `ByeResponse ${String(server.channel)}`,
      `Signal channel_closed ${String(server.channel)}`,
    ]);
  });

  it.each(['ByeRequest', 'ByeResponse'] as const)("takes a ByeSignal behind one's own %s", async name => {
    const { client } = await pairOver(mem);
    say(client, OpCode[name], { id: 5 });
    say(client, OpCode.ByeSignal);
    expect((await linesUntilClosed(client.group, client.channel)).at(-1)).toBe(
      `Signal channel_closed ${String(client.channel)}`,
    );
  });

  it('takes anything on a connection whose hello was not answered', async () => {
    const { client, server } = await unanswered();
    for (const name of ['Request', 'Response', 'Signal', 'ByeRequest'] as const) {
      expect(say(client, OpCode[name], { id: 5 }).channelNumber).toBe(client.channel);
      expect(await nextLine(server.engine, server.group)).toBe(`${name} ${String(server.channel)}`);
    }
  });

  it('refuses with invalid_channel_number what was open once channel_closed is taken', async () => {
    const { client } = await pairOver(mem);
    say(client, OpCode.ByeSignal);
    await linesUntilClosed(client.group, client.channel);
    expect(codeOf(client, OpCode.Request)).toBe('invalid_channel_number');
    expect(codeOf(client, OpCode.ByeSignal)).toBe('invalid_channel_number');
  });
});

describe('a send queue of maxQueuedBytes', () => {
  /** A frame of Request is 16 bytes and its body. */
  const options = { client: { maxQueuedBytes: 100 } };

  it('takes any legal frame while it is empty', async () => {
    const { client, server } = await pairOver(mem, options);
    say(client, OpCode.Request, { payload: new Uint8Array(5_000) });
    expect((await nextCopy(server.group)).body.byteLength).toBe(5_000);
  });

  it('is filled to the last byte, and refuses the next one with pool_empty', async () => {
    const { client, server } = await pairOver(mem, options);
    say(client, OpCode.Request, { payload: new Uint8Array(34) });
    say(client, OpCode.Request, { payload: new Uint8Array(33) });
    using message = client.engine.get();
    message.channelNumber = client.channel;
    const error = refusal(() => client.group.post(message));
    expect(error.code).toBe('pool_empty');
    for (const word of ['99', '16', 'maxQueuedBytes', '100']) expect(error.message).toContain(word);
    expect([message.channelNumber, message.messageId]).toEqual([client.channel, 0n]);

    await client.group.writable(client.channel);
    client.group.post(message);
    const sizes = [];
    for (let n = 0; n < 3; n++) sizes.push((await nextCopy(server.group)).body.byteLength);
    expect(sizes).toEqual([34, 33, 0]);
  });

  it('takes exactly maxQueuedBytes', async () => {
    const { client } = await pairOver(mem, options);
    say(client, OpCode.Request, { payload: new Uint8Array(34) });
    say(client, OpCode.Request, { payload: new Uint8Array(34) });
    expect(client.engine.stats().queuedBytes).toBe(100);
    expect(codeOf(client, OpCode.Request)).toBe('pool_empty');
  });

  it('lets byes and the Signals of credit, cancelling and heartbeat pass', async () => {
    const { client, server } = await pairOver(mem, options);
    say(client, OpCode.Request, { payload: new Uint8Array(84) });
    expect(codeOf(client, OpCode.Request)).toBe('pool_empty');
    expect(codeOf(client, OpCode.Signal)).toBe('pool_empty');
    for (const name of ['rx-credit', 'rx-cancel', 'rx-heartbeat']) {
      say(client, OpCode.Signal, { payload: { headers: { [name]: '1' } } });
    }
    say(client, OpCode.ByeRequest);
    const lines = [];
    for (let n = 0; n < 5; n++) lines.push((await nextLine(server.engine, server.group)).split(' ')[0]);
    expect(lines).toEqual(['Request', 'Signal', 'Signal', 'Signal', 'ByeRequest']);
  });

  it('comes last of the checks', async () => {
    const { client } = await pairOver(mem, options);
    say(client, OpCode.Request, { payload: new Uint8Array(84) });
    say(client, OpCode.ByeRequest);
    expect(codeOf(client, OpCode.Request)).toBe('not_allowed');
  });

  it('lets a HelloResponse pass', async () => {
    const { server } = await pairOver(mem, { server: { maxQueuedBytes: 100 } });
    const client = memberOf(engineForSpec());
    const again = server.engine.get();
    memServer().format(again);
    server.group.post(again);
    const welcome = await nextCopy(server.group);
    const channel = postHello(client.engine, client.group, mem.clientFor(welcome));
    using hello = await next(server.group);
    post(server.engine, server.group, hello.channelNumber, OpCode.Request, { payload: new Uint8Array(84) });
    server.group.post(hello.reply());
    expect((await nextCopy(client.group)).opCode).toBe(OpCode.Request);
    expect(await nextLine(client.engine, client.group)).toBe(`HelloResponse ${String(channel)}`);
  });
});
