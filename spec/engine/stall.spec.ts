import { filter } from 'rxjs';
import {
  type EngineOptions,
  type MessageWindow,
  OpCode,
  pooled,
  type TofuError,
  windowByMessageId,
} from '../../lib/index.js';
import { post } from '../support/conversation.js';
import { inNetwork, type Party, type World } from '../support/virtual-party.js';
import { after } from '../support/virtual-time.js';
import { warningsOf } from '../support/warnings.js';

const STALL_MS = 50;

interface StallWorld extends World {
  /** Opens a connection of the client; the answer posts Requests on it: `1a+` is id 1, body a, more follows. */
  readonly connect: () => (frame: number, ...requests: string[]) => void;
  /** Writes down what has happened, with its frame. */
  readonly note: (what: string) => void;
  /** The texts of the stall warnings. */
  readonly warnings: readonly string[];
}

/** A server with two slots that accepts connections and leaves the rest to whoever reads next; what was noted down. */
function inStallWorld(options: EngineOptions, run: (world: StallWorld) => void): string[] {
  const log: string[] = [];
  const engines = { initialPoolMsgs: 2, maxPoolMsgs: 2, stallTimeout: STALL_MS, ...options };
  inNetwork({ latency: 1, engines, until: 1_000 }, world => {
    const { server, client, scheduler, at } = world;
    const note = (what: string): void => {
      log.push(`${String(scheduler.frame)} ${what}`);
    };
    const connect: StallWorld['connect'] = () => {
      const channel = client.dial();
      return (frame, ...requests) => {
        at(frame, () => {
          for (const request of requests) send(client, channel, request);
        });
      };
    };
    const warnings = warningsOf('RXTOFU_STALLED', text => {
      note(`${/^channel \d+/.exec(text)?.[0] ?? text} is stalled`);
    });
    server.listen();
    const accepting = server.group.subscribe(message => {
      if (message.opCode === OpCode.HelloRequest) server.group.post(message.reply());
    });
    at(5, () => {
      accepting.unsubscribe();
    });
    run({ ...world, connect, note, warnings });
  });
  return log;
}

function send(client: Party, channel: number, request: string): void {
  const [, id, payload, more] = /^(\d+)(\w+)(\+?)$/.exec(request) as RegExpExecArray;
  post(client.engine, client.group, channel, OpCode.Request, {
    id: Number(id),
    payload: payload as string,
    more: more === '+',
  });
}

/** Reads a window, and notes down its texts and its end. */
function readInto(note: (what: string) => void, window: MessageWindow): void {
  const id = String(window.messageId);
  window.subscribe({
    next: message => {
      note(id + message.body.text());
    },
    complete: () => {
      note(`${id} ends`);
    },
    error: (error: TofuError) => {
      note(`${id} ${error.code}`);
    },
  });
}

describe('a channel that is paused for stallTimeout', () => {
  it('is warned of once a pause, with who holds the slots', () => {
    const log = inStallWorld({}, ({ at, connect, server, warnings }) => {
      const sendRequests = connect();
      sendRequests(10, '1a', '2b', '3c');
      at(500, () => {
        expect(warnings).toHaveLength(1);
        expect(warnings[0]).toContain('has not been read for 50 ms');
        expect(warnings[0]).toContain('holds 2 of 2 messages held; 2 wait in its group');
        server.group.subscribe().unsubscribe();
      });
      sendRequests(600, '4d', '5e', '6f');
    });
    expect(log).toEqual(['61 channel 2 is stalled', '651 channel 2 is stalled']);
  });

  it('is warned of with the kinds of holds that there are', () => {
    inStallWorld({ initialPoolMsgs: 4, maxPoolMsgs: 4 }, ({ at, connect, server, warnings }) => {
      connect()(10, '1retained', '2pooled', '3pooled', '4window', '5last');
      at(6, () => {
        const only = (text: string) => server.group.pipe(filter(message => message.body.text() === text));
        only('retained').subscribe(message => message.retain());
        only('pooled')
          .pipe(pooled(after(900)))
          .subscribe();
        only('window').pipe(windowByMessageId()).subscribe();
      });
      at(100, () => {
        expect(warnings).toHaveLength(1);
        expect(warnings[0]).toContain("0 wait in its group's inbox, 1 in windows");
        expect(warnings[0]).toContain('2 in pooled');
        expect(warnings[0]).toContain('1 are retained');
      });
    });
  });

  it('is none of one that was read in time, or that has closed', () => {
    const log = inStallWorld({}, ({ at, connect, server, client }) => {
      connect()(10, '1a', '2b', '3c');
      at(60, () => {
        server.group.subscribe().unsubscribe();
      });
      const sendMore = connect();
      sendMore(100, '1a', '2b', '3c');
      at(120, () => {
        void server.group.destroy();
        void client.group.destroy();
      });
    });
    expect(log).toEqual([]);
  });

  it('is not warned of where stallTimeout is Infinity', () => {
    const log = inStallWorld({ stallTimeout: Infinity }, ({ connect }) => {
      connect()(10, '1a', '2b', '3c');
    });
    expect(log).toEqual([]);
  });
});

