import { filter } from 'rxjs';
import {
  type EngineOptions,
  type Hold,
  type MessageWindow,
  OpCode,
  windowByMessageId,
} from '../../lib/index.js';
import { booksOf, expectBalanced } from '../support/books.js';
import { type VirtualEnds, virtualEnds } from '../support/credit-pairs.js';
import { post } from '../support/conversation.js';
import { record } from '../support/peers.js';
import { warningsOf } from '../support/warnings.js';

const WINDOW = 64;
const STALL_MS = 1_000;
/** What is short here is credit. */
const ROOMY = { initialPoolMsgs: 256, maxPoolMsgs: 256, stallTimeout: STALL_MS };

interface Sending extends VirtualEnds {
  /** The client posts Responses, of which no Peer takes any. */
  send(id: number, more: boolean): void;
  /** What waits for credit at the client, in messages. */
  waiting(): number;
}

async function sending(server: EngineOptions = ROOMY): Promise<Sending> {
  const ends = await virtualEnds({ client: ROOMY, server, credit: true });
  const { here } = ends;
  const { group, peer, engine } = here;
  return {
    ...ends,
    send: (id, more) => void post(engine, group, peer.channelNumber, OpCode.Response, { id, more }),
    waiting: () => engine.stats().queuedBytes / 16,
  };
}

/** The windows of a group as they come; `read` says which are read at once. */
function windowsOf({ there }: VirtualEnds, read: (id: number) => boolean = () => false): MessageWindow[] {
  const windows: MessageWindow[] = [];
  there.group
    .pipe(
      filter(message => message.isFromEngine() || message.opCode === OpCode.Response),
      windowByMessageId(),
    )
    .subscribe(window => {
      windows.push(window);
      if (read(Number(window.messageId))) window.subscribe();
    });
  return windows;
}

