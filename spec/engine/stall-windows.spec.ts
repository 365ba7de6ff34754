import { filter } from 'rxjs';
import { type MessageWindow, pooled, type TofuError, windowByMessageId } from '../../lib/index.js';
import { inStallWorld, type StallWorld } from '../support/stall-world.js';
import { after } from '../support/virtual-time.js';

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

/** Notes down which windows come to the server from frame 6 on, and reads all of them in `frame`. */
function readAllIn(frame: number, { at, server, note }: StallWorld): void {
  const windows: MessageWindow[] = [];
  at(6, () => {
    server.group.pipe(windowByMessageId()).subscribe(window => {
      note(`${String(window.messageId)} comes`);
      windows.push(window);
    });
  });
  at(frame, () => {
    for (const window of windows) readInto(note, window);
  });
}

describe('windows that nobody reads and that hold every slot', () => {
  it('are given up one in each stallTimeout, the youngest first: the sender stays braked', () => {
    const log = inStallWorld({}, world => {
      world.connect()(10, '1a', '2b', '3c', '4d');
      readAllIn(300, world);
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
    const log = inStallWorld({}, world => {
      world.connect()(10, '1a', '2b', '3c');
      world.connect()(10, '4d', '5e');
      readAllIn(100, world);
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
