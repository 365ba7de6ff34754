import net from 'node:net';
import { firstValueFrom, mergeMap, NEVER, Subject, tap, toArray } from 'rxjs';
import {
  connect,
  listen,
  type Listener,
  OpCode,
  type Peer,
  type RequestHandler,
  tcpServer,
} from '../../lib/index.js';
import { comesTrue } from '../support/eventually.js';
import { networkForSpec, record, type Recording, type Side, sideForSpec } from '../support/peers.js';
import { PlainPeer, plainPair } from '../support/plain-peer.js';
import { warningsOf } from '../support/warnings.js';

/** A Listener whose peers answer like this, and a peer of it that posts by hand. */
async function besieged(
  handler: RequestHandler,
  options = {},
): Promise<{ server: Side; plain: PlainPeer; peers: Peer[]; pass(ms?: number): Promise<void> }> {
  const { side, pass } = networkForSpec();
  const server = side(options);
  const peers: Peer[] = [];
  listen(server.group, tcpServer())
    .pipe(
      mergeMap(listener => listener.peers$),
      tap(peer => peers.push(peer)),
      mergeMap(peer => peer.serve(handler)),
    )
    .subscribe();
  await pass(0);
  const plain = PlainPeer.dial(side());
  await pass();
  plain.heard();
  return { server, plain, peers, pass };
}

describe('what nobody asked for', () => {
  it('is dropped and counted, and leaves nothing: replies, cancels and ends with unknown ids', async () => {
    const { plain, server, pass } = await besieged(() => 'pong');
    for (let n = 1; n <= 500; n++) {
      plain.response(n, 'what?', { more: n % 2 === 0 });
      plain.response(n, { headers: { 'rx-error': 'no' } });
      plain.response(n, { headers: { 'rx-end': '1' } });
      plain.signal({ headers: { 'rx-cancel': '1' } }, { id: n });
      plain.signal({ headers: { 'rx-nonsense': '1' } }, { id: n });
      plain.signal({ headers: { 'rx-heartbeat': '1' } });
    }
    await pass(50);
    expect(server.engine.stats()).toMatchObject({ lateReplies: 1_500, signalsDropped: 500, requests: 0 });
    expect(server.engine.stats().slots.used).toBe(0);
    expect(plain.heard()).toEqual([]);
  });

  it('is a request like any other where it is a Request that ends what was never begun', async () => {
    const { plain, pass } = await besieged(request => String(request.first.body.byteLength));
    plain.request({ headers: { 'rx-end': '1' } }, { id: 1 });
    plain.request('part', { id: 2, more: true });
    plain.signal({ headers: { 'rx-cancel': '1' } }, { id: 2 });
    plain.request('again', { id: 2 });
    await pass();
    expect(plain.heard()).toEqual(['Response "0"', 'Response "4"', 'Response "5"']);
  });

  it('is shown to nobody where a Signal has an rx-header', async () => {
    const { plain, peers, pass } = await besieged(() => 'pong');
    const signals = record((peers[0] as Peer).signals$);
    plain.signal({ headers: { 'rx-anything': '1' } });
    plain.signal({ headers: { rx: 'is fine' } });
    await pass();
    expect(signals.lines).toEqual(['Signal rx:is fine']);
  });
});

describe('more than is allowed', () => {
  it('is answered rx-error: busy, request by request', async () => {
    const { plain, server, pass } = await besieged(() => NEVER, { maxRequests: 3 });
    for (let n = 1; n <= 5; n++) plain.request('ping', { id: n });
    await pass();
    expect(plain.heard()).toEqual(Array(2).fill('Response rx-error:busy'));
    expect(server.engine.stats().requests).toBe(3);
    plain.signal({ headers: { 'rx-cancel': '1' } }, { id: 1 });
    plain.request('ping', { id: 6 });
    await pass();
    expect(plain.heard()).toEqual([]);
  });

  it('is answered once where it is an upload: the rest of it is no request of its own', async () => {
    const answer = new Subject<string>();
    const seen: Recording[] = [];
    const { plain, pass } = await besieged(
      request => {
        seen.push(record(request));
        return firstValueFrom(answer);
      },
      { maxRequests: 1 },
    );
    plain.request('first', { id: 1 });
    plain.request('a', { id: 2, more: true });
    await pass();
    expect(plain.heard()).toEqual(['Response rx-error:busy']);
    answer.next('done');
    await pass();
    plain.request('b', { id: 2, more: true });
    plain.request('c', { id: 2 });
    await pass();
    expect(plain.heard()).toEqual(['Response "done"']);
    expect(seen).toHaveLength(1);
    plain.request('a new one', { id: 2 });
    await pass();
    expect(seen[1]?.lines).toEqual(['Request "a new one"', '|']);
  });

  it('of a refused upload may be cancelled by its sender, whose id is free then', async () => {
    const { plain, server, pass } = await besieged(
      request => (request.first.body.text().length > 1 ? NEVER : 'pong'),
      { maxRequests: 1 },
    );
    plain.request('first', { id: 1 });
    plain.request('a', { id: 2, more: true });
    plain.signal({ headers: { 'rx-cancel': '1' } }, { id: 2 });
    plain.signal({ headers: { 'rx-cancel': '1' } }, { id: 1 });
    plain.request('b', { id: 2 });
    await pass();
    expect(plain.heard()).toEqual(['Response rx-error:busy', 'Response "pong"']);
    expect(server.engine.stats().signalsDropped).toBe(0);
  });

  it('is bounded: uploads that never end, answered or not', async () => {
    const { plain, server, pass } = await besieged(
      request => (request.first.body.text() === 'answered' ? 'pong' : NEVER),
      {
        maxRequests: 10,
      },
    );
    for (let n = 1; n <= 100; n++) plain.request('answered', { id: n, more: true });
    for (let n = 101; n <= 200; n++) plain.request('unanswered', { id: n, more: true });
    await pass(50);
    const frames = plain.heard();
    expect(frames.filter(line => line === 'Response "pong"')).toHaveLength(20);
    expect(frames.filter(line => line === 'Response rx-error:busy')).toHaveLength(180);
    expect(server.engine.stats().requests).toBeLessThanOrEqual(10);
    expect(server.engine.stats().slots.used).toBe(0);
  });

  it('is not read: a flood of requests that nobody may answer yet', async () => {
    const { side, pass } = networkForSpec();
    warningsOf('RXTOFU_STALLED');
    const server = side({ initialPoolMsgs: 4, maxPoolMsgs: 4 });
    listen(server.group, tcpServer()).subscribe();
    await pass(0);
    const plain = PlainPeer.dial(side());
    await pass();
    for (let n = 1; n <= 1_000; n++) plain.request('x'.repeat(1_000), { id: n, more: n % 3 === 0 });
    await pass(100);
    const { used, beyond } = server.engine.stats().slots;
    expect([used, beyond, server.engine.stats().requests]).toEqual([4, 0, 4]);
  });
});

