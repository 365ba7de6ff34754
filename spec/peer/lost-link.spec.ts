import net from 'node:net';
import { map, Subject, toArray } from 'rxjs';
import {
  type Address,
  listen,
  type Listener,
  type Peer,
  type TcpAddress,
  type UdsAddress,
} from '../../lib/index.js';
import { comesTrue } from '../support/eventually.js';
import { networks } from '../support/networks.js';
import { record, sideForSpec, virtualPair } from '../support/peers.js';
import { plainPair } from '../support/plain-peer.js';
import { warningsOf } from '../support/warnings.js';

/** As much as no socket takes at once. */
const BIG = 'x'.repeat(65_000);

/** A frame with an empty body and no headers, as it stands on the wire. */
function bare(proto: number, id: number): Buffer {
  const frame = Buffer.alloc(16);
  frame.writeUInt16BE(1, 0);
  frame.writeUInt8(proto, 2);
  frame.writeBigUInt64BE(BigInt(id), 4);
  return frame;
}

function dial(address: Address): net.Socket {
  const place = address as TcpAddress | UdsAddress;
  return 'path' in place ? net.connect(place.path) : net.connect(place.port, place.host);
}

beforeEach(() => {
  warningsOf('RXTOFU_STALLED');
});

describe.each(networks.filter(({ name }) => name !== 'mem'))('over $name', network => {
  it('a link that is lost while replies wait to leave and requests wait to be read ends its channel', async () => {
    const { engine, group } = sideForSpec({ initialPoolMsgs: 4, maxPoolMsgs: 4 });
    const listeners: Listener[] = [];
    const peers: Peer[] = [];
    listen(group, network.server()).subscribe(listener => {
      listeners.push(listener);
      listener.peers$.subscribe(peer => peers.push(peer));
    });
    await comesTrue(() => listeners.length > 0);
    const socket = dial((listeners[0] as Listener).address);
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(bare(3, 1));
    await comesTrue(() => peers.length > 0);
    const { closed$ } = peers[0] as Peer;
    peers[0]?.respond(() => BIG);
    // More than any socket holds, so that the replies of the last ones wait here.
    for (let id = 2; id < 1_000; id++) socket.write(bare(0, id));
    await comesTrue(() => engine.stats().pausedChannels === 1);
    const closed = record(closed$);
    if (network.name === 'tcp') socket.resetAndDestroy();
    else socket.destroy();
    await comesTrue(() => closed.lines.includes('|'));
    const { slots, requests, queuedBytes } = engine.stats();
    expect({ held: slots.used + slots.beyond, requests, queuedBytes }).toEqual({
      held: 0,
      requests: 0,
      queuedBytes: 0,
    });
  });
});

it('a link that is lost while replies wait to leave is known in the frame of the reset, though the channel is paused', async () => {
  const { peer, plain, client, server, net, connecting, pass } = await plainPair({
    initialPoolMsgs: 4,
    maxPoolMsgs: 4,
    stallTimeout: Infinity,
  });
  peer.respond(() => BIG);
  // It reads nothing: whoever holds messages is not read.
  const holds = new Set<Disposable>();
  server.group.subscribe(message => holds.add(message.retain()));
  for (let id = 1; id <= 200; id++) plain.request('ask', { id });
  await pass(100);
  expect(client.engine.stats().pausedChannels).toBe(1);
  net.disconnect(peer);
  await pass(1);
  expect(connecting.lines.at(-1)).toMatch(/^# peer_disconnected/);
  for (const hold of holds) hold[Symbol.dispose]();
});

it('handlers are let go when the link is lost, also while the channel is paused', async () => {
  const { here, there, server, net, pass } = await virtualPair({
    server: { initialPoolMsgs: 2, maxPoolMsgs: 2, maxQueuedBytes: 10_000, stallTimeout: Infinity },
  });
  const replies = new Subject<string>();
  there.respond(() => replies);
  for (let n = 0; n < 20; n++) record(here.request('ask'));
  await pass();
  expect(server.engine.stats().pausedChannels).toBe(1);
  // Nothing is written, so a paused end is blind: the reset is met by the first reply.
  net.disconnect(here);
  await pass();
  expect(replies.observed).toBe(true);
  replies.next('answer');
  await pass();
  expect(replies.observed).toBe(false);
  expect(server.engine.stats().channels.ready).toBe(0);
});

it('an upload whose handler began while the channel was paused gives its slot to the frames that come', async () => {
  const { here, there, pass } = await virtualPair({
    server: { initialPoolMsgs: 3, maxPoolMsgs: 3, stallTimeout: 100 },
  });
  const [earlier, upload] = [new Subject<string>(), new Subject<string>()];
  there.respond(
    request => {
      if (request.first.body.text() === 'earlier') return earlier;
      return request.pipe(
        toArray(),
        map(parts => String(parts.length)),
      );
    },
    { concurrency: 1 },
  );
  record(here.request('earlier'));
  const reply = record(here.request(upload));
  upload.next('part');
  await pass();
  for (let n = 0; n < 5; n++) record(here.request('behind'));
  // With its first frame it has given its slot back: that it ends frees none.
  earlier.next('answer');
  await pass();
  earlier.complete();
  upload.next('part');
  upload.complete();
  await pass(500);
  expect(reply.lines).toEqual(['Response "2"', '|']);
});
