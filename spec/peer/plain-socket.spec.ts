import net from 'node:net';
import { EMPTY, of, Subject, tap } from 'rxjs';
import { connect, listen, type Listener, OpCode, type Peer, tcpClient, tcpServer } from '../../lib/index.js';
import { comesTrue } from '../support/eventually.js';
import { record, sideForSpec } from '../support/peers.js';

/** A frame as it stands on the wire, read and written without the library. */
interface Frame {
  readonly op: number;
  readonly more: boolean;
  readonly id: bigint;
  readonly headers: string;
  readonly body: string;
}

function encode({
  op,
  more = false,
  id,
  headers = '',
  body = '',
}: Partial<Frame> & { op: number; id: bigint }): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt16BE(1, 0);
  head.writeUInt8(op | (more ? 0x20 : 0), 2);
  head.writeBigUInt64BE(id, 4);
  head.writeUInt16BE(Buffer.byteLength(headers), 12);
  head.writeUInt16BE(Buffer.byteLength(body), 14);
  return Buffer.concat([head, Buffer.from(headers), Buffer.from(body)]);
}

/** Collects the frames of a socket. */
function framesOf(socket: net.Socket): Frame[] {
  const frames: Frame[] = [];
  let rest = Buffer.alloc(0);
  socket.on('data', chunk => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 16) {
      const headersLength = rest.readUInt16BE(12);
      const length = 16 + headersLength + rest.readUInt16BE(14);
      if (rest.length < length) return;
      const proto = rest.readUInt8(2);
      frames.push({
        op: proto & 0x0f,
        more: (proto & 0x20) !== 0,
        id: rest.readBigUInt64BE(4),
        headers: rest.toString('utf8', 16, 16 + headersLength),
        body: rest.toString('utf8', 16 + headersLength, length),
      });
      rest = rest.subarray(length);
    }
  });
  return frames;
}

interface Wire {
  readonly frames: Frame[];
  send(frame: Parameters<typeof encode>[0]): void;
  readonly socket: net.Socket;
}

/** A Peer that has connected to a server made of a socket alone. */
async function peerOfSocket(): Promise<Wire & { peer: Peer; lines: string[] }> {
  const sockets: net.Socket[] = [];
  const server = net.createServer(socket => sockets.push(socket));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const peers: Peer[] = [];
  const { group } = sideForSpec();
  const { lines } = record(connect(group, tcpClient('127.0.0.1', port)).pipe(tap(peer => peers.push(peer))));
  await comesTrue(() => sockets.length > 0);
  server.close();
  const socket = sockets[0] as net.Socket;
  socket.on('error', () => undefined);
  const frames = framesOf(socket);
  await comesTrue(() => frames.length > 0);
  const hello = frames.shift() as Frame;
  expect(hello).toMatchObject({
    op: OpCode.HelloRequest,
    headers: `~connect_to:tcp|127.0.0.1|${String(port)}\r\nrx-window:64\r\n`,
  });
  const send: Wire['send'] = frame => void socket.write(encode(frame));
  send({ op: OpCode.HelloResponse, id: hello.id });
  await comesTrue(() => peers.length > 0);
  return { peer: peers[0] as Peer, frames, send, socket, lines };
}

/** A socket that a Listener has accepted; its Peer. */
async function socketOfListener(): Promise<Wire & { peer: Peer }> {
  const { group } = sideForSpec();
  const listeners: Listener[] = [];
  const peers: Peer[] = [];
  listen(group, tcpServer('127.0.0.1', 0)).subscribe(listener => {
    listeners.push(listener);
    listener.peers$.subscribe(peer => peers.push(peer));
  });
  await comesTrue(() => listeners.length > 0);
  const port = Number(String(listeners[0]?.address).split('|')[2]);
  const socket = net.connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  const frames = framesOf(socket);
  const send: Wire['send'] = frame => void socket.write(encode(frame));
  send({ op: OpCode.HelloRequest, id: 5n });
  await comesTrue(() => frames.length > 0);
  expect(frames.shift()).toMatchObject({ op: OpCode.HelloResponse, id: 5n, body: '' });
  return { peer: peers[0] as Peer, frames, send, socket };
}

