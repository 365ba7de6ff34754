import { map, mergeMap, of, share, Subject, tap, VirtualTimeScheduler } from 'rxjs';
import {
  connect,
  keepAlive,
  listen,
  type Message,
  ofOpCode,
  OpCode,
  tcpClient,
  tcpServer,
} from '../../lib/index.js';
import { virtualNetwork } from '../../lib/testing/index.js';
import { FakePeer, values } from '../support/fake-peer.js';
import { codes, marbles, thrownBy } from '../support/virtual-time.js';

describe('the heartbeats', () => {
  it('go out every so many ms, from the first interval on', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const messages = hot('      -m----m---m----|', values);
      const closed = hot('        ---------------c', values);
      const subscription = '      ^--------------!';
      const beats = '             ----b---b---b---';
      const expected = '          ---------------|';
      const peer = new FakePeer(messages, closed);
      expectObservable(peer.beats$).toBe(beats);
      expectObservable(keepAlive(peer, { every: 4, within: 6 })).toBe(expected);
      expectSubscriptions(closed.subscriptions).toBe(subscription);
      expectSubscriptions(messages.subscriptions).toBe(subscription);
    });
  });

  it('are none with every: Infinity', () => {
    marbles(({ hot, expectObservable }) => {
      const beats = '             ---------------';
      const expected = '          --------------#';
      const peer = new FakePeer(hot('-'), hot('-'));
      expectObservable(peer.beats$).toBe(beats);
      const alive = keepAlive(peer, { every: Infinity, within: 14 });
      expectObservable(alive.pipe(codes())).toBe(expected, undefined, 'peer_disconnected');
    });
  });

  it('are each subscription its own', () => {
    marbles(({ hot, expectObservable }) => {
      const closed = hot('        ----------c', values);
      const first = '             ^';
      const second = '            -^';
      const beats = '             ----bb--bb-';
      const expected = '          ----------|';
      const peer = new FakePeer(hot('-'), closed);
      const alive = keepAlive(peer, { every: 4, within: Infinity });
      expectObservable(peer.beats$).toBe(beats);
      expectObservable(alive, first).toBe(expected);
      expectObservable(alive, second).toBe(expected);
    });
  });

  it('end when it is left', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const messages = hot<Message>('-');
      const closed = hot<Message>('  -');
      const unsubscribed = '         ---------!';
      const subscription = '         ^--------!';
      const beats = '                ----b---b-----------';
      const expected = '             --------------------';
      const peer = new FakePeer(messages, closed);
      expectObservable(peer.beats$).toBe(beats);
      expectObservable(keepAlive(peer, { every: 4, within: 12 }), unsubscribed).toBe(expected);
      expectSubscriptions(messages.subscriptions).toBe(subscription);
      expectSubscriptions(closed.subscriptions).toBe(subscription);
    });
  });

  it('make it error when one throws', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const messages = hot<Message>('-');
      const subscription = '         ^---!';
      const expected = '             ----#';
      const peer = new FakePeer(messages, hot('-'));
      peer.heartbeat = () => {
        throw new Error('no voice');
      };
      const alive = keepAlive(peer, { every: 4, within: 20 });
      expectObservable(alive.pipe(codes())).toBe(expected, undefined, 'no voice');
      expectSubscriptions(messages.subscriptions).toBe(subscription);
    });
  });

  it('may end it from within', () => {
    marbles(({ hot, expectObservable }) => {
      const closed = new Subject<Message>();
      const beats = '             ----b------';
      const expected = '          ----|';
      const peer = new FakePeer(hot('-'), closed);
      expectObservable(
        peer.beats$.pipe(
          tap(() => {
            closed.next(values.c);
          }),
        ),
      ).toBe(beats);
      expectObservable(keepAlive(peer, { every: 4, within: 20 })).toBe(expected);
    });
  });
});

