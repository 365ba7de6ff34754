import { OpCode, Status } from '../../lib/index.js';
import type { VirtualNetworkOptions } from '../../lib/testing/index.js';
import { lineOf, post } from '../support/conversation.js';
import { connect, inNetwork, LINES, Party } from '../support/virtual-party.js';

const { Request, Signal, ByeRequest, ByeResponse, ByeSignal } = OpCode;

/** Requests of 16, 116, and 3016 bytes in one write, behind one another in a second, and a bye. */
function talk(options: VirtualNetworkOptions, diagram: string): void {
  inNetwork(options, ({ server, client, expectObservable, at }) => {
    const bodies = { a: '', b: 'B'.repeat(100), d: 'D'.repeat(3_000) };
    const channel = connect(client, server);
    at(10, () => {
      for (const body of Object.values(bodies)) client.post(channel, Request, body.toLowerCase());
    });
    at(15, () => client.post(channel, ByeRequest));
    expectObservable(client.lines$).toBe(diagram, {
      H: LINES.H,
      a: 'Response 1',
      b: `Response 1 "${bodies.b}"`,
      d: `Response 1 "${bodies.d}"`,
      y: LINES.b,
      z: LINES.c,
    });
  });
}

describe('delivery', () => {
  it.each([0, 1, 2, 7])('takes a latency of %d ms each way', latency => {
    inNetwork({ latency }, ({ server, client, expectObservable, at }) => {
      client.answer();
      const channel = connect(client, server);
      at(20, () => client.post(channel, Request, 'ping'));
      at(21, () => client.post(channel, Request, 'ping'));
      expectObservable(server.lines$, '16ms ^').toBe(`${String(20 + latency)}ms qq`, LINES);
      expectObservable(client.lines$, '16ms ^').toBe(`${String(20 + 2 * latency)}ms rr`, LINES);
    });
  });

  it('keeps fractions of a ms as they are', () => {
    inNetwork({ latency: 0.25 }, ({ server, client, scheduler, at }) => {
      const frames: number[] = [];
      server.listen();
      const channel = client.dial();
      server.group.subscribe(() => frames.push(scheduler.frame));
      at(1.5, () => client.post(channel, Signal, 'tick'));
      at(9, () => {
        expect(frames).toEqual([0, 0.25, 1.75]);
      });
    });
  });

  it('never happens inside the post, not even without latency', () => {
    inNetwork({}, ({ server, client, at }) => {
      const order: string[] = [];
      server.listen();
      const channel = client.dial();
      at(1, () => {
        server.group.subscribe(message => order.push(lineOf(message)));
        order.length = 0;
        client.post(channel, Request, 'ping');
        order.push('posted');
      });
      at(2, () => {
        expect(order).toEqual(['posted', 'Request 2 "ping"']);
      });
    });
  });

  it('keeps one order across engines: whoever wrote first in a frame is heard first', () => {
    inNetwork({ latency: 1 }, ({ net, server, client, at }) => {
      const other = new Party(net);
      const heard: string[] = [];
      server.listen();
      const ours = client.dial();
      const theirs = other.dial();
      server.group.subscribe(message => heard.push(message.body.text()));
      at(9, () => {
        heard.length = 0;
        other.post(theirs, Signal, 'a');
        client.post(ours, Signal, 'b');
        other.post(theirs, Signal, 'c');
      });
      at(10, () => {
        client.post(ours, Signal, 'd');
        other.post(theirs, Signal, 'e');
      });
      at(20, () => {
        expect(heard).toEqual(['a', 'c', 'b', 'd', 'e']);
      });
    });
  });

  it('carries a megabyte of the greatest frames in one latency', () => {
    inNetwork({ latency: 2, chunk: 'random' }, ({ server, client, scheduler, at }) => {
      const body = Buffer.alloc(65_535, 'x');
      const frames: number[] = [];
      server.listen();
      const channel = client.dial();
      server.group.subscribe(message => {
        if (message.body.byteLength === body.length) frames.push(scheduler.frame);
      });
      at(10, () => {
        for (let n = 0; n < 15; n++) client.post(channel, Signal, body);
      });
      at(20, () => {
        expect(frames).toEqual(Array(15).fill(12));
      });
    });
  });
});

describe('cuts', () => {
  const cuts = [1, 2, 3, 15, 16, 17, 1_000, Infinity, 'random'] as const;

  it.each(cuts)('of %s bytes change no frame', chunk => {
    talk({ latency: 2, chunk }, '----H 9ms (abd)(yz)');
  });

  it.each(cuts)('of %s bytes change no frame where bandwidth is scarce', chunk => {
    talk({ latency: 2, chunk, bandwidth: 50 }, '------H 9ms a---b 117ms (dyz)');
  });
});

