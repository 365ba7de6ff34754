import { map, NEVER, Subject, toArray } from 'rxjs';
import type { MessageWindow } from '../../lib/index.js';
import { record, virtualPair } from '../support/peers.js';
import { warningsOf } from '../support/warnings.js';

beforeEach(() => {
  warningsOf('RXTOFU_STALLED');
});

describe('uploads', () => {
  it.each([
    [
      'answered at their end',
      (request: MessageWindow) =>
        request.pipe(
          toArray(),
          map(parts => String(parts.length)),
        ),
    ],
    [
      'read by for await',
      async (request: MessageWindow) => {
        let parts = 0;
        for await (const _ of request) parts++;
        return String(parts);
      },
    ],
  ])('%s may be more at once than there are slots', async (_name, handler) => {
    const { here, there, pass } = await virtualPair({ engines: { initialPoolMsgs: 4, maxPoolMsgs: 4 } });
    there.respond(handler);
    const sources = Array.from({ length: 50 }, () => new Subject<string>());
    const replies = sources.map(source => record(here.request(source)));
    for (let part = 0; part < 5; part++) for (const source of sources) source.next(String(part));
    await pass(50);
    for (const source of sources) source.complete();
    await pass(50);
    expect(replies.filter(({ lines }) => lines.join() !== 'Response "5",|')).toEqual([]);
  });

  it('behind a full house of waiting requests get through: the youngest of those are turned away', async () => {
    const { here, there, server, pass } = await virtualPair({
      server: { initialPoolMsgs: 4, maxPoolMsgs: 4, stallTimeout: 100 },
    });
    there.respond(
      request =>
        request.pipe(
          toArray(),
          map(parts => String(parts.length)),
        ),
      { concurrency: 1 },
    );
    const source = new Subject<string>();
    const upload = record(here.request(source));
    source.next('a');
    source.next('b');
    await pass();
    const replies = Array.from({ length: 10 }, () => record(here.request('ping')));
    await pass();
    source.next('c');
    source.complete();
    await pass(90);
    expect([upload.lines, server.engine.stats().pausedChannels]).toEqual([[], 1]);
    await pass(200);
    expect(upload.lines).toEqual(['Response "3"', '|']);
    const busy = replies.filter(({ lines }) => lines[0] === '# processing_failed: busy').length;
    const done = replies.filter(({ lines }) => lines[0] === 'Response "1"').length;
    expect([busy > 0, done > 0, busy + done]).toEqual([true, true, 10]);
  });

  it('that nobody reads, and that hold every slot, are given up', async () => {
    const { here, there, server, pass } = await virtualPair({
      server: { initialPoolMsgs: 4, maxPoolMsgs: 4, stallTimeout: 100 },
    });
    const windows: MessageWindow[] = [];
    there.respond(request => {
      windows.push(request);
      return windows.length === 1 ? NEVER : 'pong';
    });
    const source = new Subject<string>();
    const upload = record(here.request(source));
    for (let part = 0; part < 8; part++) source.next(String(part));
    await pass();
    const behind = record(here.request('ping'));
    await pass(90);
    expect(behind.lines).toEqual([]);
    await pass(20);
    expect(behind.lines).toEqual(['Response "pong"', '|']);
    expect(record(windows[0] as MessageWindow).lines).toEqual([expect.stringMatching(/^# pool_empty: /)]);
    expect(server.engine.stats().slots.used).toBe(0);
    upload.unsubscribe();
  });

  it('that wait for a handler, and hold every slot, just wait', async () => {
    const { here, there, server, pass } = await virtualPair({
      server: { initialPoolMsgs: 4, maxPoolMsgs: 4, stallTimeout: 100 },
    });
    const replies = Array.from({ length: 10 }, () => record(here.request('ping')));
    await pass(1_000);
    expect(server.engine.stats().pausedChannels).toBe(1);
    there.respond(() => 'pong');
    await pass();
    expect(replies.every(({ lines }) => lines.length === 2)).toBe(true);
  });
});
