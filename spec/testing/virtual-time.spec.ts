import { interval, map, take, VirtualTimeScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type Message, OpCode, tcpClient } from '../../lib/index.js';
import { virtualNetwork } from '../../lib/testing/index.js';
import { lineOf } from '../support/conversation.js';
import { Party } from '../support/virtual-party.js';
import { thrownBy } from '../support/virtual-time.js';

const { Request, Signal, ByeRequest } = OpCode;

function testScheduler(): TestScheduler {
  return new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  });
}

describe('advance', () => {
  it('goes past frame 750, where a TestScheduler stops by itself, and leaves that limit as it was', async () => {
    const scheduler = testScheduler();
    const net = virtualNetwork({ scheduler });
    const frames: number[] = [];
    for (const frame of [1, 750, 751, 5_000, 5_001])
      scheduler.schedule(() => frames.push(scheduler.frame), frame);
    await net.advance(5_000);
    expect(frames).toEqual([1, 750, 751, 5_000]);
    expect(scheduler.frame).toBe(5_000);
    expect(scheduler.maxFrames).toBe(750);
    await net.advance(1);
    expect(frames).toEqual([1, 750, 751, 5_000, 5_001]);
  });

  it('lets time pass where nothing is planned', async () => {
    const scheduler = new VirtualTimeScheduler();
    const net = virtualNetwork({ scheduler });
    await net.advance(1_000_000);
    expect(scheduler.now()).toBe(1_000_000);
  });

  it('works off calls one after the other', async () => {
    const scheduler = new VirtualTimeScheduler();
    const net = virtualNetwork({ scheduler });
    const ends: number[] = [];
    await Promise.all([10, 0, 5].map(ms => net.advance(ms).then(() => ends.push(scheduler.frame))));
    expect(ends).toEqual([10, 10, 15]);
  });

  it('lets Promises continue in the frame in which they were resolved', async () => {
    const scheduler = new VirtualTimeScheduler();
    const net = virtualNetwork({ scheduler });
    const frames: number[] = [];
    const tick = (ms: number): Promise<void> =>
      new Promise(resolve => void scheduler.schedule(() => resolve(), ms));
    const chain = async (): Promise<void> => {
      for (const ms of [3, 0, 4]) {
        await tick(ms);
        await Promise.resolve();
        await new Promise(resolve => queueMicrotask(() => resolve(undefined)));
        frames.push(scheduler.frame);
      }
    };
    const done = chain();
    await net.advance(6);
    expect(frames).toEqual([3, 3]);
    await net.advance(1);
    expect(frames).toEqual([3, 3, 7]);
    await done;
  });

  it('rejects with what was thrown in virtual time, and goes on when it is called again', async () => {
    const scheduler = new VirtualTimeScheduler();
    const net = virtualNetwork({ scheduler });
    scheduler.schedule(() => {
      throw new Error('thrown in frame 2');
    }, 2);
    await expect(net.advance(5)).rejects.toThrow('thrown in frame 2');
    await net.advance(5);
    expect(scheduler.frame).toBe(7);
  });

  it.each([-1, NaN, Infinity])('refuses %d ms', async ms => {
    await expect(virtualNetwork().advance(ms)).rejects.toMatchObject({ code: 'not_allowed' });
  });

  it('leaves the diagrams of expectObservable to flush()', async () => {
    const scheduler = testScheduler();
    const net = virtualNetwork({ scheduler });
    scheduler
      .expectObservable(
        interval(20, scheduler).pipe(
          take(3),
          map(n => String(n)),
        ),
      )
      .toBe('--0-1-(2|)');
    await net.advance(30);
    await net.advance(70);
    scheduler.flush();
  });
});

describe('the Promise faces in virtual time', () => {
  it('waitReceive hands over what comes, and null when nothing came in its time', async () => {
    const net = virtualNetwork({ latency: 2 });
    const server = new Party(net);
    const client = new Party(net);
    server.listen();
    const heard: string[] = [];
    const read = async (): Promise<void> => {
      for (;;) {
        const message = await client.group.waitReceive(10);
        heard.push(message === null ? 'nothing' : lineOf(message));
        client.engine.put(message);
        if (message === null) return;
      }
    };
    const reading = read();
    server.answer();
    client.dial();
    await net.advance(13);
    expect(heard).toEqual(['HelloResponse 1']);
    await net.advance(1);
    expect(heard).toEqual(['HelloResponse 1', 'nothing']);
    await reading;
  });

  it('for await reads a whole conversation, frame by frame', async () => {
    const scheduler = new VirtualTimeScheduler();
    const net = virtualNetwork({ scheduler, latency: 2, until: 50 });
    const server = new Party(net);
    const client = new Party(net);
    const heard: string[] = [];
    const serve = async (): Promise<void> => {
      for await (const message of server.group) {
        if (
          message.opCode === OpCode.HelloRequest ||
          message.opCode === ByeRequest ||
          message.opCode === Request
        ) {
          server.group.post(message.reply(message.body.text()));
        }
      }
    };
    const ask = async (): Promise<void> => {
      const channel = client.dial(tcpClient());
      for await (const message of client.group) {
        heard.push(`${String(scheduler.frame)} ${lineOf(message)}`);
        if (message.opCode === OpCode.HelloResponse) client.post(channel, Request, 'ping');
        if (message.opCode === OpCode.Response) client.post(channel, ByeRequest);
      }
    };
    server.listen();
    const done = Promise.all([serve(), ask()]);
    await net.advance(50);
    await done;
    expect(heard).toEqual([
      '4 HelloResponse 1',
      '8 Response 1 "ping"',
      '12 ByeResponse 1',
      '12 Signal channel_closed 1',
    ]);
  });

  it('writable resolves in the frame in which the sender may go on', async () => {
    const scheduler = new VirtualTimeScheduler();
    const net = virtualNetwork({ scheduler, latency: 2 });
    const server = new Party(net);
    const client = new Party(net, { maxQueuedBytes: 1_000 });
    server.listen();
    const channel = client.dial();
    await net.advance(5);
    net.partition(server.engine, client.engine);
    const postOne = (): void => client.post(channel, Signal, Buffer.alloc(1_000));
    let posted = 0;
    for (; thrownBy(postOne) === 'nothing thrown'; posted++) await net.advance(0);
    // 64 KiB wait behind the partition, and one frame in the queue.
    expect(posted).toBe(66);
    const frames: number[] = [];
    const waiting = client.group.writable(channel).then(() => frames.push(scheduler.frame));
    await net.advance(20);
    net.heal(server.engine, client.engine);
    await net.advance(20);
    await waiting;
    expect(frames).toEqual([25]);
  });

  it('destroy resolves in its frame', async () => {
    const net = virtualNetwork({ latency: 2 });
    const party = new Party(net);
    const messages: Message[] = [];
    party.group.subscribe(message => messages.push(message));
    party.listen();
    const done = party.engine.destroy();
    await net.advance(0);
    await done;
    expect(messages.map(lineOf)).toEqual(['Signal channel_closed 1']);
  });
});
