import { tap } from 'rxjs';
import {
  connect,
  type EngineOptions,
  OpCode,
  type Payload,
  type Peer,
  tcpClient,
  tcpServer,
} from '../../lib/index.js';
import { post } from '../support/conversation.js';
import { frame, networkForSpec, record, type Recording, type Side } from '../support/peers.js';

interface Meeting {
  readonly client: Side;
  readonly connecting: Recording;
  readonly peers: Peer[];
  /** What the server is answered. */
  readonly answers: string[];
  /** The server posts a Request, or another message with that id. */
  say(id: number, payload: Payload, more?: boolean, opCode?: OpCode): void;
  accept(): void;
  pass(ms?: number): Promise<void>;
}

/** A client that has said hello to a server that speaks by hand, and has not accepted. */
async function meeting(options: EngineOptions, onPeer: (peer: Peer) => void): Promise<Meeting> {
  const { side, pass } = networkForSpec();
  const server = side();
  const client = side({ stallTimeout: Infinity, ...options });
  const welcome = server.engine.get();
  tcpServer().format(welcome);
  server.group.post(welcome);
  const answers: string[] = [];
  let channel = 0;
  let accept = (): void => undefined;
  server.group.subscribe(message => {
    if (message.opCode === OpCode.Response) answers.push(`${frame(message)} to ${String(message.messageId)}`);
    if (message.opCode !== OpCode.HelloRequest) return;
    channel = message.channelNumber;
    const answer = message.reply();
    accept = () => void server.group.post(answer);
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
  return {
    client,
    connecting,
    peers,
    answers,
    say: (id, payload, more = false, opCode = OpCode.Request) => {
      post(server.engine, server.group, channel, opCode, { id, more, payload });
    },
    accept: () => {
      accept();
    },
    pass,
  };
}

describe('a server that asks before it accepts', () => {
  const serve = (peer: Peer): void => {
    peer.respond(request => `re: ${request.first.body.text()}`);
  };

  it.each([1, 2, 8])('is connected to, however many slots of %d its Requests take', async slots => {
    const options = { initialPoolMsgs: slots, maxPoolMsgs: slots };
    const { say, accept, peers, answers, client, pass } = await meeting(options, serve);
    for (let id = 1; id <= 3 * slots; id++) say(id, String(id));
    await pass();
    accept();
    await pass();
    expect(peers).toHaveLength(1);
    expect(answers).toEqual(
      Array.from({ length: 3 * slots }, (_, n) => `Response "re: ${String(n + 1)}" to ${String(n + 1)}`),
    );
    expect(client.engine.stats().slots.used).toBe(0);
  });

  it('is answered busy past maxParkedBytes, once a request', async () => {
    const options = { maxParkedBytes: 2 * (16 + 4) };
    const { say, accept, peers, answers, pass } = await meeting(options, serve);
    say(1, 'fits');
    say(2, 'part', true);
    say(2, 'too much', true);
    say(2, 'part', true);
    say(3, 'fits');
    say(4, 'too much');
    await pass();
    expect(answers.splice(0)).toEqual(['Response rx-error:busy to 2', 'Response rx-error:busy to 4']);
    accept();
    say(2, 'last');
    say(2, 'anew');
    await pass();
    expect(peers).toHaveLength(1);
    expect(answers).toEqual([
      'Response "re: fits" to 1',
      'Response "re: fits" to 3',
      'Response "re: anew" to 2',
    ]);
  });

  it('may take a request back', async () => {
    const { say, accept, answers, client, pass } = await meeting({}, serve);
    say(1, 'part', true);
    say(2, 'kept');
    say(1, { headers: { 'rx-cancel': '1' } }, false, OpCode.Signal);
    say(3, { headers: { 'rx-cancel': '1' } }, false, OpCode.Signal);
    await pass();
    const { slots, signalsDropped } = client.engine.stats();
    expect([slots.used, signalsDropped]).toEqual([1, 1]);
    accept();
    await pass();
    expect(answers).toEqual(['Response "re: kept" to 2']);
  });

  it('is sent no more refusals than twice maxQueuedBytes hold', async () => {
    const refusal = 16 + 'rx-error:busy\r\n'.length;
    const options = { maxParkedBytes: 1, maxQueuedBytes: 5 * refusal };
    const { say, answers, pass } = await meeting(options, serve);
    // They come at once, and so the answers leave in one write.
    for (let id = 1; id <= 1_000; id++) say(id, 'too much');
    await pass();
    expect(answers).toHaveLength(10);
  });
});
