import { type ChannelGroup, OpCode } from '../../lib/index.js';
import { lineOf } from '../support/conversation.js';
import { comesTrue } from '../support/eventually.js';
import { frame, requestFrames, upTo } from '../support/frames.js';
import { nextCopy, say, untilClosed } from '../support/pair.js';
import {
  grant,
  greetOnCredit,
  hears,
  hearsLine,
  listenForCredit,
  sayMany,
  SOCKETS,
} from '../support/raw-credit.js';

/** A pool that one channel fills with four messages. */
const FOUR = { initialPoolMsgs: 4, maxPoolMsgs: 4 };

/** A Signal of 34 bytes that costs nothing. */
function free(header: 'rx-heartbeat' | 'rx-cancel', id = 0): Buffer {
  return frame({ opCode: OpCode.Signal, id, headers: `${header}:1\r\n` });
}

/** The ids of the next so many messages of the peer, among at most `most`. */
async function idsFrom(group: ChannelGroup, count: number, most: number): Promise<number[]> {
  const ids: number[] = [];
  for (let n = 0; n < most && ids.length < count; n++) {
    const message = await nextCopy(group);
    if (!message.isFromEngine()) ids.push(Number(message.messageId));
  }
  return ids;
}

describe.each(SOCKETS)(
  'a channel whose messages wait for credit, and which waits for slots, over $name',
  network => {
    it('finds the grant behind what it has no slot for', async () => {
      const target = await listenForCredit(network, FOUR);
      const { raw, server } = await greetOnCredit(target, { hello: '1' });
      sayMany(server, 1, 3);
      await hears(raw, 2);
      raw.writeBytes(Buffer.concat([requestFrames(upTo(40)), grant(2)]));
      await hearsLine(raw, 'Request 3 "3"');
      expect(await idsFrom(target.group, 40, 50)).toEqual(upTo(40));
      // What waited for a slot was held, too: its grant comes when half of the window is consumed.
      await comesTrue(() => target.group.core.connection(server.channel).credit?.incoming.held === 0);
    });

    it('keeps the order for whoever reads it by hand', async () => {
      const target = await listenForCredit(network, FOUR);
      const { raw, server } = await greetOnCredit(target, { hello: '1' });
      sayMany(server, 1, 3);
      await hears(raw, 2);
      const kinds = [OpCode.Request, OpCode.Signal, OpCode.Response];
      raw.writeBytes(Buffer.concat(upTo(30).map(id => frame({ opCode: kinds[id % 3] as OpCode, id }))));
      raw.writeBytes(grant(2));
      await hearsLine(raw, 'Request 3 "3"');
      expect(await idsFrom(target.group, 30, 40)).toEqual(upTo(30));
    });

    it('delivers what is legal before it faults for a grant that makes too much', async () => {
      const target = await listenForCredit(network, FOUR);
      const { raw, server } = await greetOnCredit(target);
      // As a Peer says it that has asked.
      target.group.core.connection(server.channel).awaitsAnswers = true;
      raw.writeBytes(Buffer.concat([requestFrames(upTo(10)), grant(2 ** 31 - 1), grant(2 ** 31 - 1)]));
      await comesTrue(() => target.engine.stats().pausedChannels === 1);
      const messages = (await untilClosed(target.group, server.channel)).filter(
        ({ channelNumber }) => channelNumber === server.channel,
      );
      expect(messages.slice(0, 10).map(({ messageId }) => Number(messageId))).toEqual(upTo(10));
      expect(messages.slice(10).map(lineOf)).toEqual([
        `Signal recv_failed ${String(server.channel)}`,
        `Signal channel_closed ${String(server.channel)}`,
      ]);
    });

    it.each([
      ['where credit was not agreed on', { hello: null, answer: null }],
      ['where it was not answered', { hello: '64', answer: null }],
    ])('takes what reads as a grant behind a ByeRequest for illegal %s', async (_where, windows) => {
      const target = await listenForCredit(network, FOUR);
      const { raw, server } = await greetOnCredit(target, windows);
      target.group.core.connection(server.channel).awaitsAnswers = true;
      const bye = frame({ opCode: OpCode.ByeRequest, id: 9 });
      raw.writeBytes(Buffer.concat([requestFrames(upTo(6)), bye, grant(1)]));
      await comesTrue(() => target.engine.stats().pausedChannels === 1);
      const messages = (await untilClosed(target.group, server.channel)).filter(
        ({ channelNumber }) => channelNumber === server.channel,
      );
      expect(messages.slice(6).map(lineOf)).toEqual(
        ['ByeRequest', 'Signal recv_failed', 'Signal channel_closed'].map(
          line => `${line} ${String(server.channel)}`,
        ),
      );
    });

    it.each(['rx-heartbeat', 'rx-cancel'] as const)(
      'stops reading a flood of %s that nobody follows, and loses none of it',
      async header => {
        const target = await listenForCredit(network, { ...FOUR, maxParkedBytes: 4_096 });
        const { raw, server } = await greetOnCredit(target, { hello: '1' });
        sayMany(server, 1, 2);
        await hears(raw, 2);
        const flood = 2_000;
        raw.writeBytes(requestFrames(upTo(8)));
        raw.writeBytes(Buffer.concat(Array<Buffer>(flood).fill(free(header, 7))));
        const channel = target.group.core.connection(server.channel);
        await comesTrue(() => channel.reader.isBlind || target.engine.stats().messagesIn > flood);
        expect(channel.reader.isBlind).toBe(true);
        // Its hello, four with slots, and what 4 KiB hold.
        expect(target.engine.stats().messagesIn).toBeLessThanOrEqual(1 + 4 + 4_096 / 16);
        const kinds = { [OpCode.Request]: 0, [OpCode.Signal]: 0 };
        while (kinds[OpCode.Signal] < flood) {
          const message = await nextCopy(target.group);
          if (!message.isFromEngine()) kinds[message.opCode as keyof typeof kinds]++;
        }
        expect(kinds).toEqual({ [OpCode.Request]: 8, [OpCode.Signal]: flood });
        const { incoming } = channel.credit ?? {};
        await comesTrue(() => incoming?.held === 0);
        expect(incoming?.granted).toBeGreaterThan(incoming?.received ?? Infinity);
      },
    );

    it('stops reading Requests that nobody would refuse, and loses none of them', async () => {
      const target = await listenForCredit(network, { ...FOUR, maxParkedBytes: 100 });
      const { raw, server } = await greetOnCredit(target, { hello: '1' });
      sayMany(server, 1, 2);
      await hears(raw, 2);
      raw.writeBytes(requestFrames(upTo(60)));
      await comesTrue(() => target.group.core.connection(server.channel).reader.isBlind);
      expect(await idsFrom(target.group, 60, 80)).toEqual(upTo(60));
      say(server, OpCode.ByeSignal);
      await untilClosed(target.group, server.channel);
    });
  },
);
