import {
  map,
  mergeMap,
  type Observable,
  of,
  type SchedulerAction,
  share,
  Subject,
  type Subscription,
  tap,
  VirtualTimeScheduler,
} from 'rxjs';
import {
  type AlivePeer,
  connect,
  keepAlive,
  type KeepAliveOptions,
  listen,
  type Message,
  ofOpCode,
  OpCode,
  Status,
  tcpClient,
  tcpServer,
} from '../../lib/index.js';
import { virtualNetwork } from '../../lib/testing/index.js';
import { looseMessage } from '../support/loose-messages.js';
import { codes, marbles, thrownBy } from '../support/virtual-time.js';

const values = {
  m: looseMessage({ opCode: OpCode.Signal }),
  r: looseMessage({ origin: 'engine', status: Status.sendFailed }),
  c: looseMessage({ opCode: OpCode.Signal, origin: 'engine', status: Status.channelClosed }),
};

/** A Peer as far as keepAlive needs it; its heartbeats are values. */
class FakePeer implements AlivePeer {
  readonly beats$ = new Subject<'b'>();
  isPaused = false;
  arrivals = 0;

  constructor(
    readonly messages$: Observable<Message>,
    readonly closed$: Observable<Message>,
  ) {}

  heartbeat(): void {
    this.beats$.next('b');
  }
}

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

describe('silence', () => {
  const silent: KeepAliveOptions = { every: 100, within: 5 };
  const errs = (peer: AlivePeer, options = silent): Observable<never> =>
    keepAlive(peer, options).pipe(codes());

  it('errors with peer_disconnected when nothing at all was heard', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const messages = hot<Message>('-');
      const closed = hot<Message>('  -');
      const subscription = '         ^----!';
      const expected = '             -----#';
      expectObservable(errs(new FakePeer(messages, closed))).toBe(expected, undefined, 'peer_disconnected');
      expectSubscriptions(messages.subscriptions).toBe(subscription);
      expectSubscriptions(closed.subscriptions).toBe(subscription);
    });
  });

  it('begins anew with each message', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const messages = hot('  --m---mm----------', values);
      const subscription = '  ^-----------!';
      const expected = '      ------------#';
      expectObservable(errs(new FakePeer(messages, hot('-')))).toBe(expected, undefined, 'peer_disconnected');
      expectSubscriptions(messages.subscriptions).toBe(subscription);
    });
  });

  it('is not broken by what the engine says', () => {
    marbles(({ hot, expectObservable }) => {
      const messages = hot('  ---rr-', values);
      const expected = '      -----#';
      expectObservable(errs(new FakePeer(messages, hot('-')))).toBe(expected, undefined, 'peer_disconnected');
    });
  });

  it('counts from the subscription on', () => {
    marbles(({ hot, expectObservable }) => {
      const messages = hot('  m---------', values);
      const subscribed = '    ---^';
      const expected = '      --------#';
      const peer = new FakePeer(messages, hot('-'));
      expectObservable(errs(peer), subscribed).toBe(expected, undefined, 'peer_disconnected');
    });
  });

  it('lasts for ever with within: Infinity', () => {
    marbles(({ hot, expectObservable }) => {
      const closed = hot('  20s c', values);
      const expected = '    20s |';
      expectObservable(errs(new FakePeer(hot('-'), closed), { every: 100, within: Infinity })).toBe(expected);
    });
  });

  it('may last longer than a timer can wait', () => {
    class Watched extends VirtualTimeScheduler {
      longest = 0;
      override schedule<T>(
        work: (this: SchedulerAction<T>, state?: T) => void,
        delay = 0,
        state?: T,
      ): Subscription {
        this.longest = Math.max(this.longest, delay);
        return super.schedule(work, delay, state);
      }
    }
    const scheduler = new Watched();
    const frames: number[] = [];
    const peer = new FakePeer(new Subject(), new Subject());
    peer.beats$.subscribe(() => frames.push(scheduler.frame));
    const options = { every: Infinity, within: 2 ** 31 + 10 };
    keepAlive(peer, options, scheduler).subscribe({ error: () => frames.push(scheduler.frame) });
    scheduler.flush();
    expect(frames).toEqual([2 ** 31 + 10]);
    expect(scheduler.longest).toBe(2 ** 31 - 1);
  });

  it('does not count while the channel is not read', () => {
    marbles(({ hot, expectObservable }) => {
      const paused = hot('  --p---------r---------', { p: true, r: false });
      //                    looked at, and found paused, at 5 and 10
      const expected = '    ---------------#';
      const peer = new FakePeer(hot('-'), hot('-'));
      paused.subscribe(isPaused => (peer.isPaused = isPaused));
      expectObservable(errs(peer)).toBe(expected, undefined, 'peer_disconnected');
    });
  });

  it('begins anew with the heartbeat behind bytes of which nothing was delivered', () => {
    marbles(({ hot, expectObservable }) => {
      const bytes = hot('   --b------------', { b: undefined });
      //                    found by the heartbeat at 4, and no others at 8
      const expected = '    -----------#';
      const peer = new FakePeer(hot('-'), hot('-'));
      bytes.subscribe(() => peer.arrivals++);
      expectObservable(errs(peer, { every: 4, within: 7 })).toBe(expected, undefined, 'peer_disconnected');
    });
  });

  it('does not begin anew with the heartbeat behind bytes that were delivered', () => {
    marbles(({ hot, expectObservable }) => {
      const bytes = hot('   --b------------', { b: undefined });
      const messages = hot('--m------------', values);
      const expected = '    ---------#';
      const peer = new FakePeer(messages, hot('-'));
      bytes.subscribe(() => peer.arrivals++);
      expectObservable(errs(peer, { every: 4, within: 7 })).toBe(expected, undefined, 'peer_disconnected');
    });
  });

  it('begins anew with each heartbeat while the channel is not read', () => {
    marbles(({ hot, expectObservable }) => {
      const paused = hot('  --p--r-----------', { p: true, r: false });
      //                    found paused by the heartbeat at 4, and not at 8
      const expected = '    -----------#';
      const peer = new FakePeer(hot('-'), hot('-'));
      paused.subscribe(isPaused => (peer.isPaused = isPaused));
      expectObservable(errs(peer, { every: 4, within: 7 })).toBe(expected, undefined, 'peer_disconnected');
    });
  });

  it('is not made longer than within by a clock that is set back', () => {
    class Unsteady extends VirtualTimeScheduler {
      back = 0;
      override now = (): number => this.frame - this.back;
    }
    const scheduler = new Unsteady();
    const frames: number[] = [];
    const peer = new FakePeer(new Subject(), new Subject());
    keepAlive(peer, { every: Infinity, within: 10 }, scheduler).subscribe({
      error: () => frames.push(scheduler.frame),
    });
    scheduler.schedule(() => (scheduler.back = 1_000_000), 5);
    scheduler.flush();
    expect(frames).toEqual([20]);
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
