import { concat, EMPTY, map, NEVER, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type Message, OpCode, Status, TofuError } from '../../lib/index.js';
import { messageMarbles, messageTable } from '../../lib/testing/index.js';
import { engineForSpec } from '../support/engines.js';
import { connect, inNetwork } from '../support/virtual-party.js';

const { Request, Response, ByeRequest } = OpCode;

function message(opCode: OpCode, body: string, id = 1n): Message {
  using taken = engineForSpec().get();
  const made = taken.clone();
  made.opCode = opCode;
  made.messageId = id;
  made.body.append(body);
  made.textHeaders.append('name', 'value');
  return made;
}

/** What a scheduler's comparison is given at the end of a run. */
function compared(run: (scheduler: TestScheduler) => void): { actual: unknown; expected: unknown }[] {
  const comparisons: { actual: unknown; expected: unknown }[] = [];
  const scheduler = new TestScheduler((actual, expected) => {
    comparisons.push({ actual: structuredClone(actual), expected: structuredClone(expected) });
  });
  scheduler.run(() => {
    run(scheduler);
  });
  return comparisons;
}

describe('messageTable', () => {
  const tell = messageTable({
    r: { opCode: 'Response' },
    p: { opCode: 'Response', body: 'pong' },
    h: { headers: ['name: value'], id: 5n },
    t: 'text',
  });

  it('makes a message the entry that agrees with it in all that the entry names', () => {
    expect(tell(message(Response, 'other'))).toEqual({ opCode: 'Response' });
    expect(tell(message(Request, 'text'))).toBe('text');
    expect(tell(message(Request, '', 5n))).toEqual({ headers: ['name: value'], id: 5n });
  });

  it('prefers the entry that says most', () => {
    expect(tell(message(Response, 'pong'))).toEqual({ opCode: 'Response', body: 'pong' });
  });

  it('describes a message that no entry agrees with', () => {
    expect(tell(message(Request, 'pong'))).toEqual({
      opCode: 'Request',
      origin: 'application',
      more: false,
      status: 'success',
      channel: 0,
      id: '1',
      headers: ['name: value'],
      body: 'pong',
    });
  });

  it('takes ids as text, numbers and bigints', () => {
    for (const id of ['7', 7, 7n])
      expect(messageTable({ a: { id } })(message(Request, '', 7n))).toEqual({ id });
  });
});

describe('messageMarbles', () => {
  it('compares what the letters name, to the frame', () => {
    inNetwork({ latency: 2 }, ({ server, client, expectObservable, at }) => {
      const expectMessages = messageMarbles(expectObservable);
      const channel = connect(client, server);
      client.post(channel, Request, 'ping');
      at(10, () => client.post(channel, ByeRequest));
      expectMessages(client.group).toBe('----(hp)------(bc)', {
        h: { opCode: 'HelloResponse', channel },
        p: 'PING',
        b: { opCode: 'ByeResponse' },
        c: { origin: 'engine', status: 'channel_closed', id: 2 },
      });
    });
  });

  it('follows a subscription diagram, and completes with its stream', () => {
    const stream = [message(Request, 'a'), message(Request, 'b')];
    const values = { a: stream[0] as Message, b: stream[1] as Message };
    const [completed, ended] = compared(scheduler => {
      const expectMessages = messageMarbles(scheduler.expectObservable.bind(scheduler));
      expectMessages(scheduler.createColdObservable('-a-b|', values)).toBe('-a-b|', { a: 'a', b: 'b' });
      expectMessages(scheduler.createHotObservable('-a-b|', values), '--^!').toBe('-', {});
    });
    expect(completed?.actual).toEqual(completed?.expected);
    expect(ended?.actual).toEqual([]);
  });

  it.each([
    ['never', NEVER, '-'],
    ['empty', EMPTY, '|'],
  ])('takes a stream that is %s', (_, messages, diagram) => {
    const [comparison] = compared(scheduler => {
      messageMarbles(scheduler.expectObservable.bind(scheduler))(messages).toBe(diagram);
    });
    expect(comparison?.actual).toEqual(comparison?.expected);
  });

  it('makes a TofuError its code, and leaves other errors as they are', () => {
    const [ours, others] = compared(scheduler => {
      const expectMessages = messageMarbles(scheduler.expectObservable.bind(scheduler));
      const fails = (error: unknown) =>
        concat(
          scheduler.createColdObservable<Message>('-|'),
          throwError(() => error),
        );
      expectMessages(fails(new TofuError(Status.peerDisconnected, 'gone'))).toBe(
        '-#',
        {},
        'peer_disconnected',
      );
      expectMessages(fails('other')).toBe('-#', {}, 'other');
    });
    expect(ours?.actual).toEqual(ours?.expected);
    expect(others?.actual).toEqual(others?.expected);
  });

  it('shows a message that was not expected in words, so that a failure can be read and sent on', () => {
    const values = { a: message(Response, 'what came', 2n ** 63n) };
    const [comparison] = compared(scheduler => {
      messageMarbles(scheduler.expectObservable.bind(scheduler))(
        scheduler.createColdObservable('a|', values),
      ).toBe('a|', { a: { opCode: 'Response', body: 'what was hoped for' } });
    });
    expect(comparison?.actual).not.toEqual(comparison?.expected);
    const text = JSON.stringify(comparison);
    expect(text).toContain('"body":"what came"');
    expect(text).toContain('"id":"9223372036854775808"');
    expect(text).toContain('"body":"what was hoped for"');
  });

  it('works without it, too: the table is an ordinary projection', () => {
    const table = { a: { body: 'a' } };
    const values = { a: message(Request, 'a') };
    const [comparison] = compared(scheduler => {
      const messages = scheduler.createColdObservable('--a|', values);
      scheduler.expectObservable(messages.pipe(map(messageTable(table)))).toBe('--a|', table);
    });
    expect(comparison?.actual).toEqual(comparison?.expected);
  });
});
