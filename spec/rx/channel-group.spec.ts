import { combineLatest, forkJoin, Observable, Subscriber, take, throwError } from 'rxjs';
import { type ChannelGroup, type Engine, type Hold, type Message, OpCode } from '../../lib/index.js';
import { connectTo, lineOf, listenOn, post } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { networks } from '../support/networks.js';
import { hear, held, tell, text } from '../support/told.js';
import { thrownBy } from '../support/virtual-time.js';

let engine: Engine;
let group: ChannelGroup;

beforeEach(() => {
  engine = engineForSpec();
  group = engine.createGroup();
});

describe('a group', () => {
  it('is an Observable, and what is piped from it is a plain one', () => {
    expect(group).toBeInstanceOf(Observable);
    expect(group.pipe(take(1)).constructor).toBe(Observable);
  });

  it('pushes every message to every subscriber, in order', () => {
    const log: string[] = [];
    hear(group, log, 'a');
    hear(group, log, 'b');
    tell(engine, group, '1');
    tell(engine, group, '2');
    expect(log).toEqual(['a1', 'b1', 'a2', 'b2']);
  });

  it('is hot: who comes late sees what comes then', () => {
    const log: string[] = [];
    hear(group, log, 'a');
    tell(engine, group, '1');
    hear(group, log, 'b');
    tell(engine, group, '2');
    expect(log).toEqual(['a1', 'a2', 'b2']);
  });

  it('pushes on when one of its subscribers has left', () => {
    const log: string[] = [];
    const a = hear(group, log, 'a');
    hear(group, log, 'b');
    a.unsubscribe();
    tell(engine, group, '1');
    expect(log).toEqual(['b1']);
  });

  it('never mixes with another group', () => {
    const log: string[] = [];
    hear(group, log, 'a');
    tell(engine, engine.createGroup(), 'elsewhere');
    expect(log).toEqual([]);
    expect(held(engine)).toBe(1);
  });

  it.each(networks)('pushes what peers send over $name, while it is read', async network => {
    const log: string[] = [];
    const server = engine.createGroup();
    const other = engineForSpec();
    const client = { engine: other, group: other.createGroup() };
    const listener = await listenOn(engine, server, network);
    const channel = await connectTo(client, { engine, group: server }, listener.client);
    const done = new Promise<void>(resolve => {
      server.subscribe(message => {
        log.push(lineOf(message));
        if (message.opCode === OpCode.Request) server.post(message.reply(text(message).toUpperCase()));
      });
      client.group.subscribe(message => {
        log.push(lineOf(message));
        if (text(message) === 'B') resolve();
      });
    });
    post(other, client.group, channel.client, OpCode.Request, { payload: 'a' });
    post(other, client.group, channel.client, OpCode.Request, { payload: 'b' });
    await done;
    expect(log).toEqual([
      `Request ${String(channel.server)} "a"`,
      `Request ${String(channel.server)} "b"`,
      `Response ${String(channel.client)} "A"`,
      `Response ${String(channel.client)} "B"`,
    ]);
    expect([held(engine), held(other)]).toEqual([0, 0]);
  });
});

describe('the inbox', () => {
  it('is delivered inside the first subscribe, in order', () => {
    for (const word of ['1', '2', '3']) tell(engine, group, word);
    const log: string[] = [];
    hear(group, log, 'a');
    log.push('subscribed');
    expect(log).toEqual(['a1', 'a2', 'a3', 'subscribed']);
  });

  it('keeps slots until it is delivered', () => {
    tell(engine, group, '1');
    tell(engine, group, '2');
    expect(held(engine)).toBe(2);
    group.subscribe();
    expect(held(engine)).toBe(0);
  });

  it('is not delivered again to a second subscriber', () => {
    tell(engine, group, '1');
    const log: string[] = [];
    hear(group, log, 'a');
    hear(group, log, 'b');
    expect(log).toEqual(['a1']);
  });

  it('keeps the rest when its reader leaves midway', async () => {
    for (const word of ['1', '2', '3', '4']) tell(engine, group, word);
    const log: string[] = [];
    group.pipe(take(1)).subscribe(message => log.push(`a${text(message)}`));
    expect(held(engine)).toBe(3);
    const pulled = await group.waitReceive(0);
    log.push(`pulled ${text(pulled as Message)}`);
    engine.put(pulled);
    hear(group, log, 'b');
    expect(log).toEqual(['a1', 'pulled 2', 'b3', 'b4']);
    expect(held(engine)).toBe(0);
  });

  it('fills again when the last subscriber has left', () => {
    const log: string[] = [];
    const a = hear(group, log, 'a');
    tell(engine, group, '1');
    a.unsubscribe();
    tell(engine, group, '2');
    expect(held(engine)).toBe(1);
    hear(group, log, 'b');
    expect(log).toEqual(['a1', 'b2']);
  });

  it('is passed on to who is subscribed in the next of who leaves', () => {
    for (const word of ['1', '2', '3']) tell(engine, group, word);
    const log: string[] = [];
    const first = new Subscriber<Message>({
      next: (message: Message) => {
        log.push(`a${text(message)}`);
        first.unsubscribe();
        hear(group, log, 'b');
      },
      error: () => undefined,
      complete: () => undefined,
    });
    group.subscribe(first);
    expect(log).toEqual(['a1', 'b2', 'b3']);
    expect(held(engine)).toBe(0);
  });

  it('shows the rest of it to who is added in next', () => {
    for (const word of ['1', '2', '3']) tell(engine, group, word);
    const log: string[] = [];
    hear(group, log, 'a', message => {
      if (text(message) !== '2') return;
      hear(group, log, 'b');
      log.push('added');
    });
    expect(log).toEqual(['a1', 'a2', 'added', 'a3', 'b3']);
  });

  it('comes before what is told while it is delivered', () => {
    tell(engine, group, '1');
    tell(engine, group, '2');
    const log: string[] = [];
    hear(group, log, 'a', message => {
      if (text(message) === '1') tell(engine, group, '3');
    });
    expect(log).toEqual(['a1', 'a2', 'a3']);
  });

  it('loses nothing to a subscriber that is closed already', () => {
    tell(engine, group, '1');
    const closed = new Subscriber<Message>();
    closed.unsubscribe();
    group.subscribe(closed);
    const failed = throwError((): unknown => new Error('first'));
    combineLatest([failed, group]).subscribe({ error: () => undefined });
    forkJoin([failed, group]).subscribe({ error: () => undefined });
    expect(held(engine)).toBe(1);
    const log: string[] = [];
    hear(group, log, 'a');
    tell(engine, group, '2');
    expect(log).toEqual(['a1', 'a2']);
  });
});

