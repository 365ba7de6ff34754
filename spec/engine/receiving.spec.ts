import { type ChannelGroup, type Engine, type Message, OpCode, Origin, statusName } from '../../lib/index.js';
import { lineOf, listenOn, next, nextLine, post } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { refusal } from '../support/messages.js';
import { type Network, networks } from '../support/networks.js';
import { nextCopy, pairOver, rejection, say } from '../support/pair.js';
import { StoppedClock } from '../support/stopped-clock.js';

const mem = networks[2] as Network;

let engine: Engine;
let group: ChannelGroup;

beforeEach(() => {
  engine = engineForSpec();
  group = engine.createGroup();
});

/** Puts a message on the group's own stream. */
function tell(text: string): void {
  const message = engine.get();
  message.body.append(text);
  group.updateReceiver(message);
}

async function nextText(): Promise<string> {
  return (await nextCopy(group)).body.text();
}

describe('waitReceive', () => {
  it.each([0, -1, -Infinity])('with %p ms is null at once where nothing is there', async ms => {
    expect(await group.waitReceive(ms)).toBeNull();
  });

  it.each([0, -1])('with %p ms takes what is there', async ms => {
    tell('there');
    using message = await group.waitReceive(ms);
    expect(message?.body.text()).toBe('there');
  });

  it('is null when its time is over, and loses nothing of what comes then', async () => {
    const clock = new StoppedClock();
    engine = engineForSpec({ clock });
    group = engine.createGroup();
    const waiting = group.waitReceive(1_000);
    clock.advance(999);
    clock.advance(1);
    expect(await waiting).toBeNull();
    tell('late');
    expect(await nextText()).toBe('late');
    expect(clock.waiting).toBe(0);
  });

  it('waits for ever by default', async () => {
    const clock = new StoppedClock();
    engine = engineForSpec({ clock });
    group = engine.createGroup();
    const waiting = group.waitReceive();
    clock.advance(1_000_000_000);
    tell('at last');
    using message = await waiting;
    expect(message?.body.text()).toBe('at last');
  });

  it.each([NaN, '5', null, {}])('refuses to wait %p ms with not_allowed', async ms => {
    expect(await rejection(group.waitReceive(ms as number))).toMatchObject({ code: 'not_allowed' });
  });

  it('gives messages in the order in which they came', async () => {
    for (const text of ['one', 'two', 'three']) tell(text);
    expect([await nextText(), await nextText(), await nextText()]).toEqual(['one', 'two', 'three']);
  });

  it('rejects with the reason of a signal that was aborted before, and takes nothing', async () => {
    tell('kept');
    const reason = { any: 'thing' };
    expect(await rejection(group.waitReceive(5_000, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(await nextText()).toBe('kept');
  });

  it('rejects with the reason of a signal that is aborted meanwhile, and loses nothing', async () => {
    const giveUp = new AbortController();
    const reason = new Error('enough');
    const waiting = rejection(group.waitReceive(Infinity, { signal: giveUp.signal }));
    giveUp.abort(reason);
    expect(await waiting).toBe(reason);
    tell('for the next one');
    expect(await nextText()).toBe('for the next one');
  });

  it('is not disturbed by a signal that is aborted behind it', async () => {
    const giveUp = new AbortController();
    const waiting = group.waitReceive(Infinity, { signal: giveUp.signal });
    tell('first');
    giveUp.abort();
    using message = await waiting;
    expect(message?.body.text()).toBe('first');
  });

  it('refuses a second pull with not_allowed while one waits', async () => {
    const first = group.waitReceive();
    expect(await rejection(group.waitReceive())).toMatchObject({ code: 'not_allowed' });
    expect(await rejection(group.waitReceive(0))).toMatchObject({ code: 'not_allowed' });
    tell('for the first');
    using message = await first;
    expect(message?.body.text()).toBe('for the first');
  });

  it('gives the caller messages of its own: to be changed, posted, or put', async () => {
    const { client, server } = await pairOver(mem);
    say(client, OpCode.Request, { payload: 'ping' });
    const request = await next(server.group);
    expect(server.engine.pool.stats().used).toBe(1);
    request.opCode = OpCode.Response;
    request.body.copy('pong');
    server.group.post(request);
    expect(server.engine.pool.stats().used).toBe(0);
    expect(await nextLine(client.engine, client.group)).toBe(`Response ${String(client.channel)} "pong"`);
  });
});

describe('for await', () => {
  it('gives the previous message back at the next pull, and ends when the group is destroyed', async () => {
    for (const text of ['one', 'two', 'three']) tell(text);
    const used: number[] = [];
    const texts: string[] = [];
    for await (const message of group) {
      texts.push(message.body.text());
      used.push(engine.pool.stats().used);
      if (texts.length === 3) void group.destroy();
    }
    expect(texts).toEqual(['one', 'two', 'three']);
    expect(used).toEqual([3, 2, 1]);
    expect(engine.pool.stats().used).toBe(0);
  });

  it('ends when the group is destroyed while it waits', async () => {
    const ended = (async () => {
      for await (const message of group) throw new Error(`none was sent, but: ${message.dump()}`);
      return 'ended';
    })();
    await group.destroy();
    expect(await ended).toBe('ended');
  });

  it('ends when the engine is destroyed', async () => {
    const ended = (async () => {
      for await (const message of group) throw new Error(`none was sent, but: ${message.dump()}`);
      return 'ended';
    })();
    await engine.destroy();
    expect(await ended).toBe('ended');
  });

  it('ends at once on a destroyed group', async () => {
    await group.destroy();
    for await (const message of group) throw new Error(`none was sent, but: ${message.dump()}`);
    expect(group.isDestroyed).toBe(true);
  });

  it('gives its last message back when the loop is left, and leaves the rest', async () => {
    tell('one');
    tell('two');
    for await (const message of group) {
      expect(message.body.text()).toBe('one');
      break;
    }
    expect(engine.pool.stats().used).toBe(1);
    expect(await nextText()).toBe('two');
  });

  it('gives its last message back when the loop throws', async () => {
    tell('one');
    const loop = (async () => {
      for await (const message of group) throw new Error(message.body.text());
    })();
    expect(await rejection(loop)).toMatchObject({ message: 'one' });
    expect(engine.pool.stats().used).toBe(0);
  });

  it('gives back nothing that was posted in the loop', async () => {
    const { client, server } = await pairOver(mem);
    say(client, OpCode.Request, { payload: 'there and back' });
    for await (const message of server.group) {
      server.group.post(message);
      break;
    }
    expect(server.engine.pool.stats()).toMatchObject({ used: 0, beyond: 0 });
    expect(await nextLine(client.engine, client.group)).toBe(
      `Request ${String(client.channel)} "there and back"`,
    );
  });

  it('is one pull: a second is refused with not_allowed', async () => {
    const loop = (async () => {
      for await (const message of group) return message.body.text();
      return 'none';
    })();
    expect(await rejection(group.waitReceive(0))).toMatchObject({ code: 'not_allowed' });
    tell('for the loop');
    expect(await loop).toBe('for the loop');
  });
});

describe('updateReceiver', () => {
  it('without a message puts a Signal of the engine on the stream, with channel 0 and id 0', async () => {
    group.updateReceiver();
    const message = await nextCopy(group);
    expect(lineOf(message)).toBe('Signal receiver_update 0');
    expect([message.origin, message.messageId, message.body.byteLength]).toEqual([Origin.engine, 0n, 0]);
    expect([...message.textHeaders]).toEqual([]);
  });

  it('with one puts the same on the stream: origin application, status receiver_update', async () => {
    const message = engine.get();
    message.opCode = OpCode.Response;
    message.channelNumber = 12_345;
    message.messageId = 2n ** 63n;
    message.more = true;
    message.textHeaders.append('to', 'myself');
    message.body.append('a note');
    group.updateReceiver(message);
    const got = await nextCopy(group);
    expect([got.origin, statusName(got.status)]).toEqual([Origin.application, 'receiver_update']);
    expect([got.opCode, got.channelNumber, got.messageId, got.more]).toEqual([
      OpCode.Response,
      12_345,
      2n ** 63n,
      true,
    ]);
    expect([...got.textHeaders]).toEqual([['to', 'myself']]);
    expect(got.body.text()).toBe('a note');
  });

  it('makes a message of the engine one of the application', async () => {
    await listenOn(engine, group, mem);
    group.updateReceiver();
    const fromEngine = await next(group);
    expect(fromEngine.origin).toBe(Origin.engine);
    group.updateReceiver(fromEngine);
    const got = await nextCopy(group);
    expect([got.origin, statusName(got.status)]).toEqual([Origin.application, 'receiver_update']);
  });

  it('uses the message up, and its slot moves along', async () => {
    const message = engine.get();
    group.updateReceiver(message);
    expect(engine.pool.stats().used).toBe(1);
    expect(refusal(() => (message.more = true)).code).toBe('invalid_message');
    expect(refusal(() => group.updateReceiver(message)).code).toBe('invalid_message');
    engine.put(message);
    expect(engine.pool.stats().used).toBe(1);
    engine.put(await next(group));
    expect(engine.pool.stats().used).toBe(0);
  });

  it('wakes a pull that waits', async () => {
    const waiting = group.waitReceive();
    group.updateReceiver();
    expect(lineOf((await waiting) as Message)).toBe('Signal receiver_update 0');
  });

  it('comes behind what is on the stream already', async () => {
    tell('before');
    group.updateReceiver();
    tell('behind');
    expect(await nextText()).toBe('before');
    expect(lineOf(await nextCopy(group))).toBe('Signal receiver_update 0');
    expect(await nextText()).toBe('behind');
  });

  it('reaches its own group alone', async () => {
    const other = engine.createGroup();
    group.updateReceiver();
    expect(await other.waitReceive(0)).toBeNull();
    expect(await nextLine(engine, group)).toBe('Signal receiver_update 0');
  });

  it('refuses a message that was pushed with not_allowed', async () => {
    const { channel } = await listenOn(engine, group, mem);
    const code = await new Promise<string>(resolve => {
      group.claim(channel, message => {
        resolve(refusal(() => group.updateReceiver(message)).code);
      });
      post(engine, group, channel, OpCode.ByeSignal);
    });
    expect(code).toBe('not_allowed');
  });
});
