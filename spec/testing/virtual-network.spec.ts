import { defer, map, merge, mergeMap, switchMap, take, takeWhile, tap, timer } from 'rxjs';
import {
  connect,
  createEngine,
  listen,
  memServer,
  OpCode,
  type Peer,
  tcpClient,
  tcpServer,
} from '../../lib/index.js';
import { atRest, virtualNetwork, type VirtualNetworkOptions } from '../../lib/testing/index.js';
import { lineOf } from '../support/conversation.js';
import { inNetwork, LINES, Party } from '../support/virtual-party.js';
import { codes, marbles, thrownBy } from '../support/virtual-time.js';

const { Request, Signal, ByeRequest } = OpCode;

describe('the ids of messages', () => {
  it('are numbers from 1, over all engines of a network, and apart from every other', () => {
    marbles(({ scheduler, expectObservable }) => {
      const networks = [virtualNetwork({ scheduler }), virtualNetwork({ scheduler })];
      for (const net of networks) {
        const ids$ = merge(new Party(net).group, new Party(net).group).pipe(
          map(message => message.messageId),
        );
        const parties = [new Party(net), new Party(net)];
        for (const party of parties) party.listen(memServer());
        expectObservable(merge(...parties.map(party => party.group)).pipe(map(m => m.messageId))).toBe(
          '(ab)',
          { a: 1n, b: 2n },
        );
        expectObservable(ids$).toBe('');
      }
    });
  });
});

describe('until', () => {
  it('destroys the engines at that ms: groups complete, and what repeats itself ends', () => {
    inNetwork({ latency: 2, until: 20 }, ({ server, client, expectObservable, scheduler, at }) => {
      server.listen();
      server.answer();
      client.answer();
      const channel = client.dial();
      const beats = timer(6, 6)
        .pipe(takeWhile(() => !client.engine.isDestroyed))
        .subscribe(() => client.post(channel, Signal, 'tick'));
      expectObservable(server.lines$).toBe('--h-----s-----s-----(cC|)', LINES);
      expectObservable(client.lines$, '5ms ^').toBe('20ms (c|)', LINES);
      at(30, () => {
        expect(beats.closed).toBe(true);
        expect(scheduler.frame).toBe(30);
        atRest(server.engine);
        atRest(client.engine);
      });
    });
  });

  it('makes no engines afterwards', () => {
    inNetwork({ until: 5 }, ({ net, at }) => {
      at(5, () => {
        expect(thrownBy(() => net.createEngine())).toBe('shutdown_started');
      });
    });
  });
});

describe('misuse', () => {
  it.each([
    ['latency is -1', { latency: -1 }],
    ['latency is Infinity', { latency: Infinity }],
    ['bandwidth is 0', { bandwidth: 0 }],
    ['chunk is 0', { chunk: 0 }],
    ['chunk is 1.5', { chunk: 1.5 }],
    ['until is NaN', { until: NaN }],
    ['seed is 0.5', { seed: 0.5 }],
  ])('of options is named: %s', (text, options) => {
    expect(() => virtualNetwork(options)).toThrow(text);
    expect(thrownBy(() => virtualNetwork(options))).toBe('not_allowed');
  });

  it('of engines and Peers of elsewhere is not_allowed', async () => {
    const net = virtualNetwork();
    const ours = net.createEngine();
    const other = createEngine();
    using hello = other.get();
    const calls = [
      () => net.partition(ours, other),
      () => net.heal(other, ours),
      () => net.disconnect(other, 1),
      () => net.disconnect({ channelNumber: 1, hello }),
    ];
    expect(calls.map(thrownBy)).toEqual(Array(4).fill('not_allowed'));
    await other.destroy();
  });
});

describe('Peers in a network', () => {
  it('talk as the documentation says', () => {
    inNetwork({ latency: 2 }, ({ server, client, expectObservable }) => {
      listen(server.group, tcpServer())
        .pipe(
          mergeMap(listener => listener.peers$),
          mergeMap(peer => peer.serve(() => 'pong')),
        )
        .subscribe();
      const reply$ = connect(client.group, tcpClient()).pipe(
        switchMap(peer => peer.request('ping')),
        take(1),
        map(message => message.body.text()),
      );
      expectObservable(reply$).toBe('8ms (a|)', { a: 'pong' });
    });
  });

  it.each(['near', 'far'] as const)('see a disconnect of the %s one in its frame', which => {
    inNetwork({ latency: 2 }, ({ net, server, client, expectObservable, at }) => {
      const peers: { near?: Peer; far?: Peer } = {};
      listen(server.group, tcpServer())
        .pipe(mergeMap(listener => listener.peers$))
        .subscribe(peer => (peers.far = peer));
      const near$ = connect(client.group, tcpClient()).pipe(tap(peer => (peers.near = peer)));
      at(20, () => {
        net.disconnect(peers[which] as Peer);
      });
      expectObservable(
        near$.pipe(
          map(() => 'peer'),
          codes(),
        ),
      ).toBe('----p 15ms #', { p: 'peer' }, 'peer_disconnected');
      const farClosed$ = defer(() => (peers.far as Peer).closed$).pipe(map(lineOf));
      expectObservable(farClosed$, '10ms ^').toBe('20ms (C|)', LINES);
    });
  });
});

/** What two clients and a server say to each other, with a partition, a bye and an end in it: each line with its frame. */
function logOf(cuts: VirtualNetworkOptions): string[] {
  const log: string[] = [];
  inNetwork({ latency: 2, ...cuts }, ({ net, server, client, scheduler, at }) => {
    const note = (name: string, party: Party): void => {
      party.lines$.subscribe({
        next: line => log.push(`${String(scheduler.frame)} ${name} ${line}`),
        complete: () => log.push(`${String(scheduler.frame)} ${name} |`),
      });
    };
    const other = new Party(net);
    note('server', server);
    server.answer();
    server.listen();
    for (const [n, party] of [client, other].entries()) {
      note(String(n), party);
      const channel = party.dial();
      for (let frame = 0; frame < 9; frame += 3) {
        at(frame, () => party.post(channel, Request, 'some text '.repeat(1 + 10 * frame)));
        at(frame, () => party.post(channel, Request, String(frame)));
      }
      at(8, () => party.post(channel, ByeRequest));
    }
    at(9, () => net.partition(client.engine, server.engine));
    at(20, () => net.heal(client.engine, server.engine));
    at(30, () => void server.engine.destroy());
  });
  return log;
}

describe('a conversation', () => {
  it('is the same, line for line, with a thousand different cuts', () => {
    const whole = logOf({});
    expect(whole.length).toBeGreaterThan(30);
    const others = Array.from({ length: 1_000 }, (_, seed) => logOf({ chunk: 'random', seed }));
    expect(others.filter(log => log.join('\n') !== whole.join('\n'))).toEqual([]);
  });
});
