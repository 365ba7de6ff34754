// What the subjects on Peers share: a listener, and a connection.
import { connect, createEngine, listen, tcpClient, tcpServer } from '../rxtofu.mjs';

/** Listens, and hands over each Peer that comes. */
export function listenForPeers(side, onPeer) {
  const engine = createEngine();
  listen(engine.createGroup(), tcpServer('127.0.0.1', 0)).subscribe(listener => {
    listener.peers$.subscribe(peer => onPeer(peer, engine));
    side.listening(listener.address.port);
  });
}

/** Connects, and hands the Peer over. */
export function connectPeer(port, onPeer) {
  const engine = createEngine();
  const group = engine.createGroup();
  connect(group, tcpClient('127.0.0.1', port)).subscribe(peer => onPeer(peer, group, engine));
}
