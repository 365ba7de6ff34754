import { type ChannelGroup, type Engine, type Hold, type Message, OpCode } from '../../lib/index.js';
import { engineForSpec } from '../support/engines.js';
import { hear, held, tell, text } from '../support/told.js';
import { thrownBy } from '../support/virtual-time.js';

let engine: Engine;
let group: ChannelGroup;

beforeEach(() => {
  engine = engineForSpec();
  group = engine.createGroup();
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
