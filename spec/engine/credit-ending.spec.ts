import type { IoChannel } from '../../lib/engine/io-channel.js';
import type { Outbox } from '../../lib/engine/outbox.js';
import { OpCode, statusName } from '../../lib/index.js';
import { lineOf } from '../support/conversation.js';
import { frame, requestFrames, upTo } from '../support/frames.js';
import { nextCopy, say, untilClosed } from '../support/pair.js';
import { refusal } from '../support/messages.js';
import {
  grant,
  greetOnCredit,
  heard,
  hears,
  hearsLine,
  listenForCredit,
  sayMany,
  settlesAt,
  SOCKETS,
} from '../support/raw-credit.js';

/** A pool that is not empty here. */
const ROOMY = { initialPoolMsgs: 200, maxPoolMsgs: 200 };

describe.each(SOCKETS)('what waits for credit over $name', network => {
  it.each([
    ['FIN', 'peer_disconnected'],
    ['a break', 'peer_disconnected'],
    ['ByeSignal', 'channel_closed'],
    ['a fault', 'recv_failed'],
  ])('comes back whole and in order behind %s, with %s, and no grant with it', async (how, status) => {
    const target = await listenForCredit(network, ROOMY);
    const { raw, server } = await greetOnCredit(target, { hello: '1' });
    raw.writeBytes(requestFrames(upTo(64)));
    for (const id of upTo(64)) expect(Number((await nextCopy(target.group)).messageId)).toBe(id);
    const big = 'x'.repeat(20_000);
    say(server, OpCode.Request, { id: 1 });
    say(server, OpCode.Request, { id: 2, payload: { body: 'two', headers: { a: 'b' } } });
    say(server, OpCode.Request, { id: 3, payload: big });
    say(server, OpCode.Response, { id: 4, more: true });
    await hearsLine(raw, 'Request 1');
    // A grant of ours waits among them, too.
    raw.writeBytes(requestFrames(upTo(32)));
    for (const id of upTo(32)) expect(Number((await nextCopy(target.group)).messageId)).toBe(id);
    if (how === 'FIN') raw.fin();
    else if (how === 'a break') raw.destroy();
    else if (how === 'ByeSignal') say(server, OpCode.ByeSignal);
    else raw.writeBytes(frame({ opCode: OpCode.HelloRequest, id: 5 }));
    const came = await untilClosed(target.group, server.channel);
    const back = came.filter(message => message.messageId !== 99n);
    expect(back.map(({ opCode, messageId }) => [opCode, Number(messageId)])).toEqual([
      [OpCode.Request, 2],
      [OpCode.Request, 3],
      [OpCode.Response, 4],
    ]);
    expect(back.map(message => [message.isFromEngine(), statusName(message.status)])).toEqual(
      Array(3).fill([true, status]),
    );
    expect(back.map(({ more }) => more)).toEqual([false, false, true]);
    expect(back[0]?.textHeaders.get('a')).toBe('b');
    expect([back[0]?.body.text(), back[1]?.body.text()]).toEqual(['two', big]);
    expect(lineOf(came.at(-1) as never)).toBe(`Signal channel_closed ${String(server.channel)}`);
  });

  it('leaves before a ByeRequest, which waits behind it and costs nothing', async () => {
    const target = await listenForCredit(network);
    const { raw, server } = await greetOnCredit(target, { hello: '1' });
    sayMany(server, 1, 3);
    say(server, OpCode.ByeRequest, { id: 50 });
    await hears(raw, 2);
    raw.writeBytes(grant(1));
    await hears(raw, 3);
    raw.writeBytes(grant(1));
    await hears(raw, 5);
    expect(heard(raw).slice(1)).toEqual(['Request 1 "1"', 'Request 2 "2"', 'Request 3 "3"', 'ByeRequest 50']);
    raw.writeBytes(frame({ opCode: OpCode.ByeResponse, id: 50 }));
    const lines = (await untilClosed(target.group, server.channel)).map(lineOf);
    const channel = String(server.channel);
    expect(lines).toEqual([`ByeResponse ${channel}`, `Signal channel_closed ${channel}`]);
  });

  it.each([
    ['a message', (outbox: Outbox) => outbox.takeUnsent(OpCode.Request, 0, 2)],
    ['the frames of a stream', (outbox: Outbox) => outbox.dropHeld(OpCode.Request, 0, 2) === 1],
  ])('holds no ByeRequest back once it was taken back: %s', async (_, takeBack) => {
    const target = await listenForCredit(network);
    const { raw, server } = await greetOnCredit(target, { hello: '1' });
    sayMany(server, 1, 2);
    say(server, OpCode.ByeRequest, { id: 50 });
    await hears(raw, 2);
    const channel = server.engine.core.context.table.get(server.channel);
    expect(takeBack((channel as IoChannel).outbox)).toBe(true);
    await hears(raw, 3);
    expect(heard(raw).slice(1)).toEqual(['Request 1 "1"', 'ByeRequest 50']);
  });

  it('is granted behind a ByeRequest of the peer, too, and leaves before the ByeResponse', async () => {
    const target = await listenForCredit(network);
    const { raw, server } = await greetOnCredit(target, { hello: '1' });
    sayMany(server, 1, 2);
    raw.writeBytes(Buffer.concat([frame({ opCode: OpCode.ByeRequest, id: 50 })]));
    expect((await nextCopy(target.group)).opCode).toBe(OpCode.ByeRequest);
    say(server, OpCode.Request, { id: 3, payload: '3' });
    say(server, OpCode.ByeResponse, { id: 50 });
    await hears(raw, 2);
    raw.writeBytes(grant(1));
    await hears(raw, 3);
    raw.writeBytes(grant(1));
    await hears(raw, 5);
    expect(heard(raw).slice(1)).toEqual([
      'Request 1 "1"',
      'Request 2 "2"',
      'Request 3 "3"',
      'ByeResponse 50',
    ]);
    raw.fin();
    expect((await untilClosed(target.group, server.channel)).map(lineOf)).toEqual([
      `Signal channel_closed ${String(server.channel)}`,
    ]);
  });

  it.each([
    ['a Signal', frame({ opCode: OpCode.Signal })],
    ['a cancel', frame({ opCode: OpCode.Signal, headers: 'rx-cancel:1\r\n' })],
    ['a malformed grant', grant('0')],
  ])('is granted by nothing else behind a ByeRequest: %s is a fault', async (_name, bytes) => {
    const target = await listenForCredit(network);
    const { raw, server } = await greetOnCredit(target);
    raw.writeBytes(Buffer.concat([frame({ opCode: OpCode.ByeRequest, id: 50 }), grant(1), bytes]));
    const channel = String(server.channel);
    expect((await untilClosed(target.group, server.channel)).map(lineOf)).toEqual([
      `ByeRequest ${channel}`,
      `Signal recv_failed ${channel}`,
      `Signal channel_closed ${channel}`,
    ]);
  });

  it('goes on being granted to a peer behind our ByeRequest', async () => {
    const target = await listenForCredit(network, ROOMY);
    const { raw, server } = await greetOnCredit(target);
    say(server, OpCode.ByeRequest, { id: 50 });
    await hears(raw, 2);
    raw.writeBytes(requestFrames(upTo(64)));
    for (const id of upTo(64)) expect(Number((await nextCopy(target.group)).messageId)).toBe(id);
    await hears(raw, 3);
    expect(heard(raw)[2]).toMatch(/^Signal\* 0 rx-credit:\d+$/);
  });

  it('counts toward maxQueuedBytes and writable, and a grant makes room', async () => {
    const target = await listenForCredit(network, { maxQueuedBytes: 100 });
    const { raw, server } = await greetOnCredit(target, { hello: '1' });
    say(server, OpCode.Request, { id: 1 });
    await settlesAt(server, 0);
    for (const id of [2, 3]) say(server, OpCode.Request, { id, payload: 'x'.repeat(30) });
    await hears(raw, 2);
    expect(server.engine.stats().queuedBytes).toBe(92);
    expect(refusal(() => say(server, OpCode.Request, { id: 4 })).code).toBe('pool_empty');
    say(server, OpCode.Signal, { id: 5, payload: { headers: { 'rx-heartbeat': '1' } } });
    await hearsLine(raw, 'Signal 5 rx-heartbeat:1');
    let isWritable = false;
    const writable = target.group.writable(server.channel).then(() => (isWritable = true));
    await hears(raw, 3);
    expect(isWritable).toBe(false);
    raw.writeBytes(grant(1));
    await writable;
    expect(server.engine.stats().queuedBytes).toBe(46);
    say(server, OpCode.Request, { id: 4 });
    raw.writeBytes(grant(2));
    await hearsLine(raw, 'Request 4');
  });
});