describe('a pushed message', () => {
  it('is shared and read-only, during its dispatch and behind it', () => {
    const seen: Message[] = [];
    const codes: unknown[] = [];
    const tryAll = (message: Message): void => {
      const changes: (() => unknown)[] = [
        () => (message.channelNumber = 1),
        () => (message.opCode = OpCode.Signal),
        () => (message.more = true),
        () => (message.messageId = 7),
        () => {
          message.body.append('x');
        },
        () => {
          message.textHeaders.append('a', 'b');
        },
        () => {
          message.reset();
        },
        () => group.post(message),
        () => {
          group.updateReceiver(message);
        },
      ];
      codes.push(...changes.map(thrownBy));
    };
    group.subscribe(message => {
      seen.push(message);
      tryAll(message);
    });
    tell(engine, group, '1');
    tryAll(seen[0] as Message);
    expect(new Set(codes)).toEqual(new Set(['not_allowed']));
    expect(codes).toHaveLength(18);
    expect(text(seen[0] as Message)).toBe('1');
  });

  it('is not taken back by put', () => {
    const log: string[] = [];
    hear(group, log, 'a', message => {
      engine.put(message);
      message[Symbol.dispose]();
    });
    hear(group, log, 'b', message => {
      log.push(String(held(engine)), text(message));
    });
    tell(engine, group, '1');
    expect(log).toEqual(['a1', 'b1', '1', '1']);
    expect(held(engine)).toBe(0);
  });

  it('may be read for ever', () => {
    const seen: Message[] = [];
    group.subscribe(message => seen.push(message));
    tell(engine, group, '1');
    tell(engine, group, '2');
    expect(seen.map(text)).toEqual(['1', '2']);
  });

  it('is kept by clone, which is the caller’s own and holds no slot', () => {
    const copies: Message[] = [];
    group.subscribe(message => copies.push(message.clone()));
    tell(engine, group, '1');
    const [copy] = copies as [Message];
    copy.body.append('!');
    expect([text(copy), held(engine)]).toEqual(['1!', 0]);
  });

  it('gives its slot back when its dispatch ends, behind the last subscriber', () => {
    const counts: number[] = [];
    group.subscribe(() => counts.push(held(engine)));
    group.subscribe(() => counts.push(held(engine)));
    tell(engine, group, '1');
    expect([...counts, held(engine)]).toEqual([1, 1, 0]);
  });

  it('keeps its slot past the dispatch for as long as somebody retains it', () => {
    const holds: Hold[] = [];
    group.subscribe(message => holds.push(message.retain(), message.retain()));
    group.subscribe(message => holds.push(message.retain()));
    tell(engine, group, '1');
    const counts = [held(engine)];
    for (const hold of holds) {
      hold[Symbol.dispose]();
      hold[Symbol.dispose]();
      counts.push(held(engine));
    }
    expect(counts).toEqual([1, 1, 1, 0]);
  });

  it('is retained in vain behind its dispatch', () => {
    const seen: Message[] = [];
    group.subscribe(message => seen.push(message));
    tell(engine, group, '1');
    const hold = seen[0]?.retain();
    expect(held(engine)).toBe(0);
    hold?.[Symbol.dispose]();
    expect(held(engine)).toBe(0);
  });

  it('keeps its slot when it was retained out of the inbox', () => {
    tell(engine, group, '1');
    const holds: Hold[] = [];
    group.subscribe(message => holds.push(message.retain()));
    expect(held(engine)).toBe(1);
    holds[0]?.[Symbol.dispose]();
    expect(held(engine)).toBe(0);
  });
});

describe('a claim', () => {
  it('is told before the subscribers, and its messages never go to the inbox', async () => {
    const server = engine.createGroup();
    const listener = await listenOn(engine, server, networks[2] as (typeof networks)[0]);
    const channel = await connectTo({ engine, group }, { engine, group: server }, listener.client);
    const log: string[] = [];
    const claimed = new Promise<void>(resolve => {
      group.claim(channel.client, message => {
        log.push(`claim ${text(message)}`);
        if (text(message) === '2') resolve();
      });
    });
    const answer = (word: string): void => {
      post(engine, server, channel.server, OpCode.Signal, { payload: word });
    };
    answer('1');
    answer('2');
    await claimed;
    expect(await group.waitReceive(0)).toBeNull();

    const seen = new Promise<void>(resolve => {
      group.subscribe(message => {
        log.push(`subscriber ${text(message)}`);
        resolve();
      });
    });
    answer('3');
    await seen;
    expect(log).toEqual(['claim 1', 'claim 2', 'claim 3', 'subscriber 3']);
    expect(held(engine)).toBe(0);
  });
});
