import { Subscriber } from 'rxjs';
import {
  type ChannelGroup,
  type Engine,
  type Message,
  memClient,
  OpCode,
  Status,
  statusName,
} from '../../lib/index.js';
import { lineOf, listenOn, next, postHello } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { networks } from '../support/networks.js';
import { held, tell, text } from '../support/told.js';
import { collectUnhandledErrors } from '../support/unhandled-errors.js';
import { thrownBy } from '../support/virtual-time.js';

let engine: Engine;
let group: ChannelGroup;

beforeEach(() => {
  engine = engineForSpec();
  group = engine.createGroup();
});

/** A message that post refuses: it comes back on the group's stream, synchronously, and keeps its slot. */
function fail(body: string): void {
  const message = engine.get();
  message.channelNumber = 77;
  message.body.append(body);
  group.sink.next(message);
}

describe('status$', () => {
  it('shows the failures, what came back, and channel_closed', async () => {
    const log: string[] = [];
    group.status$.subscribe(message => log.push(lineOf(message)));
    const channel = postHello(engine, group, memClient('nobody'));
    const unsent = engine.get();
    unsent.channelNumber = channel;
    group.post(unsent);
    for (let count = 0; count < 3; count++) engine.put(await next(group));
    expect(log).toEqual([
      `HelloResponse connect_failed ${String(channel)}`,
      `Request peer_disconnected ${String(channel)}`,
      `Signal channel_closed ${String(channel)}`,
    ]);
  });

  it('shows nothing that went well, no receiver_update, and nothing of peers', async () => {
    const log: string[] = [];
    group.status$.subscribe(message => log.push(statusName(message.status)));
    await listenOn(engine, group, networks[2] as (typeof networks)[0]);
    group.updateReceiver();
    tell(engine, group, 'from an application');
    expect(log).toEqual([]);
    fail('1');
    expect(log).toEqual(['invalid_channel_number']);
  });

  it('is a tap: the inbox keeps what it shows, with its slot', async () => {
    const log: string[] = [];
    group.status$.subscribe(message => log.push(text(message)));
    fail('1');
    expect([log, held(engine)]).toEqual([['1'], 1]);
    const pulled = (await group.waitReceive(0)) as Message;
    expect(text(pulled)).toBe('1');
    pulled.body.append(' is the caller’s own');
    engine.put(pulled);
  });

  it('does not show what waits in the inbox already', () => {
    fail('1');
    const log: string[] = [];
    group.status$.subscribe(message => log.push(text(message)));
    expect([log, held(engine)]).toEqual([[], 1]);
  });

  it('neither counts as a subscriber nor as a pull', async () => {
    const log: string[] = [];
    group.status$.subscribe(message => log.push(`tap ${text(message)}`));
    expect(await group.waitReceive(0)).toBeNull();
    group.subscribe(message => log.push(text(message)));
    fail('1');
    expect(log).toEqual(['tap 1', '1']);
    expect(held(engine)).toBe(0);
  });

  it('shows what is claimed', async () => {
    const log: string[] = [];
    group.status$.subscribe(message => log.push(lineOf(message)));
    const channel = postHello(engine, group, memClient('nobody'));
    await new Promise<void>(resolve => {
      group.claim(channel, message => {
        log.push(`claim ${lineOf(message)}`);
        if (message.status === Status.channelClosed) resolve();
      });
    });
    expect(log).toEqual([
      `HelloResponse connect_failed ${String(channel)}`,
      `claim HelloResponse connect_failed ${String(channel)}`,
      `Signal channel_closed ${String(channel)}`,
      `claim Signal channel_closed ${String(channel)}`,
    ]);
  });

  it('shows read-only messages', () => {
    const codes: unknown[] = [];
    group.status$.subscribe(message => {
      codes.push(thrownBy(() => (message.opCode = OpCode.Signal)));
      engine.put(message);
    });
    fail('1');
    expect(codes).toEqual(['not_allowed']);
    expect(held(engine)).toBe(1);
  });

  it('goes on for the others when one leaves, and begins anew', () => {
    const log: string[] = [];
    const a = group.status$.subscribe(message => log.push(`a${text(message)}`));
    const b = group.status$.subscribe(message => {
      log.push(`b${text(message)}`);
      b.unsubscribe();
    });
    fail('1');
    fail('2');
    a.unsubscribe();
    fail('3');
    group.status$.subscribe(message => log.push(`c${text(message)}`));
    fail('4');
    expect(log).toEqual(['a1', 'b1', 'a2', 'c4']);
  });

  it('may be what makes somebody subscribe to the group, who sees the message then', () => {
    const log: string[] = [];
    group.status$.subscribe(message => {
      log.push(`tap ${text(message)}`);
      if (log.length === 1) group.subscribe(seen => log.push(text(seen)));
    });
    fail('1');
    fail('2');
    expect(log).toEqual(['tap 1', '1', 'tap 2', '2']);
    expect(held(engine)).toBe(0);
  });

  it('completes with the group, behind each channel_closed', async () => {
    const log: string[] = [];
    const { channel } = await listenOn(engine, group, networks[2] as (typeof networks)[0]);
    group.status$.subscribe({
      next: message => log.push(lineOf(message)),
      complete: () => log.push('|'),
    });
    await group.destroy();
    expect(log).toEqual([`Signal channel_closed ${String(channel)}`, '|']);
    group.status$.subscribe({ complete: () => log.push('late |') });
    expect(log.at(-1)).toBe('late |');
  });

  describe('with a subscriber that throws', () => {
    const { reported } = collectUnhandledErrors();

    it('loses nothing for the others, nor for the group', async () => {
      const error = new Error('always');
      group.status$.subscribe(() => {
        throw error;
      });
      group.status$.subscribe(
        new Subscriber<Message>({
          next: () => {
            throw error;
          },
          error: () => undefined,
          complete: () => undefined,
        }),
      );
      const log: string[] = [];
      group.status$.subscribe(message => log.push(`tap ${text(message)}`));
      group.subscribe(message => log.push(text(message)));
      fail('1');
      fail('2');
      expect(log).toEqual(['tap 1', '1', 'tap 2', '2']);
      expect(held(engine)).toBe(0);
      expect(await reported()).toEqual([error, error, error, error]);
    });
  });
});
