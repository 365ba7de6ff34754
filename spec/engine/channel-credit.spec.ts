import { ChannelCredit } from '../../lib/engine/channel-credit.js';
import { ChunkPool } from '../../lib/engine/chunk-pool.js';
import { Counters } from '../../lib/engine/counters.js';
import { Toll } from '../../lib/engine/credit-headers.js';
import { SendQueue } from '../../lib/engine/send-queue.js';
import { OpCode } from '../../lib/index.js';
import type { EngineMessage } from '../../lib/message/engine-message.js';
import { Decoded, FrameDecoder } from '../../lib/wire/decoder.js';
import { engineForSpec } from '../support/engines.js';
import { frame } from '../support/frames.js';
import { freshMessage } from '../support/messages.js';

/** Credit on a channel that is no more than its queue. `inTurn` is a turn of reading: what is to be granted is granted at its end. */
function creditOf({ weOffered = true, offered = 64, maxWindow = 4096 } = {}) {
  const { context } = engineForSpec({ maxWindow }).core;
  const queue = new SendQueue(new ChunkPool(), new Counters());
  const grants: EngineMessage[] = [];
  const user = {
    number: 5,
    awaitsAnswers: false,
    mayGrant: true,
    outOfCredit: () => false,
    creditStalled: () => false,
    creditPaid: () => undefined,
    came: 0,
  };
  const outbox = {
    queue,
    sendAhead: (grant: EngineMessage) => void grants.push(grant),
    creditChanged: () => {
      queue.creditChanged();
      user.came++;
    },
  };
  const credit = new ChannelCredit(context, user, outbox, offered, weOffered);
  const inTurn = (f: () => void): void => {
    context.flusher.enterTurn();
    f();
    context.flusher.leaveTurn();
  };
  const receive = (n: number): void => {
    inTurn(() => {
      for (let i = 0; i < n; i++) credit.received();
    });
  };
  const consume = (n: number): void => {
    inTurn(() => {
      for (let i = 0; i < n; i++) credit.consumed();
    });
  };
  const granted = (): number[] => grants.splice(0).map(grant => Number(grant.textHeaders.get('rx-credit')));
  return { credit, queue, user, grants, granted, inTurn, receive, consume };
}

function message(opCode: OpCode = OpCode.Request, header?: string): EngineMessage {
  const made = freshMessage();
  made.opCode = opCode;
  made.messageId = 1;
  if (header !== undefined) made.textHeaders.append(header, '1');
  return made;
}

/** A Signal rx-credit at hand in a decoder. */
function grantFrame(value: string): FrameDecoder {
  const decoder = new FrameDecoder();
  decoder.feed(frame({ opCode: OpCode.Signal, headers: `rx-credit:${value}\r\n` }));
  expect(decoder.next()).toBe(Decoded.frame);
  return decoder;
}

describe('credit to send, on a channel', () => {
  it('is 64 behind a HelloRequest of ours, and what the HelloResponse says from then on', () => {
    const { credit, queue, user } = creditOf();
    for (let n = 0; n < 64; n++) expect(credit.push(message())).toBe(false);
    expect(credit.push(message())).toBe(true);
    expect(credit.push(message())).toBe(false);
    expect(credit.answered(65)).toBe(true);
    expect([queue.isHeld, credit.outgoing.left, user.came]).toEqual([true, 0, 1]);
  });

  it('has no end before our HelloResponse, and counts all the same', () => {
    const { credit, queue } = creditOf({ weOffered: false, offered: 50 });
    for (let n = 0; n < 80; n++) credit.push(message());
    expect([queue.isHeld, credit.outgoing.spent]).toEqual([false, 80]);
    credit.answered(64);
    expect(credit.push(message())).toBe(true);
    expect(credit.refusal(grantFrame('31'), Toll.credit)).toBeNull();
    credit.granted();
    expect([queue.isHeld, credit.outgoing.left]).toEqual([false, 0]);
  });

  it('is asked for no more where the HelloResponse offers none: what waited leaves', () => {
    const { credit, queue, user } = creditOf();
    for (let n = 0; n < 70; n++) credit.push(message());
    expect(queue.isHeld).toBe(true);
    expect(credit.answered(NaN)).toBe(false);
    expect([queue.isHeld, queue.credit, user.came]).toEqual([false, null, 1]);
  });

  it.each([
    [OpCode.Request, undefined, 1],
    [OpCode.Response, undefined, 1],
    [OpCode.Signal, undefined, 1],
    [OpCode.Signal, 'a', 1],
    [OpCode.Request, 'rx-cancel', 1],
    [OpCode.Signal, 'rx-credit', 0],
    [OpCode.Signal, 'rx-cancel', 0],
    [OpCode.Signal, 'rx-heartbeat', 0],
  ])('pays for operation %d with header %s: %d', (opCode, header, cost) => {
    const { credit } = creditOf();
    credit.push(message(opCode, header));
    expect(credit.outgoing.spent).toBe(cost);
  });
});

