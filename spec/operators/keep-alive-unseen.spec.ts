import { Subject, VirtualTimeScheduler } from 'rxjs';
import { type Hold, keepAlive, OpCode } from '../../lib/index.js';
import { post } from '../support/conversation.js';
import { virtualEnds, type VirtualEnds } from '../support/credit-pairs.js';
import { record, type Recording } from '../support/peers.js';

const TIGHT = { initialPoolMsgs: 2, maxPoolMsgs: 2, stallTimeout: Infinity };
const OPTIONS = { every: 10, within: 25 };

interface Watched extends VirtualEnds {
  /** keepAlive of the client's Peer. */
  readonly alive: Recording;
}

/** A client that waits for an answer, and for slots: it reads on, and what comes is parked. */
async function parking(holds: Hold[]): Promise<Watched> {
  const scheduler = new VirtualTimeScheduler();
  const ends = await virtualEnds({ client: TIGHT, credit: true }, { scheduler });
  const { here, there, pass } = ends;
  there.peer.requests$.subscribe();
  here.peer.messages$.subscribe(message => {
    if (message.body.text() === 'hold') holds.push(message.retain());
  });
  record(here.peer.request('ask', { timeout: 0 }));
  for (let n = 0; n < 2; n++) there.peer.signal('hold');
  await pass(5);
  expect(holds).toHaveLength(2);
  return { ...ends, alive: record(keepAlive(here.peer, OPTIONS, scheduler)) };
}

describe('a live peer, all of whose messages are parked', () => {
  let holds: Hold[];

  beforeEach(() => {
    holds = [];
  });
  afterEach(() => {
    for (const hold of holds) hold[Symbol.dispose]();
  });

  it('is alive for as long as they come', async () => {
    const { here, there, pass, alive } = await parking(holds);
    for (let n = 0; n < 30; n++) {
      there.peer.signal('parked');
      await pass(5);
    }
    expect([here.peer.isPaused, here.channel.reader.overdraft.parkedBytes > 0]).toEqual([false, true]);
    expect(alive.lines).toEqual([]);
    alive.unsubscribe();
  });

  it('is gone when none came for within, and at most one every', async () => {
    const { there, pass, alive } = await parking(holds);
    there.peer.signal('parked');
    await pass(25);
    expect(alive.lines).toEqual([]);
    await pass(1 + 25 + 10 - 25);
    expect(alive.lines).toEqual([expect.stringMatching(/^# peer_disconnected: /)]);
  });
});

it('a peer of whom only grants are heard is alive', async () => {
  const scheduler = new VirtualTimeScheduler();
  // A window that grew would be granted less often than the peer has to be heard.
  const { here, there, pass } = await virtualEnds(
    { credit: true, server: { maxWindow: 64 }, client: { maxWindow: 64 } },
    { scheduler },
  );
  const alive = record(keepAlive(here.peer, OPTIONS, scheduler));
  there.peer.signals$.subscribe();
  for (let n = 0; n < 30; n++) {
    for (let of64 = 0; of64 < 64; of64++) here.peer.signal('x');
    await pass(10);
  }
  expect(alive.lines).toEqual([]);
  alive.unsubscribe();
});

describe('a peer that has said bye, and may say nothing more', () => {
  it('is alive while its handlers’ replies are waited for', async () => {
    const scheduler = new VirtualTimeScheduler();
    const { here, there, pass } = await virtualEnds({ credit: true }, { scheduler });
    const reply = new Subject<string>();
    here.peer.respond(() => reply);
    here.peer.signals$.subscribe();
    const asked = record(there.peer.request('ask', { timeout: 0 }));
    await pass();
    const alive = record(keepAlive(here.peer, OPTIONS, scheduler));
    post(there.engine, there.group, there.peer.channelNumber, OpCode.ByeRequest);
    await pass(100);
    expect(alive.lines).toEqual([]);
    reply.next('late');
    reply.complete();
    await pass();
    expect(alive.lines).toEqual(['|']);
    expect(asked.lines).toEqual(['Response "late"', '|']);
  });

  it('is alive while its ByeRequest is parked', async () => {
    const holds: Hold[] = [];
    const { there, pass, alive } = await parking(holds);
    there.peer.signal('parked');
    there.peer.leave();
    await pass(100);
    expect(alive.lines).toEqual([]);
    for (const hold of holds) hold[Symbol.dispose]();
    await pass();
    expect(alive.lines).toEqual(['|']);
  });
});
