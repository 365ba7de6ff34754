import { tap } from 'rxjs';
import { connect, listen, tcpClient, tcpServer } from '../../lib/index.js';
import { networkForSpec, record, type Side } from '../support/peers.js';
import { listenTo, Watch } from '../support/watching.js';

const ends: [string, (side: Side) => void][] = [
  ['engine', side => void side.engine.destroy()],
  ['group', side => void side.group.destroy()],
];

describe.each(ends)('whoever destroys the %s', (_what, end) => {
  it('within connect gets no Peer, but shutdown_started, and one close', async () => {
    const { side, pass } = networkForSpec();
    const [server, client] = [side(), side()];
    record(listen(server.group, tcpServer()));
    await pass();
    const closes = new Watch('close');
    listenTo('connect', () => {
      end(client);
    });
    const connecting = record(connect(client.group, tcpClient()));
    await pass();
    expect(connecting.lines).toEqual([expect.stringMatching(/^# shutdown_started: /)]);
    expect(closes.of(client.engine)).toHaveLength(1);
  });

  it('within accept gets no Peer, and one close each of listener and connection', async () => {
    const { side, pass } = networkForSpec();
    const [server, client] = [side(), side()];
    const peers: unknown[] = [];
    const listening = record(
      listen(server.group, tcpServer()).pipe(
        tap(listener => {
          listener.peers$.subscribe(peer => peers.push(peer));
        }),
      ),
    );
    const accepts: unknown[] = [];
    await pass();
    const closes = new Watch('close');
    listenTo('accept', event => {
      accepts.push(event);
      end(server);
    });
    const connecting = record(connect(client.group, tcpClient()));
    await pass();
    expect([accepts.length, peers]).toEqual([1, []]);
    expect(listening.lines).toEqual(['Listener', '|']);
    expect(closes.of(server.engine)).toHaveLength(2);
    expect(connecting.lines).toEqual([expect.stringMatching(/^# peer_disconnected: /)]);
  });
});
