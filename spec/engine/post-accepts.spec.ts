import { memServer, OpCode, Origin, Status, statusName } from '../../lib/index.js';
import { listenOn, post } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { refusal } from '../support/messages.js';
import { type Network, networks } from '../support/networks.js';
import { memberOf, nextCopy, pairOver, say, untilClosed } from '../support/pair.js';

const mem = networks[2] as Network;

/** Where every copy of rxtofu in a process counts the ids that it assigned. */
function sequence(): { last: number } | undefined {
  return (globalThis as Record<symbol, unknown>)[Symbol.for('rxtofu.sequence')] as
    { last: number } | undefined;
}

/** Posts a WelcomeRequest; the id assigned. */
function idOfWelcome(engine = engineForSpec()): bigint {
  const message = engine.get();
  memServer().format(message);
  return engine.createGroup().post(message).messageId;
}

describe('message_id 0', () => {
  it('becomes 1 on the first message that a process posts', () => {
    expect(sequence()).toBeUndefined();
    expect(idOfWelcome()).toBe(1n);
    expect(sequence()).toBeDefined();
  });

  it('becomes the next number, whatever engine and group it is posted on', () => {
    const engine = engineForSpec();
    const first = idOfWelcome(engine);
    expect(idOfWelcome(engine)).toBe(first + 1n);
    expect(idOfWelcome()).toBe(first + 2n);
  });

  it('stays 0, and uses no number up, when post refuses the message', () => {
    const engine = engineForSpec();
    const first = idOfWelcome(engine);
    using message = engine.get();
    refusal(() => engine.createGroup().post(message));
    expect(message.messageId).toBe(0n);
    expect(idOfWelcome(engine)).toBe(first + 1n);
  });

  it('takes part in no count where the caller set an id', async () => {
    const { client } = await pairOver(mem);
    const first = say(client, OpCode.Request).messageId;
    expect(say(client, OpCode.Request, { id: 2n ** 64n - 1n }).messageId).toBe(2n ** 64n - 1n);
    expect(say(client, OpCode.Request).messageId).toBe(first + 1n);
  });

  it('goes on beyond 32 bits', async () => {
    const { client, server } = await pairOver(mem);
    (sequence() as { last: number }).last = 2 ** 32 - 2;
    const ids = [1, 2, 3].map(() => say(client, OpCode.Request).messageId);
    expect(ids).toEqual([2n ** 32n - 1n, 2n ** 32n, 2n ** 32n + 1n]);
    for (const id of ids) expect((await nextCopy(server.group)).messageId).toBe(id);
  });
});

describe('a message that post accepted', () => {
  it('has its header as assigned given back', async () => {
    const { engine, group } = memberOf(engineForSpec());
    const message = engine.get();
    memServer().format(message);
    const header = group.post(message);
    expect({ ...fieldsOf(header), messageId: header.messageId > 0n }).toEqual({
      channelNumber: header.channelNumber,
      opCode: OpCode.WelcomeRequest,
      origin: Origin.application,
      more: false,
      status: Status.success,
      messageId: true,
    });
    expect(header.channelNumber).toBeGreaterThanOrEqual(1);
    expect(header.channelNumber).toBeLessThanOrEqual(65_534);
    const welcome = await nextCopy(group);
    expect([welcome.channelNumber, welcome.messageId]).toEqual([header.channelNumber, header.messageId]);
  });

  it('has channel, id and more given back as they were set', async () => {
    const { client } = await pairOver(mem);
    const message = client.engine.get();
    message.channelNumber = client.channel;
    message.opCode = OpCode.Response;
    message.messageId = 77;
    message.more = true;
    expect(fieldsOf(client.group.post(message))).toEqual({
      channelNumber: client.channel,
      opCode: OpCode.Response,
      origin: Origin.application,
      more: true,
      status: Status.success,
      messageId: 77n,
    });
  });

  it('has its origin and status overwritten', async () => {
    const { client, server } = await pairOver(mem);
    const asked = client.engine.get();
    asked.opCode = OpCode.WelcomeRequest;
    asked.textHeaders.append('~listen_on', 'nowhere');
    client.group.post(asked);
    const failure = await client.group.waitReceive(5_000);
    if (failure === null) throw new Error('no WelcomeResponse came');
    expect([failure.origin, statusName(failure.status)]).toEqual([Origin.engine, 'invalid_address']);
    await untilClosed(client.group, failure.channelNumber);

    failure.opCode = OpCode.Request;
    failure.channelNumber = client.channel;
    const header = client.group.post(failure);
    expect([header.origin, header.status]).toEqual([Origin.application, Status.success]);
    const received = await nextCopy(server.group);
    expect([received.opCode, received.origin, received.status]).toEqual([
      OpCode.Request,
      Origin.application,
      Status.success,
    ]);
  });

  it('gives its slot back at once', async () => {
    const { client } = await pairOver(mem);
    const message = client.engine.get();
    message.channelNumber = client.channel;
    expect(client.engine.pool.stats().used).toBe(1);
    client.group.post(message);
    expect(client.engine.pool.stats()).toMatchObject({ used: 0, beyond: 0 });
  });

  it('may be of another engine, whose slot it gives back', async () => {
    const { client, server } = await pairOver(mem);
    const message = server.engine.get();
    message.channelNumber = client.channel;
    message.body.append('lent');
    client.group.post(message);
    expect(server.engine.pool.stats().used).toBe(0);
    expect((await nextCopy(server.group)).body.text()).toBe('lent');
  });
});

