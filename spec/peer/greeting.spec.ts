import { tap } from 'rxjs';
import {
  type Accept,
  type AcceptHandler,
  connect,
  listen,
  type Listener,
  type Message,
  OpCode,
  Status,
  tcpServer,
  TofuError,
} from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { PlainPeer } from '../support/plain-peer.js';
import { networkForSpec, pairOver, record, type Recording, type Side } from '../support/peers.js';

interface Hall {
  readonly server: Side;
  readonly client: Side;
  readonly listener: Listener;
  readonly peers: Recording;
  /** How it went for a client that connects now. */
  knock(): Recording;
  pass(ms?: number): Promise<void>;
}

/** A listener that decides like this. */
async function hall(accept: AcceptHandler, handshakeTimeout = 10_000): Promise<Hall> {
  const { side, pass } = networkForSpec();
  const server = side({ handshakeTimeout });
  const client = side();
  const listeners: Listener[] = [];
  listen(server.group, tcpServer(), { accept })
    .pipe(tap(listener => listeners.push(listener)))
    .subscribe();
  await pass(0);
  const listener = listeners[0] as Listener;
  return {
    server,
    client,
    listener,
    peers: record(listener.peers$),
    knock: () =>
      record(connect(client.group, listener.address, { headers: { who: 'me' }, body: 'let me in' })),
    pass,
  };
}

const refused = (reason: string): string[] => [`# not_allowed: ${reason}`];

