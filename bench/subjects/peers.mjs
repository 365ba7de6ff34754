// What the subjects on Peers share: a listener, and a connection.
import { openAll } from '../opening.mjs';
import { connect, createEngine, listen, tcpClient, tcpServer } from '../rxtofu.mjs';

/** Listens, and hands over each Peer that comes. */
export function listenForPeers(side, onPeer) {
  const engine = createEngine();
  listen(engine.createGroup(), tcpServer('127.0.0.1', 0)).subscribe(listener => {
    listener.peers$.subscribe(peer => onPeer(peer, engine));
    side.listening(listener.address.port);
  });
}

/** Makes the connections of a workload, and hands over each Peer that has work to do. */
export async function connectPeers(workload, port, side, onPeer) {
  const engine = createEngine();
  const group = engine.createGroup();
  const open = () =>
    // The Peer goes with its subscription, so this one stays.
    new Promise((resolve, reject) => {
      connect(group, tcpClient('127.0.0.1', port)).subscribe({ next: resolve, error: reject });
    });
  for (const peer of await openAll(workload, side, open)) onPeer(peer, group, engine);
}
