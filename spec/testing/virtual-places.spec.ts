import { memClient, memServer, OpCode, tcpClient, tcpServer, udsClient, udsServer } from '../../lib/index.js';
import { virtualNetwork } from '../../lib/testing/index.js';
import { inNetwork, LINES, Party } from '../support/virtual-party.js';
import { marbles } from '../support/virtual-time.js';

const { ByeSignal } = OpCode;

describe('addresses', () => {
  it.each([
    ['tcp', tcpServer('10.1.2.3', 80), tcpClient('10.1.2.3', 80)],
    ['tcp by name', tcpServer('localhost', 80), tcpClient('127.0.0.1', 80)],
    ['tcp on all interfaces', tcpServer('', 80), tcpClient('db.internal', 80)],
    ['tcp on 0.0.0.0', tcpServer('0.0.0.0', 80), tcpClient('10.1.2.3', 80)],
    ['uds', udsServer('/nowhere/at/all.sock'), udsClient('/nowhere/at/all.sock')],
    ['mem', memServer('name'), memClient('name')],
  ])('of kind %s lead to who listens there', (_, listen, dial) => {
    inNetwork({}, ({ server, client, expectObservable }) => {
      server.listen(listen);
      server.answer();
      client.dial(dial);
      expectObservable(client.lines$).toBe('H', LINES);
    });
  });

  it.each([
    ['port', tcpServer('127.0.0.1', 80), tcpClient('127.0.0.1', 81)],
    ['host', tcpServer('10.1.2.3', 80), tcpClient('10.1.2.4', 80)],
    ['path', udsServer('/a'), udsClient('/b')],
    ['name', memServer('a'), memClient('b')],
    ['kind', memServer('a'), udsClient('a')],
  ])('of another %s lead elsewhere', (_, listen, dial) => {
    inNetwork({}, ({ server, client, expectObservable }) => {
      server.listen(listen);
      client.dial(dial);
      expectObservable(client.lines$).toBe('(fc)', LINES);
    });
  });

  it.each([
    ['port', tcpServer('10.1.2.3', 0), 'tcp|10.1.2.3|49152', 'tcp|10.1.2.3|49153'],
    ['path', udsServer(), 'uds|virtual-1', 'uds|virtual-2'],
    ['name', memServer(), 'mem|virtual-1', 'mem|virtual-2'],
  ])('without a %s get a free one, which the WelcomeResponse tells', (_, address, first, second) => {
    inNetwork({}, ({ server, at }) => {
      const bound: (string | undefined)[] = [];
      server.listen(address);
      server.listen(address);
      server.group.subscribe(welcome => bound.push(welcome.textHeaders.get('~listen_on')));
      at(1, () => {
        expect(bound).toEqual([first, second]);
      });
    });
  });

  it.each([
    [tcpServer('127.0.0.1', 80), tcpServer('localhost', 80)],
    [tcpServer('10.1.2.3', 80), tcpServer('', 80)],
    [udsServer('/a'), udsServer('/a')],
    [memServer('a'), memServer('a')],
  ])('%s: a second listener is listen_failed until the first one goes', (first, second) => {
    inNetwork({}, ({ server, client, expectObservable, at }) => {
      const listener = server.listen(first);
      client.listen(second);
      at(5, () => server.post(listener, ByeSignal));
      at(6, () => client.listen(second));
      expectObservable(client.lines$).toBe('(xc)--W', {
        x: 'WelcomeResponse listen_failed 1',
        c: LINES.c,
        W: 'WelcomeResponse success 2',
      });
    });
  });

  it('are of one network alone', () => {
    marbles(({ scheduler, expectObservable }) => {
      const here = new Party(virtualNetwork({ scheduler }));
      const there = new Party(virtualNetwork({ scheduler }));
      here.listen(memServer('name'));
      there.dial(memClient('name'));
      expectObservable(there.lines$).toBe('(fc)', LINES);
    });
  });

  it('may lead to the engine itself', () => {
    inNetwork({ latency: 2 }, ({ server, expectObservable }) => {
      server.answer();
      server.listen();
      server.dial();
      expectObservable(server.lines$).toBe('--h-H', { h: 'HelloRequest 3', H: 'HelloResponse 2' });
    });
  });
});