describe('windows that nobody reads, and that hold all the credit there is', () => {
  it('leave more to a peer that owes the rest of one that is read', async () => {
    const warnings = warningsOf('RXTOFU_STALLED');
    const all = await sending();
    const { pass, send, waiting, there, here } = all;
    const windows = windowsOf(all, id => id === 1);
    for (let id = 1; id <= WINDOW + 10; id++) send(id, true);
    for (let id = 1; id <= WINDOW + 10; id++) if (id > 1) send(id, false);
    send(1, false);
    await pass(20);
    expect(waiting()).toBe(0);
    expect(windows).toHaveLength(WINDOW + 10);
    for (const window of windows.slice(1)) expect(record(window).lines.at(-1)).toBe('|');
    await pass();
    expectBalanced(here, there);
    expect(warnings).toEqual([]);
  });

  it('leave more to it when that is read later', async () => {
    const all = await sending();
    const { pass, send, waiting } = all;
    const windows = windowsOf(all);
    for (let id = 1; id <= WINDOW; id++) send(id, true);
    send(1, false);
    await pass();
    expect(waiting()).toBe(1);
    const first = record(windows[0] as MessageWindow);
    await pass();
    expect([first.lines.at(-1), waiting()]).toEqual(['|', 0]);
    for (const window of windows) window.release();
  });

  it('leave more to a peer when none is read for stallTimeout, until they hold the pool, and the youngest is given up', async () => {
    const warnings = warningsOf('RXTOFU_STALLED');
    const all = await sending();
    const { pass, send, waiting } = all;
    const windows = windowsOf(all);
    const total = 300;
    for (let id = 1; id <= total; id++) send(id, false);
    await pass(STALL_MS - 1);
    expect([windows.length, waiting(), warnings]).toEqual([WINDOW, total - WINDOW, []]);
    await pass(21);
    expect([windows.length, warnings.length]).toEqual([256, 1]);
    expect(warnings[0]).toMatch(/^channel \d+ has had no credit for 1000 ms: no slot came free/);
    await pass(STALL_MS);
    expect(record(windows[255] as MessageWindow).lines).toEqual([expect.stringMatching(/^# pool_empty: /)]);
    expect(windows.length).toBeGreaterThan(256);
    for (const window of windows) window.release();
    await pass(50);
    for (const window of windows) window.release();
    await pass(50);
    for (const window of windows) window.release();
    expect([windows.length, waiting()]).toEqual([total, 0]);
  });
});

describe('a peer without credit', () => {
  let holds: Hold[];

  beforeEach(() => {
    holds = [];
  });
  afterEach(() => {
    for (const hold of holds) hold[Symbol.dispose]();
  });

  async function held(): Promise<Sending> {
    const all = await sending();
    all.there.group.subscribe(message => {
      if (message.opCode === OpCode.Response) holds.push(message.retain());
    });
    for (let id = 1; id <= WINDOW + 1; id++) all.send(id, false);
    await all.pass();
    return all;
  }

  it('is warned of when nothing was consumed for stallTimeout, once, and gets none for that', async () => {
    const warnings = warningsOf('RXTOFU_STALLED');
    const { pass, waiting, there, here } = await held();
    await pass(STALL_MS - 20);
    expect(warnings).toEqual([]);
    await pass(3 * STALL_MS);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('It holds 64 of 64 messages held');
    expect(warnings[0]).toContain('64 are retained');
    expect([booksOf(there, here).held, waiting()]).toEqual([WINDOW, 1]);
  });

  it('is not warned of while slots come back, however slowly', async () => {
    const warnings = warningsOf('RXTOFU_STALLED');
    const { pass, waiting } = await held();
    for (let n = 0; n < 40; n++) {
      await pass(STALL_MS - 50);
      holds.shift()?.[Symbol.dispose]();
    }
    await pass();
    expect([warnings, waiting()]).toEqual([[], 0]);
  });

  it('is warned of again when it has had some meanwhile', async () => {
    const warnings = warningsOf('RXTOFU_STALLED');
    const { pass, send } = await held();
    await pass(STALL_MS);
    for (const hold of holds.splice(0)) hold[Symbol.dispose]();
    for (let id = 100; id < 400; id++) send(id, false);
    await pass(2 * STALL_MS);
    expect(warnings).toHaveLength(2);
  });

  it('is not warned of once it has said bye', async () => {
    const warnings = warningsOf('RXTOFU_STALLED');
    const all = await sending();
    all.there.peer.respond(() => new Promise<string>(() => undefined));
    for (let id = 1; id < WINDOW; id++) all.send(id, false);
    all.there.group.subscribe(message => {
      if (message.opCode === OpCode.Response) holds.push(message.retain());
    });
    const { peer, group, engine } = all.here;
    post(engine, group, peer.channelNumber, OpCode.Request, { id: 1_000 });
    void peer.bye();
    await all.pass(2 * STALL_MS);
    expect(booksOf(all.there, all.here)).toMatchObject({ held: WINDOW, outstanding: 0 });
    expect(warnings).toEqual([]);
  });

  it('is not waited for any more when the channel has closed, though slots come back later', async () => {
    const { pass, there } = await held();
    there.peer.abort();
    await pass();
    expect(there.engine.core.context.deadlines.next()).toBe(Infinity);
    holds.shift()?.[Symbol.dispose]();
    await pass();
    expect(there.engine.core.context.deadlines.next()).toBe(Infinity);
    const destroyed = there.engine.destroy();
    await pass();
    await destroyed;
    for (const hold of holds.splice(0)) hold[Symbol.dispose]();
    await pass();
    expect(there.engine.core.context.deadlines.next()).toBe(Infinity);
  });

  it('gets none because requests wait for their turn: none of them is given up', async () => {
    const warnings = warningsOf('RXTOFU_STALLED');
    const { here, there, pass } = await virtualEnds({ client: ROOMY, server: ROOMY, credit: true });
    there.peer.respond(() => new Promise<string>(() => undefined), { concurrency: 1 });
    const asked = Array.from({ length: 100 }, () => record(here.peer.request('ask', { timeout: 0 })));
    await pass(20 * STALL_MS);
    expect(warnings).toHaveLength(1);
    expect(booksOf(there, here).held).toBe(WINDOW);
    expect(asked.flatMap(({ lines }) => lines)).toEqual([]);
    for (const one of asked) one.unsubscribe();
    await pass();
  });
});