describe('the end of the channel', () => {
  it('completes it', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const messages = hot('  -m-(mc|)', values);
      const closed = hot('    ---(c|)', values);
      const subscription = '  ^--!';
      const expected = '      ---|';
      expectObservable(keepAlive(new FakePeer(messages, closed), { every: 2, within: 5 })).toBe(expected);
      expectSubscriptions(closed.subscriptions).toBe(subscription);
      expectSubscriptions(messages.subscriptions).toBe(subscription);
    });
  });

  it('that came before completes it at once, and nothing is sent', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const messages = hot<Message>('-');
      const closed = of(values.c);
      const expected = '             |';
      const peer = new FakePeer(messages, closed);
      expectObservable(peer.beats$).toBe('-');
      expectObservable(keepAlive(peer, { every: 2, within: 5 })).toBe(expected);
      expectSubscriptions(messages.subscriptions).toBe([]);
    });
  });

  it('with an error of the stream makes it error', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const messages = hot('  -m-#', values, new Error('lost'));
      const subscription = '  ^--!';
      const expected = '      ---#';
      const alive = keepAlive(new FakePeer(messages, hot('-')), { every: 2, within: 5 });
      expectObservable(alive.pipe(codes())).toBe(expected, undefined, 'lost');
      expectSubscriptions(messages.subscriptions).toBe(subscription);
    });
  });
});

describe('the scheduler', () => {
  it('keeps all of the time', () => {
    const scheduler = new VirtualTimeScheduler();
    const frames: unknown[] = [];
    const peer = new FakePeer(new Subject(), new Subject());
    peer.beats$.pipe(map(() => scheduler.frame)).subscribe(frame => frames.push(frame));
    keepAlive(peer, { every: 3, within: 10 }, scheduler)
      .pipe(codes())
      .subscribe({ error: code => frames.push(code) });
    expect(frames).toEqual([]);
    scheduler.flush();
    expect(frames).toEqual([3, 6, 9, 'peer_disconnected']);
    expect(scheduler.frame).toBe(10);
    expect(scheduler.actions).toEqual([]);
  });
});

describe('between two Peers', () => {
  const options = { every: 10, within: 25 };

  it('lasts for as long as they hear each other, however quiet they are', () => {
    marbles(({ scheduler, expectObservable }) => {
      const net = virtualNetwork({ scheduler, latency: 1, until: 400 });
      const [there, here] = [net.createEngine(), net.createEngine()];
      const served = listen(there.createGroup(), tcpServer()).pipe(
        mergeMap(listener => listener.peers$),
        mergeMap(peer => keepAlive(peer, options)),
        codes(),
      );
      const connected = connect(here.createGroup(), tcpClient()).pipe(
        mergeMap(peer => keepAlive(peer, options)),
        codes(),
      );
      scheduler.schedule(() => {
        net.partition(there, here);
      }, 300);
      // Heard last at 292 and 293: 290 and 10 ms behind the Peers, which came at 1 and 2.
      expectObservable(served).toBe('318ms #', undefined, 'peer_disconnected');
      expectObservable(connected).toBe('317ms #', undefined, 'peer_disconnected');
    });
  });

  it('is heard, and is no Signal for users', () => {
    marbles(({ scheduler, expectObservable }) => {
      const net = virtualNetwork({ scheduler, latency: 1, until: 40 });
      const [there, here] = [net.createEngine(), net.createEngine()];
      const peers$ = listen(there.createGroup(), tcpServer()).pipe(
        mergeMap(listener => listener.peers$),
        share(),
      );
      const heard = peers$.pipe(
        mergeMap(peer => peer.messages$),
        ofOpCode(OpCode.Signal),
        map(message => message.textHeaders.get('rx-heartbeat')),
      );
      expectObservable(heard).toBe('13ms a 9ms a 9ms a 6ms |', { a: '1' });
      expectObservable(peers$.pipe(mergeMap(peer => peer.signals$))).toBe('40ms |');
      connect(here.createGroup(), tcpClient())
        .pipe(mergeMap(peer => keepAlive(peer, { every: 10, within: Infinity })))
        .subscribe({ error: () => undefined });
      scheduler.schedule(() => {
        expect([there.stats().signalsDropped, there.stats().slots.used]).toEqual([0, 0]);
      }, 39);
    });
  });
});

describe('the options', () => {
  it.each([0, -1, NaN, '7' as unknown as number, undefined as unknown as number])(
    'are refused by name as %p',
    ms => {
      const peer = new FakePeer(new Subject(), new Subject());
      for (const [name, options] of [
        ['every', { every: ms, within: 5 }],
        ['within', { every: 5, within: ms }],
      ] as const) {
        expect(thrownBy(() => keepAlive(peer, options))).toBe('not_allowed');
        expect(() => keepAlive(peer, options)).toThrow(name);
      }
    },
  );
});
