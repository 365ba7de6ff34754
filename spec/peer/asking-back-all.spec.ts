import { map, mergeMap, range } from 'rxjs';
import { connect, listen, tcpClient, tcpServer } from '../../lib/index.js';
import { networkForSpec, record } from '../support/peers.js';

it.each([
  [1, 3],
  [4, 40],
])(
  'handlers on a pool of %d slots ask each of %d clients back, and all of them are answered',
  async (slots, clients) => {
    const { side, pass } = networkForSpec();
    const server = side({ initialPoolMsgs: slots, maxPoolMsgs: slots, stallTimeout: Infinity });
    listen(server.group, tcpServer()).subscribe(listener => {
      listener.peers$.subscribe(peer => {
        peer.respond(() =>
          peer.request('back', { timeout: 0 }).pipe(map(answer => `heard ${answer.body.text()}`)),
        );
      });
    });
    // Each has one message at the server beyond the pool, and asks on behind it.
    const asked = Array.from({ length: clients }, () =>
      record(
        connect(side().group, tcpClient()).pipe(
          mergeMap(peer => {
            peer.respond(() => 'answer');
            return range(0, 3).pipe(mergeMap(() => peer.request('ask', { timeout: 0 })));
          }),
        ),
      ),
    );
    await pass(100);
    const replies = Array<string>(3).fill('Response "heard answer"');
    expect(asked.map(({ lines }) => lines)).toEqual(asked.map(() => replies));
    expect(server.engine.stats().slots).toMatchObject({ used: 0, beyond: 0 });
  },
);
