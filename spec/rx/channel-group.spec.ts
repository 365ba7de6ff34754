import { Observable, take } from 'rxjs';
import { type ChannelGroup, type Engine, OpCode } from '../../lib/index.js';
import { connectTo, lineOf, listenOn, post } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { networks } from '../support/networks.js';
import { hear, held, tell, text } from '../support/told.js';

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
