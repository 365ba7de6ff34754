import { filter, first } from 'rxjs';
import { type Message, MessageType, OpCode } from '../../lib/index.js';
import { virtualNetwork } from '../../lib/testing/index.js';
import { connect, inNetwork, LINES, Party } from '../support/virtual-party.js';
import { marbles } from '../support/virtual-time.js';

const { Request, Signal, ByeSignal } = OpCode;

describe('listening', () => {
  it('is told in the frame of its WelcomeRequest', () => {
    inNetwork({ latency: 5 }, ({ server, expectObservable, at }) => {
      at(3, () => server.listen());
      expectObservable(server.lines$).toBe('---w', LINES);
    });
  });

  it('that is given up in its frame says channel_closed alone', () => {
    inNetwork({}, ({ server, client, expectObservable, at }) => {
      server.post(server.listen(), ByeSignal);
      at(1, () => client.dial());
      expectObservable(server.lines$).toBe('c', LINES);
      expectObservable(client.lines$).toBe('-(fc)', LINES);
    });
  });
});

describe('connecting', () => {
  it('takes one latency there and one back', () => {
    inNetwork({ latency: 2 }, ({ server, client, expectObservable }) => {
      connect(client, server);
      expectObservable(server.group.status$).toBe('');
      expectObservable(server.lines$).toBe('--h', LINES);
      expectObservable(client.lines$).toBe('----H', LINES);
    });
  });

  it('is through in its frame without latency', () => {
    inNetwork({}, ({ server, client, expectObservable, at }) => {
      server.listen();
      server.answer();
      at(4, () => client.dial());
      expectObservable(server.lines$).toBe('----h', LINES);
      expectObservable(client.lines$).toBe('----H', LINES);
    });
  });

  it('delivers what was posted behind the hello one latency after its own posting', () => {
    inNetwork({ latency: 3 }, ({ server, client, expectObservable, at }) => {
      const channel = connect(client, server);
      client.post(channel, Request, 'ping');
      at(4, () => client.post(channel, Request, 'ping'));
      expectObservable(server.lines$).toBe('---(hq)q', LINES);
      expectObservable(client.lines$).toBe('------(Hr)r', LINES);
    });
  });

  it('finds a listener that comes later in the same frame', () => {
    inNetwork({ latency: 1 }, ({ server, client, expectObservable, at }) => {
      server.answer();
      at(2, () => client.dial());
      at(2, () => server.listen());
      expectObservable(client.lines$).toBe('----H', LINES);
    });
  });

  it('fails with connect_failed after twice the latency where nobody listens; what was posted behind comes back', () => {
    inNetwork({ latency: 3 }, ({ client, expectObservable, at }) => {
      at(2, () => client.post(client.dial(), Request, 'ping'));
      expectObservable(client.lines$).toBe('8ms (fqc)', {
        ...LINES,
        q: 'Request peer_disconnected 1 "ping"',
      });
    });
  });

  it('fails in its frame where nobody listens and there is no latency', () => {
    inNetwork({}, ({ client, expectObservable, at }) => {
      at(2, () => client.dial());
      expectObservable(client.lines$).toBe('--(fc)', LINES);
    });
  });

  it('that is given up ends in that frame', () => {
    inNetwork({ latency: 4 }, ({ client, expectObservable, at }) => {
      const channel = client.dial();
      at(2, () => client.post(channel, ByeSignal));
      expectObservable(client.lines$).toBe('--c', LINES);
    });
  });

  it('is reset, two latencies after its dialling, by a listener that went meanwhile', () => {
    inNetwork({ latency: 2 }, ({ server, client, expectObservable, at }) => {
      const listener = server.listen();
      at(2, () => client.dial());
      at(3, () => server.post(listener, ByeSignal));
      expectObservable(client.lines$).toBe('------c', LINES);
    });
  });

  it('is reset, two latencies after its dialling, by a listener that is full', () => {
    marbles(({ scheduler, expectObservable }) => {
      const net = virtualNetwork({ scheduler, latency: 2 });
      const server = new Party(net, { maxChannels: 1 });
      const client = new Party(net);
      server.listen();
      client.dial();
      expectObservable(server.lines$).toBe('w', LINES);
      expectObservable(client.lines$).toBe('----c', LINES);
    });
  });
});

