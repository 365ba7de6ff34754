// One client's requests, which are never answered, hold every slot of a server, over TCP. A rate in seconds would be the machine's: so what is counted is the turns of the
// event loop in which the server does anything until the others have had a fixed number of answers. Each socket is read once a turn, and each turn has its price,
// so answers a turn is the rate, with the speed of the machine and what else it does taken out.
import { mergeMap, NEVER } from 'rxjs';
import { type Address, listen, openPeer, type Peer, type Reply, tcpServer } from '../../lib/index.js';
import { BusyTurns } from '../support/busy-turns.js';
import { engineForSpec } from '../support/engines.js';
import { eventually } from '../support/eventually.js';

const SLOTS = 64;
const OTHERS = 4;
/** How often each of the requests in flight is asked again. */
const TIMES = 50;

/** In how many turns a server answers the others, with so many requests of each in flight; `isHeld`: while one more client holds every slot. */
async function turnsOf(inFlight: number, pong: () => Reply, isHeld: boolean): Promise<number> {
  using turns = new BusyTurns();
  const server = engineForSpec({
    clock: turns.clock,
    initialPoolMsgs: SLOTS,
    maxPoolMsgs: SLOTS,
    stallTimeout: Infinity,
  });
  const clients = engineForSpec();
  const address = await new Promise<Address>(resolve => {
    listen(server.createGroup(), tcpServer('127.0.0.1', 0))
      .pipe(
        mergeMap(listener => {
          resolve(listener.address);
          return listener.peers$;
        }),
        mergeMap(peer =>
          peer.serve(({ first }) => {
            turns.mark();
            return first.body.text() === 'hold' ? NEVER : pong();
          }),
        ),
      )
      .subscribe();
  });
  const dial = (): Promise<Peer> => openPeer(clients.createGroup(), address);
  if (isHeld) {
    const greedy = await dial();
    for (let n = 0; n < 4 * SLOTS; n++)
      greedy.request('hold', { timeout: 0 }).subscribe({ error: () => undefined });
    await eventually('every slot is held', () => server.stats().slots.used === SLOTS);
  }
  const others = await Promise.all(Array.from({ length: OTHERS }, dial));
  turns.count = 0;
  let mostBeyond = 0;
  const askInTurn = async (peer: Peer): Promise<void> => {
    for (let n = 0; n < TIMES; n++) {
      for await (const answer of peer.request('ping')) expect(answer.body.text()).toBe('pong');
      mostBeyond = Math.max(mostBeyond, server.stats().slots.beyond);
    }
  };
  await Promise.all(others.flatMap(peer => Array.from({ length: inFlight }, () => askInTurn(peer))));
  expect(mostBeyond).toBeLessThanOrEqual(OTHERS);
  return turns.count;
}

describe.each([
  { how: 'at once', pong: (): Reply => 'pong' },
  { how: 'by a Promise', pong: (): Reply => Promise.resolve('pong') },
  {
    how: 'by a function that awaits',
    pong: async () => {
      await Promise.resolve();
      await Promise.resolve();
      return 'pong';
    },
  },
])('while one client holds every slot, with handlers that answer $how', ({ pong }) => {
  it.each([1, 4, 16])(
    'the others have at least half the answers a turn, with %d in flight',
    async inFlight => {
      const alone = await turnsOf(inFlight, pong, false);
      const beside = await turnsOf(inFlight, pong, true);
      expect(beside).toBeLessThanOrEqual(2 * alone);
    },
  );
});