describe('credit to receive, on a channel', () => {
  it('is granted with one Signal at the end of a turn, out of band, on the channel', () => {
    const { credit, grants, granted, receive, consume, inTurn } = creditOf();
    inTurn(() => void credit.answered(64));
    receive(40);
    consume(31);
    expect(grants).toEqual([]);
    consume(1);
    const [grant] = grants;
    expect(grant).toMatchObject({ proto: 0x42, channel: 5, idHigh: 0, idLow: 0 });
    expect(granted()).toEqual([32]);
    inTurn(() => {
      for (let n = 0; n < 24; n++) credit.received();
      for (let n = 0; n < 32; n++) credit.consumed();
    });
    expect(granted()).toEqual([32]);
  });

  it('is the window of the HelloRequest for its sender, that of the HelloResponse for the other', () => {
    const client = creditOf({ weOffered: true, offered: 10 });
    client.credit.answered(20);
    expect([client.credit.incoming.granted, client.credit.outgoing.granted]).toEqual([10, 20]);
    const server = creditOf({ weOffered: false, offered: 10 });
    server.credit.answered(20);
    expect([server.credit.incoming.granted, server.credit.outgoing.granted]).toEqual([20, 10]);
  });

  it('is granted for what came before the HelloResponse, as soon as that is there', () => {
    const { credit, granted, receive, consume, inTurn } = creditOf();
    receive(50);
    consume(50);
    expect(granted()).toEqual([]);
    inTurn(() => void credit.answered(64));
    expect(granted()).toEqual([50]);
  });

  it('refuses a message beyond it, and grants that are none', () => {
    const { credit, receive } = creditOf();
    credit.answered(64);
    receive(63);
    expect(credit.refusal(grantFrame('1'), Toll.one)).toBeNull();
    receive(1);
    expect(credit.refusal(grantFrame('1'), Toll.one)).toBe('a message beyond its credit');
    expect(credit.refusal(grantFrame('1'), Toll.cancel)).toBeNull();
    expect(credit.refusal(grantFrame('1'), Toll.credit)).toBeNull();
    expect(credit.refusal(grantFrame('0'), Toll.credit)).toMatch(/^a grant that is no number/);
    expect(credit.refusal(grantFrame('2147483647'), Toll.credit)).toBeNull();
    credit.outgoing.grant(2);
    expect(credit.refusal(grantFrame('2147483647'), Toll.credit)).toBe('grants of more than 2^31');
  });

  it('refuses no Signal that looks like a grant before both hellos have offered a window', () => {
    for (const weOffered of [true, false]) {
      const { credit } = creditOf({ weOffered });
      for (const value of ['1', '0', 'abc', '2147483647'])
        expect(credit.refusal(grantFrame(value), Toll.credit)).toBeNull();
      expect(credit.isActive).toBe(false);
      credit.answered(64);
      expect(credit.isActive).toBe(true);
    }
  });

  it('grows up to maxWindow', () => {
    const { credit, granted, receive, consume, inTurn } = creditOf({ maxWindow: 100 });
    inTurn(() => void credit.answered(64));
    receive(64);
    consume(64);
    receive(100);
    consume(100);
    expect(granted()).toEqual([100, 100]);
  });

  it('is granted out of turn while answers are waited for behind what is held', () => {
    const { credit, user, granted, receive, inTurn } = creditOf();
    inTurn(() => void credit.answered(64));
    receive(64);
    expect(granted()).toEqual([]);
    user.awaitsAnswers = true;
    inTurn(() => {
      credit.lookSoon();
    });
    expect(granted()).toEqual([64]);
    receive(63);
    expect(granted()).toEqual([]);
    receive(1);
    expect(granted()).toEqual([64]);
  });
});
