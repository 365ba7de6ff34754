import { firstValueFrom, map, mergeMap, type Observable, switchMap, take } from 'rxjs';
import {
  type Address,
  type ChannelGroup,
  connect,
  listen,
  memServer,
  tcpServer,
  udsServer,
} from '../../lib/index.js';
import { grounds, virtualTime } from '../support/grounds.js';

/**
 * A program that knows nothing of transports: it is told where. Its server says where it listens, its client asks it, and with the answer both are
 * let go.
 */
function program(server: ChannelGroup, client: ChannelGroup, address: Address): Observable<string> {
  return listen(server, address).pipe(
    mergeMap(listener => {
      listener.peers$.pipe(mergeMap(peer => peer.serve(() => listener.address.toString()))).subscribe();
      return connect(client, listener.address);
    }),
    switchMap(peer => peer.request('where are we?')),
    map(reply => reply.body.text()),
    take(1),
  );
}

const OVER = {
  tcp: /^tcp\|127\.0\.0\.1\|\d+$/,
  uds: /^uds\|.+/,
  mem: /^mem\|.+/,
};

describe.each(grounds)('transport-agnostic code over $name', ({ open }) => {
  it('is one function for any Address', async () => {
    const ground = open();
    const address = ground.server();
    const where$ = program(ground.side().group, ground.side().group, address);
    expect(await ground.until(firstValueFrom(where$))).toMatch(OVER[address.kind]);
    expect(await ground.until(firstValueFrom(where$))).toMatch(OVER[address.kind]);
  });
});

describe('transport-agnostic code in virtual time', () => {
  it.each([tcpServer('127.0.0.1', 0), udsServer(), memServer()])('takes %s as well', async address => {
    const ground = virtualTime.open();
    const where$ = program(ground.side().group, ground.side().group, address);
    expect(await ground.until(firstValueFrom(where$))).toMatch(OVER[address.kind]);
  });
});
