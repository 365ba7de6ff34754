import { type ChannelGroup, type Engine, OpCode } from '../../lib/index.js';
import { connectTo, lineOf, listenOn, post } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { networks } from '../support/networks.js';
import { held, tell, text } from '../support/told.js';

let engine: Engine;
let group: ChannelGroup;

beforeEach(() => {
  engine = engineForSpec();
  group = engine.createGroup();
});

/** Logs what a group tells, line by line. */
function log(to: string[], of: ChannelGroup = group): void {
  of.subscribe({
    next: message => to.push(lineOf(message)),
    error: () => to.push('#'),
    complete: () => to.push('|'),
  });
}

describe('a group that is destroyed', () => {
  it('completes, and never errors', async () => {
    const lines: string[] = [];
    log(lines);
    await group.destroy();
    expect(lines).toEqual(['|']);
    expect(group.isDestroyed).toBe(true);
  });

  it('completes whoever subscribes later, at once', async () => {
    await group.destroy();
    const lines: string[] = [];
    log(lines);
    expect(lines).toEqual(['|']);
  });

  it('completes once, however often it is destroyed', async () => {
    const lines: string[] = [];
    log(lines);
    await Promise.all([group.destroy(), group.destroy(), engine.destroyGroup(group)]);
    await group.destroy();
    expect(lines).toEqual(['|']);
  });

  it.each(networks)('completes behind what came back and each channel_closed over $name', async network => {
    const client = { engine, group: engine.createGroup() };
    const listener = await listenOn(engine, group, network);
    const channel = await connectTo(client, { engine, group }, listener.client);
    const lines: string[] = [];
    log(lines, client.group);
    post(engine, client.group, channel.client, OpCode.Request, { payload: 'unsent' });
    const destroyed = client.group.destroy();
    log(lines, client.group);
    await destroyed;
    expect(lines).toEqual([
      ...Array<string>(2).fill(`Request channel_closed ${String(channel.client)} "unsent"`),
      ...Array<string>(2).fill(`Signal channel_closed ${String(channel.client)}`),
      '|',
      '|',
    ]);
  });

  it('drops its inbox, and frees its slots at once', () => {
    tell(engine, group, '1');
    tell(engine, group, '2');
    void group.destroy();
    expect(held(engine)).toBe(0);
    const lines: string[] = [];
    log(lines);
    expect(lines).not.toContain('Request 0 "1"');
  });

  it('completes with its engine', async () => {
    const lines: string[] = [];
    log(lines);
    log(lines, engine.createGroup());
    await engine.destroy();
    expect(lines).toEqual(['|', '|']);
  });

  it('is at its end when an await using block is', async () => {
    const lines: string[] = [];
    log(lines);
    {
      await using inner = group;
      expect(inner.isDestroyed).toBe(false);
    }
    expect(lines).toEqual(['|']);
  });
});

describe('a subscriber that destroys the group in next', () => {
  it('keeps nothing from the others: they see that message, and the end behind it', async () => {
    const lines: string[] = [];
    group.subscribe(() => {
      void group.destroy();
    });
    log(lines);
    tell(engine, group, '1');
    await group.destroy();
    expect(lines).toEqual(['Request 0 "1"', '|']);
    expect(held(engine)).toBe(0);
  });

  it('loses what it had told before, as an inbox, but not what is under way', async () => {
    const lines: string[] = [];
    group.subscribe(message => {
      if (text(message) !== '1') return;
      tell(engine, group, '2');
      void group.destroy();
    });
    log(lines);
    tell(engine, group, '1');
    await group.destroy();
    expect(lines).toEqual(['Request 0 "1"', 'Request 0 "2"', '|']);
    expect(held(engine)).toBe(0);
  });

  it('while the inbox is delivered sees no more of it', async () => {
    for (const word of ['1', '2', '3']) tell(engine, group, word);
    const lines: string[] = [];
    group.subscribe({
      next: message => {
        lines.push(text(message));
        void group.destroy();
      },
      complete: () => lines.push('|'),
    });
    await group.destroy();
    expect(lines).toEqual(['1', '|']);
    expect(held(engine)).toBe(0);
  });

  it('sees its channels close', async () => {
    const { channel } = await listenOn(engine, group, networks[2] as (typeof networks)[0]);
    const lines: string[] = [];
    log(lines);
    group.subscribe(() => {
      void group.destroy();
    });
    tell(engine, group, '1');
    await group.destroy();
    expect(lines).toEqual(['Request 0 "1"', `Signal channel_closed ${String(channel)}`, '|']);
  });
});