describe('accept', () => {
  it.each([
    ['true', (): Accept => true],
    ['a Promise of true', () => Promise.resolve(true)],
    ['headers', (): Accept => ({ headers: { a: ['1', '2'] } })],
    ['a body', (): Accept => ({ body: 'welcome' })],
    ['nothing in particular', (): Accept => ({})],
  ])('accepts with %s', async (_name, accept) => {
    const { knock, peers, pass } = await hall(accept);
    const connecting = knock();
    await pass();
    expect(connecting.lines).toEqual(['Peer']);
    expect(peers.lines).toEqual(['Peer']);
  });

  it.each(networks)('puts headers and body on the HelloResponse, over $name', async network => {
    const accept: AcceptHandler = hello => ({
      headers: [['session', hello.textHeaders.has('~connect_to') ? '7' : '0']],
      body: Buffer.from('welcome'),
    });
    const { here, there } = await pairOver(network, { accept });
    expect(here.hello.textHeaders.get('session')).toBe('7');
    expect(here.hello.body.text()).toBe('welcome');
    expect(there.hello.opCode).toBe(OpCode.HelloRequest);
  });

  it('is asked with what the client said', async () => {
    const hellos: Message[] = [];
    const { knock, pass, listener } = await hall(hello => hellos.push(hello) > 0);
    knock();
    await pass();
    expect(hellos.map(hello => [hello.textHeaders.get('who'), hello.body.text()])).toEqual([
      ['me', 'let me in'],
    ]);
    expect(hellos[0]?.listenerChannel).toBe(listener.channelNumber);
  });

  it.each([
    ['false', (): Accept => false, 'refused'],
    ['a Promise of false', () => Promise.resolve(false), 'refused'],
    ['a reason', (): Accept => ({ refuse: 'full house' }), 'full house'],
    ['a Promise of a reason', () => Promise.resolve({ refuse: 'full house' }), 'full house'],
    ['a reason of several lines', (): Accept => ({ refuse: 'full\r\nhouse\n' }), 'full house'],
    ['an empty reason', (): Accept => ({ refuse: '' }), 'internal error'],
    ['a reason that is no text', () => ({ refuse: 7 }) as unknown as Accept, '7'],
    ['undefined', () => undefined as unknown as Accept, 'refused'],
    ['null', () => null as unknown as Accept, 'refused'],
    ['a Promise of undefined', () => Promise.resolve(undefined as unknown as Accept), 'refused'],
    ['headers that can not be', (): Accept => ({ headers: { 'a:b': 'c' } }), /^not_allowed: header name/],
    ['a body that can not be', (): Accept => ({ body: Buffer.alloc(65_536) }), /^not_allowed: body/],
  ])('refuses with %s', async (_name, accept, reason) => {
    const { knock, peers, server, client, pass } = await hall(accept);
    const connecting = knock();
    await pass();
    expect(connecting.lines).toEqual([
      typeof reason === 'string'
        ? `# not_allowed: ${reason}`
        : expect.stringMatching(new RegExp(reason.source.replace('^', '^# '))),
    ]);
    expect(peers.lines).toEqual([]);
    expect(server.engine.stats().channels.ready).toBe(0);
    expect(client.engine.stats().channels.ready).toBe(0);
  });

  it.each([
    ['an Error', () => new Error('secret'), 'refused'],
    ['a TofuError', () => new TofuError(Status.processingFailed, 'no seats'), 'no seats'],
  ])('refuses when it throws %s, and when its Promise rejects with it', async (_name, error, reason) => {
    const accepts: AcceptHandler[] = [
      () => {
        throw error();
      },
      () => Promise.reject(error()),
    ];
    for (const accept of accepts) {
      const { knock, pass } = await hall(accept);
      const connecting = knock();
      await pass();
      expect(connecting.lines).toEqual(refused(reason));
    }
  });

  it('refuses when it takes longer than handshakeTimeout, and what it says then counts no more', async () => {
    let decide = (_: Accept): void => undefined;
    const decision = new Promise<Accept>(resolve => {
      decide = resolve;
    });
    const { knock, peers, pass } = await hall(() => decision, 50);
    const connecting = knock();
    await pass(50);
    expect(connecting.lines).toEqual([]);
    await pass(3);
    expect(connecting.lines).toEqual(refused('no decision in time'));
    decide(true);
    await pass();
    expect(peers.lines).toEqual([]);
  });

  it('counts no more once the client has gone', async () => {
    let decide = (_: Accept): void => undefined;
    const decision = new Promise<Accept>(resolve => {
      decide = resolve;
    });
    const { knock, peers, server, pass } = await hall(() => decision);
    knock();
    const impatient = knock();
    await pass();
    impatient.unsubscribe();
    await pass();
    decide(true);
    await pass();
    expect(peers.lines).toEqual(['Peer']);
    expect(server.engine.stats().channels.ready).toBe(1);
  });

  it('refuses when the listener has closed meanwhile: nobody is left to take the peer', async () => {
    let decide = (_: Accept): void => undefined;
    const decision = new Promise<Accept>(resolve => {
      decide = resolve;
    });
    const { knock, listener, server, pass } = await hall(() => decision);
    const connecting = knock();
    await pass();
    void listener.close();
    await pass();
    decide(true);
    await pass();
    expect(connecting.lines).toEqual(refused('the listener has closed'));
    expect(server.engine.stats().channels).toEqual({ connecting: 0, ready: 0, closing: 0, listening: 0 });
  });

  it('may close the listener, or destroy the group, within itself', async () => {
    const closing: Hall = await hall(() => {
      void closing.listener.close();
      return true;
    });
    const turnedAway = closing.knock();
    await closing.pass();
    expect(turnedAway.lines).toEqual(refused('the listener has closed'));

    const destroying: Hall = await hall(() => {
      void destroying.server.group.destroy();
      return true;
    });
    const dropped = destroying.knock();
    await destroying.pass();
    expect(dropped.lines).toEqual([expect.stringMatching(/^# peer_disconnected: /)]);
    expect(destroying.peers.lines).toEqual(['|']);
  });

  it('may change the hello that it is shown', async () => {
    const { knock, pass } = await hall(hello => {
      hello.reset();
      return true;
    });
    const connecting = knock();
    await pass();
    expect(connecting.lines).toEqual(['Peer']);
  });
});

it('keeps what a client asks before it is accepted for the Peer, and answers it then', async () => {
  let decide = (_: Accept): void => undefined;
  const decision = new Promise<Accept>(resolve => {
    decide = resolve;
  });
  const { client, server, listener, pass } = await hall(() => decision);
  const plain = PlainPeer.dial(client);
  plain.request('early');
  await pass();
  expect(server.engine.stats().slots.used).toBe(1);
  listener.peers$.subscribe(peer => peer.respond(window => window.first.body.text().toUpperCase()));
  decide(true);
  await pass();
  expect(plain.heard()).toEqual(['HelloResponse', 'Response "EARLY"']);
});

it('answers the bye of a client that does not wait to be accepted, and hands out no Peer', async () => {
  let decide = (_: Accept): void => undefined;
  const decision = new Promise<Accept>(resolve => {
    decide = resolve;
  });
  const { client, peers, pass } = await hall(() => decision);
  const plain = PlainPeer.dial(client);
  plain.say(OpCode.ByeRequest);
  await pass(1);
  decide(true);
  await pass();
  expect(plain.heard()).toEqual(['ByeResponse', 'engine: Signal channel_closed']);
  expect(peers.lines).toEqual([]);
});