describe('the handle of a posted message', () => {
  it('still reads as it was posted', async () => {
    const { client } = await pairOver(mem);
    const message = client.engine.get();
    message.channelNumber = client.channel;
    message.textHeaders.append('name', 'value');
    message.body.append('text');
    const header = client.group.post(message);
    expect([message.channelNumber, message.messageId]).toEqual([client.channel, header.messageId]);
    expect([message.opCode, message.more]).toEqual([OpCode.Request, false]);
    expect([...message.textHeaders]).toEqual([['name', 'value']]);
    expect(message.body.text()).toBe('text');
  });

  it('reads the channel number that was assigned', async () => {
    const { engine, group } = memberOf(engineForSpec());
    const { channel } = await listenOn(engine, group, mem);
    const message = engine.get();
    memServer().format(message);
    const header = group.post(message);
    expect(message.channelNumber).toBe(header.channelNumber);
    expect(message.channelNumber).not.toBe(channel);
  });

  it('is spent: every change throws invalid_message', async () => {
    const { client } = await pairOver(mem);
    const message = client.engine.get();
    message.channelNumber = client.channel;
    client.group.post(message);
    const changes: (() => void)[] = [
      () => (message.channelNumber = 1),
      () => (message.opCode = OpCode.Signal),
      () => (message.messageId = 5n),
      () => (message.more = true),
      () => message.textHeaders.append('a', 'b'),
      () => message.textHeaders.clear(),
      () => message.body.append('x'),
      () => message.body.copy('x'),
      () => message.body.clear(),
      () => message.reset(),
    ];
    for (const change of changes) expect(refusal(change).code).toBe('invalid_message');
  });

  it('is nothing to put back', async () => {
    const { client, server } = await pairOver(mem);
    const message = client.engine.get();
    message.channelNumber = client.channel;
    client.group.post(message);
    const before = client.engine.pool.stats();
    client.engine.put(message);
    message[Symbol.dispose]();
    expect(client.engine.pool.stats()).toEqual(before);
    expect((await nextCopy(server.group)).opCode).toBe(OpCode.Request);
  });

  it('can be cloned and answered, as any message that is read', async () => {
    const { client, server } = await pairOver(mem);
    const message = client.engine.get();
    message.channelNumber = client.channel;
    message.body.append('once');
    client.group.post(message);
    client.group.post(message.clone());
    expect((await nextCopy(server.group)).body.text()).toBe('once');
    expect((await nextCopy(server.group)).body.text()).toBe('once');
  });

  it('does not change when the queue that holds its frame is used again', async () => {
    const { client, server } = await pairOver(mem);
    const first = client.engine.get();
    first.channelNumber = client.channel;
    first.body.append('first');
    client.group.post(first);
    post(client.engine, client.group, client.channel, OpCode.Request, { payload: 'other' });
    expect((await nextCopy(server.group)).body.text()).toBe('first');
    expect((await nextCopy(server.group)).body.text()).toBe('other');
    expect(first.body.text()).toBe('first');
  });
});

function fieldsOf(header: ReturnType<ReturnType<typeof memberOf>['group']['post']>): object {
  const { channelNumber, opCode, origin, more, status, messageId } = header;
  return { channelNumber, opCode, origin, more, status, messageId };
}
