import { map, mergeMap, NEVER, timer, VirtualTimeScheduler } from 'rxjs';
import { connect, type EngineOptions, listen, type Peer, tcpClient, tcpServer } from '../../lib/index.js';
import { virtualNetwork } from '../../lib/testing/index.js';
import { sidesIn } from '../support/peers.js';

const SLOTS = 32;
const OTHERS = 8;
/** How long answers are counted, in virtual ms; each takes one to make. */
const MS = 200;

/** How many answers each of the others gets, with so many questions in flight each; `isHeld`: while one more holds all it can get. */
async function answersOf(inFlight: number, options: EngineOptions, isHeld: boolean): Promise<number[]> {
  const scheduler = new VirtualTimeScheduler();
  const net = virtualNetwork({ scheduler, latency: 1 });
  const side = sidesIn(net);
  const server = side({
    initialPoolMsgs: SLOTS,
    maxPoolMsgs: SLOTS,
    stallTimeout: Infinity,
    ...options,
  });
  listen(server.group, tcpServer())
    .pipe(mergeMap(listener => listener.peers$))
    .subscribe(peer => {
      peer.respond(({ first }) =>
        first.body.text() === 'hold' ? NEVER : timer(1, scheduler).pipe(map(() => 'pong')),
      );
    });
  const dial = async (): Promise<Peer> => {
    let peer: Peer | null = null;
    connect(side().group, tcpClient()).subscribe(value => (peer = value));
    await net.advance(5);
    return peer as unknown as Peer;
  };
  const ask = (peer: Peer, question: string, then: () => void): void => {
    // What is still asked when its engine is destroyed errors then.
    peer.request(question, { timeout: 0 }).subscribe({ complete: then, error: () => undefined });
  };
  if (isHeld) {
    const greedy = await dial();
    for (let n = 0; n < 10 * SLOTS; n++) ask(greedy, 'hold', () => undefined);
    await net.advance(20);
    expect(server.engine.stats().slots.used).toBe(Math.min(SLOTS, options.maxSlotsPerChannel ?? SLOTS));
  }
  const counts: number[] = [];
  for (let other = 0; other < OTHERS; other++) {
    const peer = await dial();
    const next = (): void => {
      ask(peer, 'ping', () => {
        counts[other] = (counts[other] ?? 0) + 1;
        next();
      });
    };
    for (let n = 0; n < inFlight; n++) next();
  }
  counts.fill(0);
  await net.advance(MS);
  return counts;
}

describe('while one client holds every slot that it can get, the others have at least half the answers', () => {
  it.each([1, 4])('each of them, with %d of their questions in flight', async inFlight => {
    const alone = await answersOf(inFlight, {}, false);
    const beside = await answersOf(inFlight, {}, true);
    expect(beside).toHaveLength(OTHERS);
    for (const [other, answers] of beside.entries()) {
      expect(answers).toBeGreaterThanOrEqual((alone[other] as number) / 2);
    }
    expect(Math.min(...alone)).toBeGreaterThan(MS / 4);
  });

  it('each of them has a question being answered at any time, with 16 of them in flight', async () => {
    const beside = await answersOf(16, {}, true);
    expect(beside).toHaveLength(OTHERS);
    // An answer takes a millisecond to make.
    expect(Math.min(...beside)).toBeGreaterThan(0.95 * MS);
  });

  it('all together, with more in flight than there are slots, where maxSlotsPerChannel leaves them some', async () => {
    const options = { maxSlotsPerChannel: SLOTS / 4 };
    const total = (counts: number[]): number => counts.reduce((sum, count) => sum + count, 0);
    const alone = total(await answersOf(16, options, false));
    expect(total(await answersOf(16, options, true))).toBeGreaterThanOrEqual(alone / 2);
    expect(alone).toBeGreaterThan(OTHERS * MS);
  });
});
