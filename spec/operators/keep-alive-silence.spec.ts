import {
  type Observable,
  type SchedulerAction,
  Subject,
  type Subscription,
  VirtualTimeScheduler,
} from 'rxjs';
import { type AlivePeer, keepAlive, type KeepAliveOptions, type Message } from '../../lib/index.js';
import { FakePeer, values } from '../support/fake-peer.js';
import { codes, marbles } from '../support/virtual-time.js';

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