describe('a partition', () => {
  it('holds back what is sent, both ways, until it heals; then it takes one latency', () => {
    inNetwork({ latency: 2 }, ({ net, server, client, expectObservable, at }) => {
      const channel = connect(client, server);
      at(5, () => net.partition(client.engine, server.engine));
      at(6, () => client.post(channel, Request, 'ping'));
      at(8, () => server.post(2, Signal, 'tick'));
      at(15, () => net.heal(server.engine, client.engine));
      expectObservable(server.lines$).toBe('--h 14ms q', LINES);
      expectObservable(client.lines$).toBe('----H 12ms t-r', { ...LINES, t: 'Signal 1 "tick"' });
    });
  });

  it('holds back what is under way when it begins', () => {
    inNetwork({ latency: 2 }, ({ net, server, client, expectObservable, at }) => {
      const channel = connect(client, server);
      at(5, () => client.post(channel, Request, 'ping'));
      at(6, () => net.partition(client.engine, server.engine));
      at(10, () => net.heal(client.engine, server.engine));
      expectObservable(client.lines$).toBe('----H 9ms r', LINES);
    });
  });

  it('begun twice heals at once; healing what is whole changes nothing', () => {
    inNetwork({ latency: 2 }, ({ net, server, client, expectObservable, at }) => {
      const channel = connect(client, server);
      at(5, () => net.partition(client.engine, server.engine));
      at(5, () => net.partition(server.engine, client.engine));
      at(6, () => client.post(channel, Request, 'ping'));
      at(7, () => net.heal(client.engine, server.engine));
      at(8, () => net.heal(client.engine, server.engine));
      expectObservable(client.lines$).toBe('----H 6ms r', LINES);
    });
  });

  it('lets others talk', () => {
    inNetwork({ latency: 2 }, ({ net, server, client, expectObservable }) => {
      const other = new Party(net);
      server.listen();
      server.answer();
      net.partition(client.engine, server.engine);
      client.dial();
      other.dial();
      expectObservable(other.lines$).toBe('----H', LINES);
    });
  });

  it('lets a new connection wait, which is opened when it heals', () => {
    inNetwork({ latency: 2 }, ({ net, server, client, expectObservable, at }) => {
      server.listen();
      server.answer();
      net.partition(client.engine, server.engine);
      at(1, () => client.dial());
      at(10, () => net.heal(client.engine, server.engine));
      expectObservable(client.lines$).toBe('14ms H', LINES);
    });
  });

  it('lets a new connection wait for its connectTimeout and no longer', () => {
    inNetwork(
      { latency: 2, engines: { connectTimeout: 30 } },
      ({ net, server, client, expectObservable, at }) => {
        server.listen();
        net.partition(client.engine, server.engine);
        client.dial();
        at(40, () => net.heal(client.engine, server.engine));
        expectObservable(server.lines$).toBe('w', LINES);
        expectObservable(client.lines$).toBe('30ms (fc)', LINES);
      },
    );
  });

  it('does not hide that nobody listens', () => {
    inNetwork({ latency: 2 }, ({ net, server, client, expectObservable }) => {
      net.partition(client.engine, server.engine);
      client.dial();
      expectObservable(client.lines$).toBe('----(fc)', LINES);
    });
  });

  it('holds back that an end was reset', () => {
    inNetwork({ latency: 2 }, ({ net, server, client, expectObservable, at }) => {
      const channel = connect(client, server);
      at(5, () => net.partition(client.engine, server.engine));
      at(6, () => client.post(channel, Request, 'ping'));
      at(7, () => client.post(channel, ByeSignal));
      at(15, () => net.heal(client.engine, server.engine));
      expectObservable(client.lines$).toBe('----H--c', LINES);
      expectObservable(server.lines$).toBe('--h 14ms C', LINES);
    });
  });
});

describe('disconnecting', () => {
  it('is seen by both ends in its frame; what was under way is lost', () => {
    inNetwork({ latency: 2 }, ({ net, server, client, expectObservable, at }) => {
      const channel = connect(client, server);
      at(6, () => client.post(channel, Request, 'ping'));
      at(7, () => net.disconnect(client.engine, channel));
      expectObservable(server.lines$).toBe('--h----C', LINES);
      expectObservable(client.lines$).toBe('----H--c', LINES);
    });
  });

  it.each(['server', 'client'] as const)("takes the %s's Peer", side => {
    inNetwork({ latency: 2 }, world => {
      const { net, server, client, expectObservable, at } = world;
      connect(client, server);
      const hellos: Message[] = [];
      world[side].group.pipe(first(message => message.type === MessageType.hello)).subscribe(hello => {
        hellos.push(hello);
      });
      at(9, () => {
        for (const hello of hellos) net.disconnect({ channelNumber: hello.channelNumber, hello });
      });
      expectObservable(server.lines$).toBe('--h------C', LINES);
      expectObservable(client.lines$).toBe('----H----c', LINES);
    });
  });

  it('comes behind what has arrived and was not read', () => {
    inNetwork(
      { latency: 2, engines: { initialPoolMsgs: 1, maxPoolMsgs: 1 } },
      ({ net, server, client, expectObservable, at }) => {
        server.listen();
        const channel = client.dial();
        for (let n = 0; n < 3; n++) client.post(channel, Request, 'ping');
        at(5, () => net.disconnect(client.engine, channel));
        const lines$ = server.lines$.pipe(filter(line => !line.includes('pool_empty')));
        expectObservable(lines$, '7ms ^').toBe('7ms (whqqqC)', LINES);
      },
    );
  });

  it('ends a connection behind a partition', () => {
    inNetwork({ latency: 2 }, ({ net, server, client, expectObservable, at }) => {
      const channel = connect(client, server);
      at(5, () => net.partition(client.engine, server.engine));
      at(6, () => net.disconnect(client.engine, channel));
      at(7, () => net.heal(client.engine, server.engine));
      expectObservable(server.lines$).toBe('--h---C', LINES);
      expectObservable(client.lines$).toBe('----H-c', LINES);
    });
  });

  it('leaves a connection alone that is gone, and listeners', () => {
    inNetwork({ latency: 2 }, ({ net, server, client, expectObservable, at }) => {
      const listener = server.listen();
      server.answer();
      const channel = client.dial();
      at(5, () => net.disconnect(client.engine, channel));
      at(6, () => net.disconnect(client.engine, channel));
      at(6, () => net.disconnect(server.engine, listener));
      expectObservable(server.lines$).toBe('--h--C', LINES);
      expectObservable(client.lines$).toBe('----Hc', LINES);
    });
  });
});
