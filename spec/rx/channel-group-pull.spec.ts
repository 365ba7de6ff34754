import { type ChannelGroup, type Engine, type Message, Status } from '../../lib/index.js';
import { engineForSpec } from '../support/engines.js';
import { held, tell, text } from '../support/told.js';

let engine: Engine;
let group: ChannelGroup;

beforeEach(() => {
  engine = engineForSpec();
  group = engine.createGroup();
});

describe('a pull', () => {
  it('is refused while the group has a subscriber', async () => {
    const subscription = group.subscribe();
    for (const ms of [0, 100, Infinity]) {
      await expect(group.waitReceive(ms)).rejects.toMatchObject({ code: 'not_allowed' });
    }
    subscription.unsubscribe();
    expect(await group.waitReceive(0)).toBeNull();
  });

  it('is refused while another one waits, which goes on', async () => {
    const first = group.waitReceive();
    await expect(group.waitReceive()).rejects.toMatchObject({ code: 'not_allowed' });
    tell(engine, group, '1');
    const message = (await first) as Message;
    expect(text(message)).toBe('1');
    engine.put(message);
  });

  it('that waits is rejected by a subscriber, who gets the next message', async () => {
    const waiting = group.waitReceive();
    const log: string[] = [];
    group.subscribe(message => log.push(text(message)));
    await expect(waiting).rejects.toMatchObject({ code: 'not_allowed' });
    tell(engine, group, '1');
    expect(log).toEqual(['1']);
    expect(held(engine)).toBe(0);
  });

  it('gives a message that is the caller’s own, with its slot', async () => {
    tell(engine, group, '1');
    const message = (await group.waitReceive(0)) as Message;
    message.body.append('!');
    expect([text(message), held(engine)]).toEqual(['1!', 1]);
    engine.put(message);
    expect(held(engine)).toBe(0);
  });
});

describe('for await over a group', () => {
  it('gives each message in order, and puts the one before at the next pull', async () => {
    for (const word of ['1', '2', '3']) tell(engine, group, word);
    const log: (string | number)[] = [];
    for await (const message of group) {
      log.push(text(message), held(engine));
      if (text(message) === '3') break;
    }
    expect(log).toEqual(['1', 3, '2', 2, '3', 1]);
    expect(held(engine)).toBe(0);
  });

  it('waits for what comes later', async () => {
    const log: string[] = [];
    setImmediate(() => {
      tell(engine, group, '1');
    });
    for await (const message of group) {
      log.push(text(message));
      break;
    }
    expect(log).toEqual(['1']);
  });

  it('gives its last message back when it is left by an error', async () => {
    tell(engine, group, '1');
    const loop = async (): Promise<void> => {
      for await (const message of group) throw new Error(text(message));
    };
    await expect(loop()).rejects.toThrow('1');
    expect(held(engine)).toBe(0);
  });

  it('leaves alone what the loop has posted or put itself', async () => {
    tell(engine, group, '1');
    tell(engine, group, '2');
    const log: string[] = [];
    for await (const message of group) {
      log.push(text(message));
      if (text(message) !== '1') break;
      group.updateReceiver(message);
    }
    expect(log).toEqual(['1', '2']);
    expect(held(engine)).toBe(1);
    const again = (await group.waitReceive(0)) as Message;
    expect(text(again)).toBe('1');
    engine.put(again);
  });

  it('leaves the rest in the inbox', async () => {
    tell(engine, group, '1');
    tell(engine, group, '2');
    for await (const message of group) {
      expect(text(message)).toBe('1');
      break;
    }
    const log: string[] = [];
    group.subscribe(message => log.push(text(message)));
    expect(log).toEqual(['2']);
  });

  it('just ends when the group is destroyed, also while it waits', async () => {
    const log: string[] = [];
    tell(engine, group, '1');
    const loop = async (): Promise<void> => {
      for await (const message of group) log.push(text(message));
      log.push('end');
    };
    const looped = loop();
    setImmediate(() => void group.destroy());
    await looped;
    expect(log).toEqual(['1', 'end']);
    for await (const message of group) log.push(text(message));
    expect(log).toEqual(['1', 'end']);
  });

  it('is refused while the group has a subscriber, and ended by one', async () => {
    const loop = async (): Promise<void> => {
      for await (const message of group) engine.put(message);
    };
    const subscription = group.subscribe();
    await expect(loop()).rejects.toMatchObject({ code: 'not_allowed' });
    subscription.unsubscribe();
    const looped = loop();
    group.subscribe();
    await expect(looped).rejects.toMatchObject({ code: 'not_allowed' });
  });

  it('gives what was told as a receiver_update', async () => {
    group.updateReceiver();
    for await (const message of group) {
      expect([message.isFromEngine(), message.status, message.channelNumber, message.messageId]).toEqual([
        true,
        Status.receiverUpdate,
        0,
        0n,
      ]);
      return;
    }
    throw new Error('nothing came');
  });
});
