import { concat, type Observer, of, Subject, throwError } from 'rxjs';
import { type ChannelGroup, type Engine, type Message, OpCode, Status, statusName } from '../../lib/index.js';
import { connectTo, listenOn, next } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { networks } from '../support/networks.js';
import { held, text } from '../support/told.js';
import { collectUnhandledErrors } from '../support/unhandled-errors.js';
import { thrownBy } from '../support/virtual-time.js';

let engine: Engine;
let group: ChannelGroup;
let server: { engine: Engine; group: ChannelGroup };
let channel: number;

beforeEach(async () => {
  engine = engineForSpec();
  group = engine.createGroup();
  const other = engineForSpec();
  server = { engine: other, group: other.createGroup() };
  const listener = await listenOn(other, server.group, networks[2] as (typeof networks)[0]);
  channel = (await connectTo({ engine, group }, server, listener.client)).client;
});

function message(body: string, to = channel): Message {
  const made = engine.get();
  made.channelNumber = to;
  made.body.append(body);
  return made;
}

/** The bodies of the next so many messages that the server gets. */
async function received(count: number): Promise<string[]> {
  const bodies: string[] = [];
  while (bodies.length < count) {
    const arrived = await next(server.group);
    bodies.push(text(arrived));
    server.engine.put(arrived);
  }
  return bodies;
}

describe('the sink', () => {
  it('is a Subject', () => {
    expect(group.sink).toBeInstanceOf(Subject);
  });

  it('posts what it is given', async () => {
    of(message('1'), message('2')).subscribe(group.sink);
    expect(held(engine)).toBe(0);
    expect(await received(2)).toEqual(['1', '2']);
  });

  it('shows its subscribers what was posted: the spent handle, as it was assigned', () => {
    const seen: unknown[] = [];
    group.sink.subscribe(posted => {
      seen.push(text(posted), posted.channelNumber, posted.messageId > 0n);
      seen.push(thrownBy(() => (posted.opCode = OpCode.Signal)));
    });
    group.sink.next(message('1'));
    expect(seen).toEqual(['1', channel, true, 'invalid_message']);
  });

  it('shows nothing of what was posted otherwise, or before', () => {
    const seen: string[] = [];
    group.sink.next(message('before'));
    group.sink.subscribe(posted => seen.push(text(posted)));
    group.post(message('otherwise'));
    expect(seen).toEqual([]);
  });

  it('takes many sources, and outlives the end and the failure of each', async () => {
    const seen: string[] = [];
    const observer: Partial<Observer<Message>> = {
      next: posted => seen.push(text(posted)),
      error: () => seen.push('#'),
      complete: () => seen.push('|'),
    };
    group.sink.subscribe(observer);
    of(message('1')).subscribe(group.sink);
    concat(
      of(message('2')),
      throwError(() => new Error('lost')),
    ).subscribe(group.sink);
    group.sink.complete();
    group.sink.error(new Error('lost'));
    group.sink.next(message('3'));
    expect(seen).toEqual(['1', '2', '3']);
    expect(await received(3)).toEqual(['1', '2', '3']);
  });

  it('lets go of a source that is unsubscribed', () => {
    const source = new Subject<Message>();
    const subscription = source.subscribe(group.sink);
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
    expect(group.sink.closed).toBe(false);
  });

  it('completes with its group, and late subscribers at once', async () => {
    const seen: string[] = [];
    group.sink.subscribe({ complete: () => seen.push('|') });
    await group.destroy();
    group.sink.subscribe({ complete: () => seen.push('late |') });
    expect(seen).toEqual(['|', 'late |']);
  });

  it('puts what it is given behind the end', async () => {
    const late = message('late');
    await group.destroy();
    expect(held(engine)).toBe(1);
    group.sink.next(late);
    expect(held(engine)).toBe(0);
    expect(thrownBy(() => group.sink.next(null as unknown as Message))).toBe('nothing thrown');
  });
});

describe('what post would refuse', () => {
  it('comes back on the stream: origin engine, the status that names the fault, all else as it was', () => {
    const seen: Message[] = [];
    group.subscribe(back => seen.push(back));
    const lost = message('lost', 77);
    lost.opCode = OpCode.Signal;
    lost.messageId = 5;
    lost.more = true;
    lost.textHeaders.append('name', 'value');
    group.sink.next(lost);
    const [back] = seen as [Message];
    expect(seen).toHaveLength(1);
    expect([back.isFromEngine(), statusName(back.status)]).toEqual([true, 'invalid_channel_number']);
    expect([
      back.opCode,
      back.channelNumber,
      back.messageId,
      back.more,
      text(back),
      ...back.textHeaders,
    ]).toEqual([OpCode.Signal, 77, 5n, true, 'lost', ['name', 'value']]);
  });

  it('is not shown to the subscribers of the sink, and does not throw', () => {
    const seen: Message[] = [];
    group.sink.subscribe(posted => seen.push(posted));
    expect(thrownBy(() => group.sink.next(message('lost', 77)))).toBe('nothing thrown');
    expect(seen).toEqual([]);
  });

  it('is used up, and its slot moves along to the message that comes back', async () => {
    const lost = message('lost', 77);
    group.sink.next(lost);
    expect(thrownBy(() => group.post(lost))).toBe('invalid_message');
    expect(held(engine)).toBe(1);
    const back = (await group.waitReceive(0)) as Message;
    expect(text(back)).toBe('lost');
    engine.put(back);
    expect(held(engine)).toBe(0);
  });

  it('says which of the faults it was', async () => {
    const response = message('1');
    response.opCode = OpCode.Response;
    const bye = message('2');
    bye.opCode = OpCode.ByeRequest;
    bye.more = true;
    const noChannel = message('3', 0);
    const spent = message('4');
    group.post(spent);
    for (const refused of [response, bye, noChannel, spent, null]) group.sink.next(refused as Message);
    const statuses: string[] = [];
    group.subscribe(back => statuses.push(statusName(back.status)));
    expect(statuses).toEqual([
      'invalid_message_id',
      'invalid_more_usage',
      'invalid_channel_number',
      'invalid_message',
      'null_message',
    ]);
    expect(held(engine)).toBe(0);
    expect(await received(1)).toEqual(['4']);
  });

  it('is a pushed message, too: it stays whose it was', () => {
    const log: string[] = [];
    group.subscribe(seen => {
      log.push(`${text(seen)} ${statusName(seen.status)}`);
      if (seen.status === Status.receiverUpdate) group.sink.next(seen);
    });
    group.updateReceiver(message('1'));
    expect(log).toEqual(['1 receiver_update', '1 not_allowed']);
    expect(held(engine)).toBe(0);
  });

  it('comes back between destroy and the end of the group', async () => {
    const log: string[] = [];
    group.subscribe({ next: back => log.push(statusName(back.status)), complete: () => log.push('|') });
    const destroyed = group.destroy();
    group.sink.next(message('late'));
    await destroyed;
    expect(log).toEqual(['shutdown_started', 'channel_closed', '|']);
    expect(held(engine)).toBe(0);
  });
});

describe('a subscriber of the sink that throws', () => {
  const { reported } = collectUnhandledErrors();

  it('loses nothing for the others, and what it saw is posted', async () => {
    const error = new Error('always');
    const seen: string[] = [];
    group.sink.subscribe(() => {
      throw error;
    });
    group.sink.subscribe(posted => seen.push(text(posted)));
    group.sink.next(message('1'));
    group.sink.next(message('2'));
    expect(seen).toEqual(['1', '2']);
    expect(await received(2)).toEqual(['1', '2']);
    expect(await reported()).toEqual([error, error]);
  });
});