describe('bandwidth', () => {
  it('lets a frame arrive when its last byte is through', () => {
    inNetwork({ latency: 3, bandwidth: 10 }, ({ server, client, expectObservable, at }) => {
      client.answer();
      const channel = connect(client, server);
      // 16 bytes of header, 4 of body: 2 ms each.
      at(20, () => client.post(channel, Request, 'ping'));
      at(20, () => client.post(channel, Request, 'ping'));
      expectObservable(server.lines$, '19ms ^').toBe('25ms q-q', LINES);
      expectObservable(client.lines$, '19ms ^').toBe('30ms r-r', LINES);
    });
  });
});

describe('the end of a connection', () => {
  it('by bye closes its asker in the frame of the ByeResponse, and the other side when that end has reached it', () => {
    inNetwork({ latency: 2 }, ({ server, client, expectObservable, at }) => {
      const channel = connect(client, server);
      at(6, () => client.post(channel, ByeRequest));
      expectObservable(server.lines$).toBe('--h-----B---C', LINES);
      expectObservable(client.lines$).toBe('----H-----(bc)', LINES);
    });
  });

  it('by byes that cross closes both sides when the first answer comes', () => {
    inNetwork({ latency: 2 }, ({ server, client, expectObservable, at }) => {
      client.answer();
      const channel = connect(client, server);
      at(6, () => client.post(channel, ByeRequest));
      at(7, () => server.post(2, ByeRequest));
      expectObservable(server.lines$).toBe('--h-----B--(bC)', { ...LINES, b: 'ByeResponse 2' });
      expectObservable(client.lines$, '5ms ^').toBe('---------B(bc)', { ...LINES, B: 'ByeRequest 1' });
    });
  });

  it('by refusal closes the client in the frame of the ByeResponse', () => {
    inNetwork({ latency: 2 }, ({ server, client, expectObservable }) => {
      server.listen();
      server.group.subscribe(hello => {
        if (hello.opCode === OpCode.HelloRequest)
          post(server.engine, server.group, 2, ByeResponse, { id: hello.messageId });
      });
      client.dial();
      expectObservable(server.lines$).toBe('--h---C', LINES);
      expectObservable(client.lines$).toBe('----(bc)', LINES);
    });
  });

  it('by ByeSignal is at once here, and one latency later there', () => {
    inNetwork({ latency: 2 }, ({ server, client, expectObservable, at }) => {
      const channel = connect(client, server);
      at(6, () => {
        client.post(channel, Request, 'ping');
      });
      at(7, () => client.post(channel, ByeSignal));
      expectObservable(server.lines$).toBe('--h-----qC', LINES);
      expectObservable(client.lines$).toBe('----H--c', LINES);
    });
  });

  it('that reaches a side which is still sending brings back what did not leave', () => {
    inNetwork({ latency: 2 }, ({ net, server, client, expectObservable, at }) => {
      const channel = connect(client, server);
      at(6, () => {
        net.disconnect(client.engine, channel);
        client.post(channel, Signal, 'tick');
      });
      expectObservable(client.lines$).toBe('----H-(tc)', {
        ...LINES,
        t: 'Signal peer_disconnected 1 "tick"',
      });
    });
  });

  it('by destroying the engine is at once here, and completes its groups in that frame', () => {
    inNetwork({ latency: 2 }, ({ server, client, expectObservable, at }) => {
      connect(client, server);
      at(6, () => void server.engine.destroy());
      expectObservable(server.lines$).toBe('--h---(cC|)', LINES);
      expectObservable(client.lines$).toBe('----H---c', LINES);
    });
  });

  it('by destroying inside the last words of a destroyed group completes it once', () => {
    inNetwork({}, ({ server, expectObservable, at }) => {
      const ends: string[] = [];
      server.listen();
      server.group.subscribe({
        next: message => {
          if (message.status === Status.channelClosed) void server.group.destroy();
        },
        complete: () => {
          ends.push('group');
          void server.engine.destroy();
        },
      });
      server.engine.pool.available$.subscribe({ complete: () => ends.push('engine') });
      at(3, () => void server.engine.destroy());
      at(4, () => {
        expect(ends).toEqual(['group', 'engine']);
      });
      expectObservable(server.lines$).toBe('---(c|)', LINES);
    });
  });
});
