import { Subject, tap } from 'rxjs';
import {
  connect,
  listen,
  type Listener,
  type Peer,
  tcpClient,
  tcpServer,
  udsClient,
  udsServer,
} from '../../lib/index.js';
import { tempUdsPath } from '../../lib/testing/index.js';
import { comesTrue } from '../support/eventually.js';
import { record, sideForSpec } from '../support/peers.js';
import { bytesOf, hexOf, RawPeer, RawServer } from '../support/raw-peer.js';

/** Hex without the spaces that are for the reader. */
function hex(...parts: string[]): string {
  return bytesOf(...parts).toString('hex');
}

/** The number of a channel, as hex. */
function hex16(value: number): string {
  return value.toString(16).padStart(4, '0');
}

/** A Listener, and a raw peer that has connected to it. */
async function rawAtListener(kind: 'tcp' | 'uds'): Promise<{ raw: RawPeer; peers: Peer[] }> {
  const peers: Peer[] = [];
  const listeners: Listener[] = [];
  const address = kind === 'tcp' ? tcpServer('127.0.0.1', 0) : udsServer(tempUdsPath());
  listen(sideForSpec().group, address).subscribe(listener => {
    listeners.push(listener);
    listener.peers$.subscribe(peer => peers.push(peer));
  });
  await comesTrue(() => listeners.length === 1);
  const bound = listeners[0]?.address;
  if (bound?.kind === 'tcp') return { raw: await RawPeer.connect({ port: bound.port }), peers };
  if (bound?.kind === 'uds') return { raw: await RawPeer.connect({ path: bound.path }), peers };
  throw new Error('no socket');
}

describe.each(['tcp', 'uds'] as const)('a peer that knows of no credit, over %s', kind => {
  it('hears from a Listener what it heard before there was any', async () => {
    const { raw, peers } = await rawAtListener(kind);
    raw.write('0001 03 00 0000000000000063 0000 0000');
    await comesTrue(() => peers.length === 1);
    const peer = peers[0] as Peer;
    const channel = hex16(peer.channelNumber);
    const values = new Subject<string>();
    peer.respond(request => (request.first.body.text() === 'many' ? values : 'pong'));
    const hello = hex(channel, '04 00 0000000000000063 0000 0000');
    expect(await raw.read(16)).toBe(hello);

    raw.write('0001 00 00 0000000000000001 0000 0004', hexOf('ping'));
    const pong = hex(channel, '01 00 0000000000000001 0000 0004', hexOf('pong'));
    expect(await raw.read(36)).toBe(hello + pong);

    // A hundred Requests and Signals: nobody grants anything.
    for (let n = 0; n < 100; n++) {
      raw.write('0001 02 00 0000000000000000 0000 0000');
      raw.write('0001 00 00 0000000000000002 0000 0000');
    }
    const pongs = hex(channel, '01 00 0000000000000002 0000 0004', hexOf('pong')).repeat(100);
    expect(await raw.read(36 + 2_000)).toBe(hello + pong + pongs);

    // Nor asks for any.
    raw.write('0001 00 00 0000000000000003 0000 0004', hexOf('many'));
    await comesTrue(() => values.observed);
    for (let n = 0; n < 200; n++) values.next('v');
    values.complete();
    const many = hex(channel, '21 00 0000000000000003 0000 0001', hexOf('v')).repeat(199);
    const end = hex(channel, '01 00 0000000000000003 0000 0001', hexOf('v'));
    expect(await raw.read(36 + 2_000 + 200 * 17)).toBe(hello + pong + pongs + many + end);

    raw.write('0001 05 00 0000000000000009 0000 0000');
    const bye = hex(channel, '06 00 0000000000000009 0000 0000');
    expect(await raw.read(36 + 2_000 + 200 * 17 + 16)).toBe(hello + pong + pongs + many + end + bye);
    raw.fin();
    await raw.end();
  });

  it('hears from connect what it heard before there was any, but for rx-window on the HelloRequest', async () => {
    const path = tempUdsPath();
    const server = await RawServer.listen(kind === 'tcp' ? undefined : path);
    const address = kind === 'tcp' ? tcpClient('127.0.0.1', server.port) : udsClient(path);
    const peers: Peer[] = [];
    const connecting = record(connect(sideForSpec().group, address).pipe(tap(peer => peers.push(peer))));
    const raw = await server.accept();
    const headers = `~connect_to:${address.toString()}\r\nrx-window:64\r\n`;
    const length = 16 + headers.length;
    const hello = await raw.read(length);
    const [channel, id] = [hello.slice(0, 4), hello.slice(8, 24)];
    expect(hello).toBe(hex(channel, '03 00', id, hex16(headers.length), '0000', hexOf(headers)));

    raw.write('0001 04 00', id, '0000 0000');
    await comesTrue(() => peers.length === 1);
    const peer = peers[0] as Peer;
    for (let n = 0; n < 200; n++) peer.signal('s', { messageId: 7 });
    const signals = hex(channel, '02 00 0000000000000007 0000 0001', hexOf('s')).repeat(200);
    expect(await raw.read(length + 200 * 17)).toBe(hello + signals);

    const seen = record(peer.signals$);
    for (let n = 0; n < 200; n++) raw.write('0001 02 00 0000000000000000 0000 0000');
    await comesTrue(() => seen.lines.length === 200);
    const reply = record(peer.request('ping', { messageId: 8 }));
    const request = hex(channel, '00 00 0000000000000008 0000 0004', hexOf('ping'));
    expect(await raw.read(length + 200 * 17 + 20)).toBe(hello + signals + request);
    raw.write('0001 01 00 0000000000000008 0000 0004', hexOf('pong'));
    await comesTrue(() => reply.lines.length === 2);
    expect(reply.lines).toEqual(['Response "pong"', '|']);
    raw.fin();
    await comesTrue(() => connecting.lines.length === 2);
  });

  it('is offered a window by a Listener only when it has offered one', async () => {
    const { raw, peers } = await rawAtListener(kind);
    raw.write('0001 03 00 0000000000000063 000e 0000', hexOf('rx-window:64\r\n'));
    await comesTrue(() => peers.length === 1);
    const channel = hex16((peers[0] as Peer).channelNumber);
    expect(await raw.read(30)).toBe(
      hex(channel, '04 00 0000000000000063 000e 0000', hexOf('rx-window:64\r\n')),
    );
  });
});
