import { OpCode, statusName } from '../../lib/index.js';
import { lineOf } from '../support/conversation.js';
import { Child } from '../support/child.js';
import { engineForSpec } from '../support/engines.js';
import { fillQueue, memberOf, nextCopy, returnedIds, say, type Side, untilClosed } from '../support/pair.js';

/** A client of a server in another process, which reads nothing once it has accepted. */
async function clientOfChild(): Promise<{ child: Child; client: Side }> {
  const child = new Child('silent-server.cjs');
  const member = memberOf(engineForSpec());
  const hello = member.engine.get();
  hello.opCode = OpCode.HelloRequest;
  hello.textHeaders.append('~connect_to', await child.line());
  const { channelNumber } = member.group.post(hello);
  expect(lineOf(await nextCopy(member.group))).toBe(`HelloResponse ${String(channelNumber)}`);
  return { child, client: { ...member, channel: channelNumber } };
}

describe('a server process that is killed', () => {
  it("gives its client's unsent messages back with peer_disconnected, oldest first, then channel_closed", async () => {
    const { child, client } = await clientOfChild();
    const posted = fillQueue(client);
    child.kill();
    const returned = await returnedIds(client, 'peer_disconnected');
    expect(returned.length).toBeGreaterThan(0);
    expect(returned).toEqual(posted.slice(-returned.length));
    expect(await child.exited).toBe('SIGKILL');
  });

  it('gives back what is posted when it is dead and its client has not heard of that', async () => {
    const { child, client } = await clientOfChild();
    fillQueue(client);
    child.kill();
    await child.exited;
    const messages = [];
    for (let n = 0; n < 2; n++) {
      // The queue may be full still, or the channel closed already: then post itself says so.
      try {
        messages.push(
          say(client, OpCode.Signal, { id: 61 + n, payload: { headers: { 'rx-cancel': '1' } } }).messageId,
        );
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_channel_number' });
      }
    }
    const heard = await untilClosed(client.group, client.channel);
    const signals = heard.filter(message => message.opCode === OpCode.Signal).slice(0, -1);
    expect(signals.map(message => message.messageId)).toEqual(messages);
    for (const signal of signals) expect(statusName(signal.status)).toBe('peer_disconnected');
  });

  it('is closed for a client that has nothing to send', async () => {
    const { child, client } = await clientOfChild();
    child.kill();
    expect((await untilClosed(client.group, client.channel)).map(lineOf)).toEqual([
      `Signal channel_closed ${String(client.channel)}`,
    ]);
  });
});

describe('a process', () => {
  it('ends by itself once its engine is destroyed', async () => {
    const child = new Child('leaves-nothing.cjs', 'destroy');
    expect([await child.line(), await child.line()]).toEqual(['shutdown_started', 'done']);
    expect(await child.end()).toBe(0);
  });

  it('ends by itself once every channel has said goodbye, though its engine is not destroyed', async () => {
    const child = new Child('leaves-nothing.cjs', 'bye');
    expect(await child.line()).toBe('done');
    expect(await child.end()).toBe(0);
  });

  it("hears of its claimants' errors as of any that nobody catches, and loses neither slot nor message", async () => {
    const child = new Child('throwing-claimant.cjs');
    expect(JSON.parse(await child.line())).toEqual({
      seen: 3,
      errors: ['at one', 'at two', 'at the end'],
      others: ['for the group'],
      held: 0,
    });
    expect(await child.end()).toBe(0);
  });
});
