import { tap } from 'rxjs';
import { connect, type EngineOptions, OpCode, type Peer, tcpClient, tcpServer } from '../../lib/index.js';
import { post } from '../support/conversation.js';
import { networkForSpec, record, type Recording, type Side } from '../support/peers.js';

interface Meeting {
  readonly server: Side;
  readonly client: Side;
  readonly connecting: Recording;
  /** Posts on the server's end of the connection. */
  say(opCode: OpCode, payload?: string, more?: boolean): void;
  readonly peers: Peer[];
  pass(ms?: number): Promise<void>;
  /** From now on nothing passes between them. */
  part(): void;
}

/** A client that has said hello to a server that is no Listener, and speaks by hand. */
async function meeting(
  onPeer: (peer: Peer) => void = () => undefined,
  options?: EngineOptions,
): Promise<Meeting> {
  const { side, pass, net } = networkForSpec();
  const server = side();
  const client = side(options);
  const welcome = server.engine.get();
  tcpServer().format(welcome);
  server.group.post(welcome);
  let channel = 0;
  let id = 0n;
  server.group.subscribe(message => {
    if (message.opCode !== OpCode.HelloRequest) return;
    channel = message.channelNumber;
    id = message.messageId;
  });
  const peers: Peer[] = [];
  const connecting = record(
    connect(client.group, tcpClient()).pipe(
      tap(peer => {
        peers.push(peer);
        onPeer(peer);
      }),
    ),
  );
  await pass(1);
  const say = (opCode: OpCode, payload?: string, more = false): void => {
    const isHello = opCode === OpCode.HelloResponse || opCode === OpCode.ByeResponse;
    post(server.engine, server.group, channel, opCode, {
      id: isHello ? id : 7n,
      more,
      ...(payload === undefined ? {} : { payload }),
    });
  };
  const part = (): void => {
    net.partition(server.engine, client.engine);
  };
  return { server, client, connecting, say, peers, pass, part };
}

