// Steps of the tour: a server process listens, refuses one connection and accepts two.
import { catchError, forkJoin, from, ignoreElements, map, of, switchMap, take, tap } from 'rxjs';
import { connect, keepConnected, tcpClient, udsClient } from 'rxtofu';

/** The work of these Links; a wait before each try to connect again. */
const OPTIONS = { headers: { work: 'jobs' }, backoff: { initial: 20, max: 500 } };

/** What is done with the Peer that a Link has now, or gets next. */
export const withPeer = (link, work) => link.peer$.pipe(take(1), switchMap(work));

export const startListening = tour =>
  from(tour.startServer(0)).pipe(
    map(server => {
      const { port, addresses } = server.ready;
      tour.server = server;
      tour.addresses = { tcp: tcpClient('127.0.0.1', port), uds: udsClient(tour.socketPath) };
      return `server process ${server.child.pid} listens on ${addresses}`;
    }),
  );

/** A hello that doesn't say what it comes for. */
export const beRefused = ({ group, addresses, check }) =>
  connect(group, addresses.tcp).pipe(
    ignoreElements(),
    catchError(error => of(error)),
    map(error => {
      check(error.code === 'not_allowed', 'a hello without the header is refused');
      return `a hello that brought no reason was told "${error.message}"`;
    }),
  );

/** A Link to each address: it lasts for the whole tour, whatever happens to the server. */
export function beAccepted(tour) {
  const { group, addresses, check, server } = tour;
  const { tcp, uds } = addresses;
  tour.links = { tcp: keepConnected(group, tcp, OPTIONS), uds: keepConnected(group, uds, OPTIONS) };
  return forkJoin([tour.links.tcp, tour.links.uds].map(link => link.peer$.pipe(take(1)))).pipe(
    tap(peers =>
      check(
        peers.every(peer => peer.hello.textHeaders.get('pid') === String(server.child.pid)),
        'the HelloResponses bring what the server says with them',
      ),
    ),
    map(([overTcp, overUds]) => {
      const channels = `channel ${overTcp.channelNumber} over tcp and ${overUds.channelNumber} over uds`;
      return `a Link to each, ${channels}; the answer to hello says pid ${server.child.pid}`;
    }),
  );
}