describe('one id for everything', () => {
  it('is answered as often as it was asked, and all of it is let go of when the channel closes', async () => {
    const unsubscribed: string[] = [];
    const { plain, server, pass } = await besieged(request => {
      const text = request.first.body.text();
      return text === 'now' ? 'pong' : NEVER.pipe(tap({ unsubscribe: () => unsubscribed.push(text) }));
    });
    for (const text of ['a', 'b', 'c', 'now']) plain.request(text, { id: 5 });
    plain.request('id 0', { id: 0 });
    await pass();
    expect(plain.heard()).toEqual(['Response "pong"']);
    expect(server.engine.stats().requests).toBe(4);
    expect(server.engine.stats().slots.used).toBe(4);
    plain.say(OpCode.ByeSignal);
    await pass();
    expect(unsubscribed.sort()).toEqual(['a', 'b', 'c', 'id 0']);
    expect(server.engine.stats()).toMatchObject({ requests: 0 });
    expect(server.engine.stats().slots.used).toBe(0);
  });

  it('of several uploads belongs to the one that is open', async () => {
    const { plain, pass } = await besieged(async request => {
      const parts = await firstValueFrom(request.pipe(toArray()));
      return parts.map(part => part.body.text()).join('');
    });
    plain.request('a', { id: 5, more: true });
    plain.request('b', { id: 5 });
    plain.request('c', { id: 5 });
    await pass();
    expect(plain.heard()).toEqual(['Response "ab"', 'Response "c"']);
  });
});

describe('a handler whose peer has gone, or has left midway', () => {
  it.each([
    ['ByeSignal', OpCode.ByeSignal],
    ['ByeResponse', OpCode.ByeResponse],
  ])('behind a %s is unsubscribed, and nothing is held', async (_name, opCode) => {
    const values = new Subject<string>();
    const uploads: Recording[] = [];
    const { plain, server, pass } = await besieged(request => {
      uploads.push(record(request));
      return values;
    });
    const ids = [1, 2, 3];
    for (const id of ids) plain.request('part', { id, more: true });
    await pass();
    plain.say(opCode, undefined, { id: 9 });
    await pass();
    expect(values.observed).toBe(false);
    for (const { lines } of uploads)
      expect(lines).toEqual(['Request+ "part"', expect.stringMatching(/^# channel_closed: /)]);
    expect(uploads).toHaveLength(ids.length);
    expect(server.engine.stats().slots.used).toBe(0);
  });
});

it('a server that answers everything, endlessly, is cut off by take', async () => {
  const { peer, plain, client, pass } = await plainPair();
  const reply = record(peer.request('ping'));
  await pass();
  const id = plain.ids.at(-1) as bigint;
  for (let n = 0; n < 500; n++) plain.response(id, 'more', { more: true });
  await pass(1);
  reply.unsubscribe();
  for (let n = 0; n < 500; n++) plain.response(id, 'more', { more: true });
  await pass();
  expect(client.engine.stats()).toMatchObject({ requests: 0 });
  expect(client.engine.stats().lateReplies + reply.lines.length).toBe(1_000);
});

it.each([
  ['no protocol at all', Buffer.from('GET / HTTP/1.1\r\n\r\n'.repeat(10))],
  ['a Request before its hello', Buffer.concat([Buffer.from([0, 1, 0, 0]), Buffer.alloc(12)])],
])('a socket that speaks %s is dropped, and others are served on', async (_name, bytes) => {
  const server = sideForSpec();
  const client = sideForSpec();
  const listeners: Listener[] = [];
  const listening = record(
    listen(server.group, tcpServer('127.0.0.1', 0)).pipe(
      tap(listener => listeners.push(listener)),
      mergeMap(listener => listener.peers$),
      mergeMap(peer => peer.serve(() => 'pong')),
    ),
  );
  await comesTrue(() => listeners.length > 0);
  const address = (listeners[0] as Listener).address;
  const socket = net.connect({ host: '127.0.0.1', port: Number(address.toString().split('|')[2]) });
  const closed = new Promise(resolve => socket.on('error', () => undefined).on('close', resolve));
  socket.write(bytes);
  await closed;
  expect(server.engine.stats().framesRejected).toBe(1);
  const reply = record(connect(client.group, address).pipe(mergeMap(peer => peer.request('ping'))));
  await comesTrue(() => reply.lines.length > 0);
  expect(reply.lines).toEqual(['Response "pong"']);
  expect(listening.lines).toEqual([]);
});
