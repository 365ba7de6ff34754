import { Observable, Subscriber, type Subscription, take } from 'rxjs';
import { type ChannelGroup, type Engine, type Hold, type Message } from '../../lib/index.js';
import { engineForSpec } from '../support/engines.js';
import { hear, held, tell, text } from '../support/told.js';
import { collectUnhandledErrors } from '../support/unhandled-errors.js';

let engine: Engine;
let group: ChannelGroup;

beforeEach(() => {
  engine = engineForSpec();
  group = engine.createGroup();
});

describe('a subscriber', () => {
  it('that is added in next sees the next message', () => {
    const log: string[] = [];
    let added = false;
    hear(group, log, 'a', () => {
      if (!added) hear(group, log, 'b');
      added = true;
    });
    tell(engine, group, '1');
    tell(engine, group, '2');
    expect(log).toEqual(['a1', 'a2', 'b2']);
  });

  it('that unsubscribes in next hears nothing more, the others do', () => {
    const log: string[] = [];
    const a = hear(group, log, 'a', () => {
      a.unsubscribe();
    });
    hear(group, log, 'b');
    tell(engine, group, '1');
    tell(engine, group, '2');
    expect(log).toEqual(['a1', 'b1', 'b2']);
  });

  it('that is unsubscribed in the next of another one does not see that message', () => {
    const log: string[] = [];
    const later: Subscription[] = [];
    hear(group, log, 'a', () => {
      later[0]?.unsubscribe();
    });
    later.push(hear(group, log, 'b'));
    hear(group, log, 'c');
    tell(engine, group, '1');
    expect(log).toEqual(['a1', 'c1']);
    expect(held(engine)).toBe(0);
  });

  it('that leaves as the only one, and comes back in next, sees the next message', () => {
    const log: string[] = [];
    const a = hear(group, log, 'a', () => {
      a.unsubscribe();
      hear(group, log, 'b');
    });
    tell(engine, group, '1');
    tell(engine, group, '2');
    expect(log).toEqual(['a1', 'b2']);
  });

  it('that tells more in next never makes another one see messages out of order', () => {
    const log: string[] = [];
    hear(group, log, 'a', message => {
      if (text(message) !== '1') return;
      tell(engine, group, '2');
      tell(engine, group, '3');
      log.push('told');
    });
    hear(group, log, 'b');
    tell(engine, group, '1');
    expect(log).toEqual(['a1', 'told', 'b1', 'a2', 'b2', 'a3', 'b3']);
  });

  it('that posts in next what is refused sees it behind the message at hand', () => {
    const log: string[] = [];
    hear(group, log, 'a', message => {
      if (text(message) !== '1') return;
      const lost = engine.get();
      lost.channelNumber = 77;
      lost.body.append('2');
      group.sink.next(lost);
    });
    hear(group, log, 'b');
    tell(engine, group, '1');
    expect(log).toEqual(['a1', 'b1', 'a2', 'b2']);
    expect(held(engine)).toBe(0);
  });

  it('that asks for a pull in next is refused, and none waits', async () => {
    const errors: Promise<unknown>[] = [];
    group.pipe(take(1)).subscribe(() => {
      errors.push(group.waitReceive(0).catch((error: { code: string }) => error.code));
    });
    tell(engine, group, '1');
    expect(await Promise.all(errors)).toEqual(['not_allowed']);
    expect(await group.waitReceive(0)).toBeNull();
  });
});

describe('a subscriber that throws', () => {
  const { errors, reported } = collectUnhandledErrors();

  it('loses nothing for the others, nor for itself', async () => {
    const log: string[] = [];
    hear(group, log, 'a', message => {
      throw new Error(text(message));
    });
    hear(group, log, 'b');
    tell(engine, group, '1');
    tell(engine, group, '2');
    expect(log).toEqual(['a1', 'b1', 'a2', 'b2']);
    expect(errors).toEqual([]);
    expect(await reported()).toEqual([new Error('1'), new Error('2')]);
  });

  it('leaks no slot', async () => {
    group.subscribe(() => {
      throw new Error('always');
    });
    for (const word of ['1', '2', '3']) tell(engine, group, word);
    expect(held(engine)).toBe(0);
    expect(await reported()).toHaveLength(3);
  });

  it('loses nothing of the inbox', async () => {
    for (const word of ['1', '2']) tell(engine, group, word);
    const log: string[] = [];
    hear(group, log, 'a', () => {
      throw new Error('always');
    });
    expect(log).toEqual(['a1', 'a2']);
    expect(held(engine)).toBe(0);
    expect(await reported()).toHaveLength(2);
  });

  it('keeps the slot that it retained before', async () => {
    const holds: Hold[] = [];
    group.subscribe(message => {
      holds.push(message.retain());
      throw new Error('always');
    });
    tell(engine, group, '1');
    expect(held(engine)).toBe(1);
    holds[0]?.[Symbol.dispose]();
    expect(held(engine)).toBe(0);
    expect(await reported()).toHaveLength(1);
  });

  it('in an operator errors what is behind it, and leaves the group', async () => {
    const log: string[] = [];
    group.pipe(take(5)).subscribe(message => log.push(`a${text(message)}`));
    group
      .pipe(
        source =>
          new Observable<never>(subscriber =>
            source.subscribe(() => {
              subscriber.error(new Error('op'));
            }),
          ),
      )
      .subscribe({ error: (error: Error) => log.push(error.message) });
    tell(engine, group, '1');
    tell(engine, group, '2');
    expect(log).toEqual(['a1', 'op', 'a2']);
    expect(await reported()).toEqual([]);
  });

  it('loses nothing for the others, made by hand as it may be', async () => {
    const error = new Error('by hand');
    const bare = new Subscriber<Message>({
      next: () => {
        throw error;
      },
      error: () => undefined,
      complete: () => undefined,
    });
    group.subscribe(bare);
    const log: string[] = [];
    hear(group, log, 'b');
    tell(engine, group, '1');
    tell(engine, group, '2');
    expect(log).toEqual(['b1', 'b2']);
    expect(held(engine)).toBe(0);
    expect(await reported()).toEqual([error, error]);
  });
});