describe('a peer that is not rxtofu', () => {
  it('sees requests, replies and signals as ordinary messages', async () => {
    const { peer, frames, send, socket } = await socketOfListener();
    peer.respond(request =>
      request.first.body.text() === 'many' ? of('a', 'b') : request.first.body.text().toUpperCase(),
    );
    send({ op: OpCode.Request, id: 7n, body: 'ping' });
    send({ op: OpCode.Request, id: 8n, body: 'many' });
    await comesTrue(() => frames.length === 3);
    expect(frames.splice(0)).toEqual([
      { op: OpCode.Response, more: false, id: 7n, headers: '', body: 'PING' },
      { op: OpCode.Response, more: true, id: 8n, headers: '', body: 'a' },
      { op: OpCode.Response, more: false, id: 8n, headers: '', body: 'b' },
    ]);
    peer.signal('tick', { messageId: 9, headers: { a: '1' } });
    record(peer.request('question', { messageId: 10 }));
    await comesTrue(() => frames.length === 2);
    expect(frames).toEqual([
      { op: OpCode.Signal, more: false, id: 9n, headers: 'a:1\r\n', body: 'tick' },
      { op: OpCode.Request, more: false, id: 10n, headers: '', body: 'question' },
    ]);
    socket.destroy();
  });

  it('answers with plain replies, which end with last', async () => {
    const { peer, frames, send, socket, lines } = await peerOfSocket();
    const reply = record(peer.request('ping'));
    await comesTrue(() => frames.length === 1);
    const { id } = frames[0] as Frame;
    send({ op: OpCode.Response, id, more: true, body: 'one' });
    send({ op: OpCode.Response, id });
    await comesTrue(() => reply.lines.includes('|'));
    expect(reply.lines).toEqual(['Response+ "one"', 'Response', '|']);
    socket.destroy();
    await comesTrue(() => lines.length > 1);
    expect(lines[1]).toMatch(/^# peer_disconnected: /);
  });

  it('sees what the headers of Peers are for: end, cancel and error', async () => {
    const { peer, frames, send, socket } = await peerOfSocket();
    const source = new Subject<string>();
    const upload = record(peer.request(source, { messageId: 1 }));
    source.next('part');
    await comesTrue(() => frames.length === 1);
    source.complete();
    await comesTrue(() => frames.length === 2);
    upload.unsubscribe();
    peer.respond(request => {
      if (request.first.body.text() === 'fail') throw new Error('secret');
      return EMPTY;
    });
    send({ op: OpCode.Request, id: 2n, body: 'nothing' });
    send({ op: OpCode.Request, id: 3n, body: 'fail' });
    await comesTrue(() => frames.length === 5);
    expect(frames).toEqual([
      { op: OpCode.Request, more: true, id: 1n, headers: '', body: 'part' },
      { op: OpCode.Request, more: false, id: 1n, headers: 'rx-end:1\r\n', body: '' },
      { op: OpCode.Signal, more: false, id: 1n, headers: 'rx-cancel:1\r\n', body: '' },
      { op: OpCode.Response, more: false, id: 2n, headers: 'rx-end:1\r\n', body: '' },
      { op: OpCode.Response, more: false, id: 3n, headers: 'rx-error:internal error\r\n', body: '' },
    ]);
    socket.destroy();
  });

  it('says bye and is answered; its bye is heard', async () => {
    const first = await socketOfListener();
    const closed = new Promise(resolve => first.socket.on('close', resolve));
    first.send({ op: OpCode.ByeRequest, id: 99n });
    await comesTrue(() => first.frames.length === 1);
    expect(first.frames).toEqual([{ op: OpCode.ByeResponse, more: false, id: 99n, headers: '', body: '' }]);
    first.socket.end();
    await closed;

    const second = await peerOfSocket();
    const leaving = second.peer.bye('so long');
    await comesTrue(() => second.frames.length === 1);
    expect(second.frames[0]).toMatchObject({ op: OpCode.ByeRequest, body: 'so long' });
    second.send({ op: OpCode.ByeResponse, id: (second.frames[0] as Frame).id });
    await leaving;
    expect(second.lines).toEqual(['Peer', '|']);
    second.socket.destroy();
  });

  it('that just hangs up on a bye ends it in order', async () => {
    const { peer, frames, socket, lines } = await peerOfSocket();
    const leaving = peer.bye();
    await comesTrue(() => frames.length === 1);
    socket.resetAndDestroy();
    await leaving;
    expect(lines).toEqual(['Peer', '|']);
  });

  it('that breaks the protocol errors connect with recv_failed', async () => {
    const { peer, send, lines, socket } = await peerOfSocket();
    const reply = record(peer.request('ping'));
    send({ op: OpCode.HelloRequest, id: 1n, headers: 'a:b\r\n' });
    await comesTrue(() => lines.length > 1);
    expect(lines).toEqual(['Peer', '# recv_failed: the connection was lost: recv_failed']);
    expect(reply.lines).toEqual([expect.stringMatching(/^# channel_closed: /)]);
    socket.destroy();
  });

  it('that refuses with a reason errors connect with it', async () => {
    const server = net.createServer(socket => {
      socket.on('error', () => undefined);
      const frames = framesOf(socket);
      socket.on('data', () => {
        const hello = frames.shift();
        if (hello !== undefined)
          socket.write(encode({ op: OpCode.ByeResponse, id: hello.id, headers: 'rx-error: go away \r\n' }));
      });
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const { lines } = record(connect(sideForSpec().group, tcpClient('127.0.0.1', port)));
    await comesTrue(() => lines.length > 0);
    expect(lines).toEqual(['# not_allowed: go away']);
    server.close();
  });
});