describe('a connection that is being made', () => {
  it('is refused by a ByeResponse without a reason', async () => {
    const { connecting, say, client, pass } = await meeting();
    say(OpCode.ByeResponse);
    await pass();
    expect(connecting.lines).toEqual(['# not_allowed: the server refused the connection']);
    expect(client.engine.stats().channels.ready).toBe(0);
  });

  it('is refused by a ByeRequest, which it answers', async () => {
    const { connecting, say, server, pass } = await meeting();
    say(OpCode.ByeRequest);
    await pass();
    expect(connecting.lines).toEqual(['# not_allowed: the server refused the connection']);
    expect(server.engine.stats().channels.closing).toBe(0);
  });

  it('is lost when the server drops it', async () => {
    const { connecting, say, pass } = await meeting();
    say(OpCode.ByeSignal);
    await pass();
    expect(connecting.lines).toEqual([expect.stringMatching(/^# peer_disconnected: /)]);
  });

  describe('to a server that was reached and does not answer', () => {
    const times = { connectTimeout: 30, handshakeTimeout: 20 };

    it('is waited for as long as connectTimeout and handshakeTimeout together', async () => {
      const { connecting, server, client, pass } = await meeting(undefined, times);
      await pass(48);
      expect(connecting.lines).toEqual([]);
      await pass(1);
      expect(connecting.lines).toEqual([
        expect.stringMatching(/^# connect_failed: .* no HelloResponse within 50 ms/),
      ]);
      await pass(2);
      expect(client.engine.stats().channels).toMatchObject({ connecting: 0, closing: 0 });
      expect(server.engine.stats().channels).toMatchObject({ ready: 0, closing: 0 });
    });

    it('is waited for, too, when Requests come in its place', async () => {
      const { connecting, say, client, pass } = await meeting(undefined, { ...times, maxPoolMsgs: 1 });
      say(OpCode.Request, 'one');
      say(OpCode.Request, 'two');
      await pass(49);
      expect(connecting.lines).toEqual([expect.stringMatching(/^# connect_failed: /)]);
      await pass(2);
      expect(client.engine.stats().slots.used).toBe(0);
    });

    it('is waited for without an end where one of them is Infinity', async () => {
      const { connecting, say, peers, pass } = await meeting(undefined, {
        ...times,
        handshakeTimeout: Infinity,
      });
      await pass(100_000);
      say(OpCode.HelloResponse);
      await pass();
      expect(connecting.lines).toHaveLength(1);
      expect(peers).toHaveLength(1);
    });

    it('is waited for on while the channel is not read: the answer may lie in it', async () => {
      const { connecting, say, client, peers, pass } = await meeting(undefined, {
        ...times,
        maxPoolMsgs: 1,
        initialPoolMsgs: 1,
        stallTimeout: Infinity,
      });
      const holds: Disposable[] = [];
      client.group.subscribe(message => {
        if (message.opCode === OpCode.Signal) holds.push(message.retain());
      });
      say(OpCode.Signal, 'kept');
      say(OpCode.HelloResponse);
      await pass(500);
      expect(connecting.lines).toEqual([]);
      for (const hold of holds) hold[Symbol.dispose]();
      await pass(1);
      expect(peers).toHaveLength(1);
    });

    it('is told of as what it said when it has refused, and its connection does not end in time', async () => {
      const { connecting, say, part, pass } = await meeting(undefined, times);
      say(OpCode.ByeRequest);
      await pass(1);
      part();
      await pass(49);
      expect(connecting.lines).toEqual(['# not_allowed: the server refused the connection']);
    });

    it('is not given up when it has answered in time', async () => {
      const { connecting, say, client, pass } = await meeting(undefined, times);
      await pass(40);
      say(OpCode.HelloResponse);
      await pass(100);
      expect(connecting.lines).toHaveLength(1);
      expect(client.engine.stats().channels.ready).toBe(1);
    });
  });

  it('keeps Requests that come before the HelloResponse for the Peer, in order', async () => {
    const { say, peers, client, pass } = await meeting(peer => {
      expect(record(peer.messages$).lines).toEqual([]);
    });
    say(OpCode.Request, 'one', true);
    say(OpCode.Request, 'two');
    await pass();
    expect(client.engine.stats().slots.used).toBe(2);
    say(OpCode.HelloResponse);
    await pass();
    const requests: Recording[] = [];
    peers[0]?.requests$.subscribe(request => requests.push(record(request)));
    expect(requests.map(request => request.lines)).toEqual([['Request+ "one"', 'Request "two"', '|']]);
    expect(client.engine.stats().slots.used).toBe(0);
  });

  it('shows them to whoever listens when the Peer is emitted', async () => {
    let taps: Recording | undefined;
    const { say, pass } = await meeting(peer => {
      taps = record(peer.messages$);
      peer.respond(() => 'answered');
    });
    say(OpCode.Request, 'early');
    say(OpCode.HelloResponse);
    await pass();
    expect(taps?.lines).toEqual(['Request "early"']);
  });

  it('drops and counts early Signals and Responses', async () => {
    const { say, client, peers, pass } = await meeting();
    say(OpCode.Signal, 'tick');
    say(OpCode.Response, 'what?');
    say(OpCode.HelloResponse);
    await pass();
    expect(peers).toHaveLength(1);
    expect(client.engine.stats()).toMatchObject({ signalsDropped: 1, lateReplies: 1 });
    expect(client.engine.stats().slots.used).toBe(0);
  });

  it('gives the slots of early Requests back when it is given up', async () => {
    const { say, client, connecting, pass } = await meeting();
    say(OpCode.Request, 'early');
    await pass();
    connecting.unsubscribe();
    expect(client.engine.stats().slots.used).toBe(0);
    await pass();
    expect(client.engine.stats().channels.connecting).toBe(0);
  });

  it('gives them back when it fails, too', async () => {
    const { say, client, connecting, pass } = await meeting();
    say(OpCode.Request, 'early');
    say(OpCode.ByeResponse);
    await pass();
    expect(connecting.lines).toHaveLength(1);
    expect(client.engine.stats().slots.used).toBe(0);
  });
});