describe('windows that nobody reads and that hold every slot', () => {
  it('are given up one in each stallTimeout, the youngest first: the sender stays braked', () => {
    const windows: MessageWindow[] = [];
    const log = inStallWorld({}, ({ at, connect, server, note }) => {
      connect()(10, '1a', '2b', '3c', '4d');
      at(6, () => {
        server.group.pipe(windowByMessageId()).subscribe(window => {
          note(`${String(window.messageId)} comes`);
          windows.push(window);
        });
      });
      at(300, () => {
        for (const window of windows) readInto(note, window);
      });
    });
    expect(log).toEqual([
      '11 1 comes',
      '11 2 comes',
      '61 channel 2 is stalled',
      '61 3 comes',
      '111 channel 2 is stalled',
      '111 4 comes',
      '300 1a',
      '300 1 ends',
      '300 2 pool_empty',
      '300 3 pool_empty',
      '300 4d',
      '300 4 ends',
    ]);
  });

  it('are given up at once, after the first stall, while another window is read and nothing else helps', () => {
    const log = inStallWorld({}, ({ at, connect, server, note }) => {
      const others = Array.from({ length: 20 }, (_, at) => `${String(at + 2)}x`);
      connect()(10, '1a+', ...others, '1b');
      at(6, () => {
        server.group.pipe(windowByMessageId()).subscribe(window => {
          if (window.messageId === 1n) readInto(note, window);
        });
      });
    });
    expect(log).toEqual(['11 1a', '61 channel 2 is stalled', '61 1b', '61 1 ends']);
  });

  it('are waited for again, once another window was read', () => {
    const windows: MessageWindow[] = [];
    const log = inStallWorld({}, ({ at, connect, server, note }) => {
      connect()(10, '1a+', '2a', '3a', '4a', '5a', '6a', '1b');
      at(6, () => {
        server.group.pipe(windowByMessageId()).subscribe(window => {
          windows.push(window);
          if (windows.length === 1) readInto(note, window);
          // Somebody takes the oldest of them after the first was given up.
          if (windows.length === 4) readInto(note, windows[1] as MessageWindow);
        });
      });
    });
    expect(log).toEqual([
      '11 1a',
      '61 channel 2 is stalled',
      '61 2a',
      '61 2 ends',
      '111 channel 2 is stalled',
      '111 1b',
      '111 1 ends',
    ]);
  });

  it('are kept while a message of theirs is at work in pooled, however long', () => {
    const log = inStallWorld({}, ({ at, connect, server, note }) => {
      connect()(10, '1a+', '2x', '1b', '2y');
      at(6, () => {
        server.group
          .pipe(
            windowByMessageId(),
            pooled(window => window.pipe(pooled(after(200)))),
          )
          .subscribe(message => {
            note(String(message.messageId) + message.body.text());
          });
      });
    });
    expect(log).toEqual([
      '61 channel 2 is stalled',
      '211 1a',
      '261 channel 2 is stalled',
      '411 1b',
      '611 2x',
      '811 2y',
    ]);
  });

  it('are kept while the user retains another message of the channel', () => {
    const windows: MessageWindow[] = [];
    const log = inStallWorld({}, ({ at, connect, server, note }) => {
      connect()(10, '1a', '2b', '3c');
      at(6, () => {
        const ids = (id: bigint) => server.group.pipe(filter(message => message.messageId === id));
        ids(1n).subscribe(message => message.retain());
        ids(2n)
          .pipe(windowByMessageId())
          .subscribe(window => windows.push(window));
      });
      at(500, () => {
        for (const window of windows) readInto(note, window);
      });
    });
    expect(log).toEqual(['61 channel 2 is stalled', '500 2b', '500 2 ends']);
  });

  it('are kept while a slot is free: one is given up for two channels that wait', () => {
    const windows: MessageWindow[] = [];
    const log = inStallWorld({}, ({ at, connect, server, note }) => {
      connect()(10, '1a', '2b', '3c');
      connect()(10, '4d', '5e');
      at(6, () => {
        server.group.pipe(windowByMessageId()).subscribe(window => {
          note(`${String(window.messageId)} comes`);
          windows.push(window);
        });
      });
      at(100, () => {
        for (const window of windows) readInto(note, window);
      });
    });
    expect(log).toEqual([
      '11 1 comes',
      '11 2 comes',
      '11 4 comes',
      '61 channel 2 is stalled',
      '61 channel 3 is stalled',
      '61 3 comes',
      '100 1a',
      '100 1 ends',
      '100 2 pool_empty',
      '100 4d',
      '100 4 ends',
      '100 3c',
      '100 3 ends',
      '100 5 comes',
    ]);
  });

  it('are given up of the channel alone that has come to maxSlotsPerChannel', () => {
    const log = inStallWorld(
      { initialPoolMsgs: 8, maxPoolMsgs: 8, maxSlotsPerChannel: 2 },
      ({ at, connect, server, note }) => {
        const windows: MessageWindow[] = [];
        connect()(10, '1a', '2b', '3c');
        connect()(20, '4d');
        at(6, () => {
          server.group.pipe(windowByMessageId()).subscribe(window => {
            windows.push(window);
          });
        });
        at(100, () => {
          for (const window of windows) readInto(note, window);
        });
      },
    );
    expect(log).toEqual([
      '61 channel 2 is stalled',
      '100 1a',
      '100 1 ends',
      '100 2 pool_empty',
      '100 4d',
      '100 4 ends',
      '100 3c',
      '100 3 ends',
    ]);
  });
});
