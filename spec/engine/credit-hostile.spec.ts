import { comesTrue } from '../support/eventually.js';
import { frame, requestFrames, upTo } from '../support/frames.js';
import { untilClosed } from '../support/pair.js';
import { lineOf } from '../support/conversation.js';
import { expectAlive } from '../support/raw-channels.js';
import {
  askForCredit,
  expectFaultBehind,
  grant,
  greetOnCredit,
  hears,
  listenForCredit,
  SOCKETS,
} from '../support/raw-credit.js';

describe.each(SOCKETS)('on credit over $name, a channel alone ends with recv_failed', network => {
  it.each([
    ['0', '0'],
    ['a negative number', '-1'],
    ['a fraction', '1.5'],
    ['nothing', ''],
    ['a word', 'abc'],
    ['2^31', '2147483648'],
    ['99999999999', '99999999999'],
    ['a number behind 400 zeros', `${'0'.repeat(400)}1`],
  ])('on a grant of %s', async (_name, value) => {
    const target = await listenForCredit(network);
    const good = await greetOnCredit(target);
    const bad = await greetOnCredit(target);
    bad.raw.writeBytes(grant(value));
    await expectFaultBehind(bad.server);
    await expectAlive(good.raw, good.server);
    expect(target.engine.stats().framesRejected).toBe(1);
  });

  it('on grants that make more than 2^31 of it', async () => {
    const target = await listenForCredit(network);
    const good = await greetOnCredit(target);
    const bad = await greetOnCredit(target);
    const request = frame({ id: 7, body: 'between' });
    bad.raw.writeBytes(Buffer.concat([grant(2 ** 31 - 1), grant(1), request, grant(1)]));
    await expectFaultBehind(bad.server, `Request ${String(bad.server.channel)} "between"`);
    await expectAlive(good.raw, good.server);
    expect(target.engine.stats().framesRejected).toBe(1);
  });

  it('on a message beyond its credit, behind all those within it', async () => {
    const target = await listenForCredit(network, { initialPoolMsgs: 100, maxPoolMsgs: 100 });
    const good = await greetOnCredit(target);
    const bad = await greetOnCredit(target);
    bad.raw.writeBytes(requestFrames(upTo(65)));
    const messages = await untilClosed(target.group, bad.server.channel);
    expect(messages.slice(0, -2).map(({ messageId }) => Number(messageId))).toEqual(upTo(64));
    expect(messages.slice(-2).map(lineOf)).toEqual([
      `Signal recv_failed ${String(bad.server.channel)}`,
      `Signal channel_closed ${String(bad.server.channel)}`,
    ]);
    await expectAlive(good.raw, good.server);
  });

  it('for a client as for a server', async () => {
    const { raw, client, answer } = await askForCredit(network);
    answer('64');
    raw.writeBytes(grant('abc'));
    const lines = (await untilClosed(client.group, client.channel)).map(lineOf);
    expect(lines).toEqual([
      `HelloResponse ${String(client.channel)}`,
      `Signal recv_failed ${String(client.channel)}`,
      `Signal channel_closed ${String(client.channel)}`,
    ]);
    await hears(raw, 1);
    await comesTrue(() => client.engine.stats().framesRejected === 1);
  });
});
