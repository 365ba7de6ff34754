import { createEngine, OpCode, Status } from '../../lib/index.js';
import { atRest, virtualNetwork } from '../../lib/testing/index.js';
import { VirtualTimeScheduler } from 'rxjs';
import { lineOf, post } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { Party } from '../support/virtual-party.js';

const { Request, Signal } = OpCode;

/** What atRest says is left, line by line. */
function leftIn(party: Party): string[] {
  try {
    atRest(party.engine);
  } catch (error) {
    const [title, ...lines] = (error as Error).message.split('\n');
    expect(title).toBe('the engine is not at rest:');
    return lines;
  }
  return [];
}

/** A server that listens on its channel 1, and a client, with all of time in a flush. */
function parties(): {
  server: Party;
  client: Party;
  run: (frames: number) => void;
  scheduler: VirtualTimeScheduler;
} {
  const scheduler = new VirtualTimeScheduler();
  const net = virtualNetwork({ scheduler, latency: 2 });
  const run = (frames: number): void => {
    scheduler.maxFrames = scheduler.frame + frames;
    scheduler.flush();
    scheduler.frame = scheduler.maxFrames;
  };
  const [server, client] = [new Party(net), new Party(net)];
  server.listen();
  return { server, client, run, scheduler };
}

describe('atRest', () => {
  it('is content with a new engine, and with one that was destroyed', async () => {
    const engine = createEngine();
    atRest(engine);
    engine.createGroup();
    atRest(engine);
    const group = engine.createGroup();
    group.subscribe();
    await engine.destroy();
    atRest(engine);
  });

  it('lists messages that were got and not put', () => {
    const engine = engineForSpec({ initialPoolMsgs: 1, maxPoolMsgs: 1 });
    const messages = [engine.get(), engine.get()];
    expect(() => {
      atRest(engine);
    }).toThrow('- 2 slots held: got or pulled and not put');
    for (const message of messages) engine.put(message);
    atRest(engine);
  });

  it('lists messages that nobody read', () => {
    const { server, client, run } = parties();
    const channel = client.dial();
    client.post(channel, Request, 'ping');
    run(9);
    expect(leftIn(server)).toEqual([
      '- 2 slots held: 3 messages unread in inboxes, the rest got or pulled and not put',
      '- channel 1: listening',
      '- channel 2: ready',
    ]);
  });

  it('lists messages that somebody retains', () => {
    const { server, client, run } = parties();
    const holds: Disposable[] = [];
    const reader = server.group.subscribe(message => {
      if (message.opCode === Signal) holds.push(message.retain());
    });
    client.post(client.dial(), Signal, 'tick');
    run(9);
    reader.unsubscribe();
    expect(leftIn(server)[0]).toBe('- 1 slot held: 1 retained, the rest got or pulled and not put');
    for (const hold of holds) hold[Symbol.dispose]();
    expect(leftIn(server)).toEqual(['- channel 1: listening', '- channel 2: ready']);
  });

  it('lists channels by their states, claimed ones as such, and a channel_closed that nobody took', () => {
    const { server, client, run } = parties();
    server.answer();
    const channel = client.dial();
    client.dial();
    run(9);
    using claim = server.group.claim(2, () => undefined);
    expect(claim).toBeDefined();
    client.post(channel, OpCode.ByeSignal);
    run(1);
    expect(leftIn(client)).toEqual([
      '- 2 slots held: 3 messages unread in inboxes, the rest got or pulled and not put',
      '- channel 1: closed, but nobody has taken its channel_closed',
      '- channel 2: ready',
    ]);
    expect(leftIn(server)).toEqual([
      '- channel 1: listening',
      '- channel 2: ready, claimed',
      '- channel 3: ready',
      '- 1 subscription to a group',
    ]);
  });

  it('lists timers, and when the next one is due', () => {
    const { server, client, run } = parties();
    client.group.subscribe();
    client.post(client.dial(), OpCode.ByeRequest);
    run(9);
    expect(leftIn(client)).toContain('- 1 timer, the next one due in 4991 ms');
    run(5_000);
    expect(leftIn(client)).toEqual(['- 1 subscription to a group']);
    expect(leftIn(server)[0]).toMatch('slots held');
  });

  it('lists subscriptions to groups, taps and pools', () => {
    const { client } = parties();
    const subscriptions = [
      client.group.subscribe(),
      client.group.subscribe(),
      client.group.status$.subscribe(),
      client.engine.pool.available$.subscribe(),
    ];
    expect(leftIn(client)).toEqual([
      '- 2 subscriptions to a group',
      "- a group's status$ is subscribed to",
      '- pool.available$ is subscribed to',
    ]);
    for (const subscription of subscriptions) subscription.unsubscribe();
    expect(leftIn(client)).toEqual([]);
  });

  it('lists a pull that waits', async () => {
    const { client } = parties();
    const abort = new AbortController();
    const pull = client.group.waitReceive(Infinity, { signal: abort.signal });
    expect(leftIn(client)).toEqual(['- a waitReceive waits']);
    abort.abort(new Error('enough'));
    await expect(pull).rejects.toThrow('enough');
    expect(leftIn(client)).toEqual([]);
  });

  it('finds nothing left of a conversation that has ended', () => {
    const { server, client, run } = parties();
    const lines: string[] = [];
    server.answer();
    client.group.subscribe(message => lines.push(lineOf(message)));
    const channel = client.dial();
    post(client.engine, client.group, channel, Request, { payload: 'ping' });
    client.post(channel, OpCode.ByeRequest);
    run(20);
    expect(lines.at(-1)).toBe('Signal channel_closed 1');
    expect(Status.channelClosed).toBe(22);
    void server.engine.destroy();
    void client.engine.destroy();
    run(0);
    expect([leftIn(server), leftIn(client)]).toEqual([[], []]);
  });
});
