import { skip, take } from 'rxjs';
import { type Engine, type Message, OpCode } from '../../lib/index.js';
import { connectTo, lineOf, listenOn, post } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { networks } from '../support/networks.js';
import { tell } from '../support/told.js';

let engine: Engine;

beforeEach(() => {
  engine = engineForSpec({ initialPoolMsgs: 3, maxPoolMsgs: 4 });
});

/** Messages that a spec takes for their slots alone; `end()` puts them. */
function taker(): { take: () => void; end: () => void } {
  const taken: Message[] = [];
  return {
    take: () => taken.push(engine.get()),
    end: () => {
      for (const message of taken) engine.put(message);
    },
  };
}

describe('available$', () => {
  it('tells the present number first, then each change', () => {
    const seen: number[] = [];
    const early = engine.get();
    engine.pool.available$.subscribe(free => seen.push(free));
    expect(seen).toEqual([2]);
    const late = engine.get();
    engine.put(early);
    engine.put(late);
    expect(seen).toEqual([2, 1, 2, 3]);
  });

  it('tells nothing where the number stays: beyond the pool, at its maximum', () => {
    const taken = [1, 2, 3].map(() => engine.get());
    const seen: number[] = [];
    engine.pool.available$.subscribe(free => seen.push(free));
    taken.push(engine.get(), engine.get());
    expect(seen).toEqual([0]);
    for (const message of taken) engine.put(message);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it('tells of messages that are pushed', () => {
    const group = engine.createGroup();
    group.subscribe();
    const seen: number[] = [];
    engine.pool.available$.subscribe(free => seen.push(free));
    tell(engine, group, '1');
    expect(seen).toEqual([3, 2, 3]);
  });

  it('tells each subscriber on its own', () => {
    const seen: string[] = [];
    const a = engine.pool.available$.subscribe(free => seen.push(`a${String(free)}`));
    const message = engine.get();
    engine.pool.available$.subscribe(free => seen.push(`b${String(free)}`));
    a.unsubscribe();
    engine.put(message);
    expect(seen).toEqual(['a3', 'a2', 'b2', 'b3']);
  });

  it('goes on behind one that took the first only', () => {
    const seen: number[] = [];
    const { take: takeOne, end } = taker();
    engine.pool.available$.pipe(take(1)).subscribe(free => seen.push(free));
    takeOne();
    engine.pool.available$.subscribe(free => seen.push(free));
    takeOne();
    expect(seen).toEqual([3, 2, 1]);
    end();
  });

  it('misses nothing that its subscriber does when it is told the first number', () => {
    const seen: number[] = [];
    const { take: takeOne, end } = taker();
    const subscription = engine.pool.available$.subscribe(free => {
      seen.push(free);
      if (free > 1) takeOne();
    });
    expect(seen).toEqual([3, 2, 1]);
    subscription.unsubscribe();
    end();
  });

  it('leaves nobody with an old number when slots move inside next', () => {
    const seen: Record<string, number[]> = { a: [], b: [] };
    const { take: takeOne, end } = taker();
    const a = engine.pool.available$.subscribe(free => {
      seen['a']?.push(free);
      if (free === 2) takeOne();
    });
    engine.pool.available$.subscribe(free => seen['b']?.push(free));
    takeOne();
    expect(seen).toEqual({ a: [3, 2, 1], b: [3, 2, 1] });
    a.unsubscribe();
    end();
  });

  it('completes when the engine is destroyed, and tells late subscribers the last number', async () => {
    const seen: (number | string)[] = [];
    const observer = {
      next: (free: number) => seen.push(free),
      complete: () => seen.push('|'),
    };
    engine.pool.available$.subscribe(observer);
    await engine.destroy();
    engine.pool.available$.subscribe(observer);
    expect(seen).toEqual([3, '|', 3, '|']);
  });

  it('tells of the slots that come free while the engine is being destroyed', async () => {
    const group = engine.createGroup();
    tell(engine, group, '1');
    const seen: (number | string)[] = [];
    engine.pool.available$.subscribe({ next: free => seen.push(free), complete: () => seen.push('|') });
    await engine.destroy();
    expect(seen).toEqual([2, 3, '|']);
  });
});

describe('a subscriber of available$ that destroys the group that reads', () => {
  it.each(networks)('sees no half-read message arrive over $name, and loses no slot', async network => {
    const server = { engine, group: engine.createGroup() };
    const other = engineForSpec();
    const client = { engine: other, group: other.createGroup() };
    const listener = await listenOn(engine, server.group, network);
    const channel = await connectTo(client, server, listener.client);
    const lines: string[] = [];
    const ended = new Promise<void>(resolve => {
      server.group.subscribe({
        next: message => {
          lines.push(lineOf(message));
        },
        complete: resolve,
      });
    });
    engine.pool.available$.pipe(skip(1), take(1)).subscribe(() => void server.group.destroy());
    post(other, client.group, channel.client, OpCode.Request, { payload: 'read' });
    post(other, client.group, channel.client, OpCode.Request, { payload: 'not read' });
    await ended;
    expect(lines.sort()).toEqual([
      `Signal channel_closed ${String(listener.channel)}`,
      `Signal channel_closed ${String(channel.server)}`,
    ]);
    expect(engine.pool.stats()).toMatchObject({ used: 0, beyond: 0 });
  });
});

describe('stats()', () => {
  it('counts the slots as they are', () => {
    expect(engine.pool.stats()).toEqual({ free: 3, used: 0, beyond: 0, max: 4 });
    const taken = [1, 2, 3, 4].map(() => engine.get());
    expect(engine.pool.stats()).toEqual({ free: 0, used: 3, beyond: 1, max: 4 });
    for (const message of taken) engine.put(message);
    expect(engine.pool.stats()).toEqual({ free: 4, used: 0, beyond: 0, max: 4 });
  });

  it('is what the engine says of its slots', () => {
    using message = engine.get();
    expect(engine.pool.stats()).toEqual(engine.stats().slots);
    expect(message.body.byteLength).toBe(0);
  });
});
