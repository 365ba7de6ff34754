import {
  asyncScheduler,
  defer,
  ignoreElements,
  interval,
  merge,
  NEVER,
  type Observable,
  repeat,
  type SchedulerLike,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import type { Message } from '../message/message.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { assertPeer, assertScheduler, optionsOf } from '../rx/arguments.js';
import { checkedNumber, LONGEST_WAIT_MS, POSITIVE } from './numeric-option.js';

/** When `keepAlive` speaks, and when it has waited enough. */
export interface KeepAliveOptions {
  /** A heartbeat goes out at every so many ms, more than 0; Infinity sends none. */
  every: number;
  /** How long the other side may be silent, in ms, more than 0: longer than its `every`, with room for a slow network. Infinity for ever. */
  within: number;
}

/** What `keepAlive` needs of a Peer. */
export interface AlivePeer {
  /** Everything that comes on the channel, heartbeats too. */
  readonly messages$: Observable<Message>;
  /** channel_closed, replayed. */
  readonly closed$: Observable<Message>;
  /**
   * @internal Posts a Signal with header `rx-heartbeat: 1`: `signal()` keeps such headers for Peers themselves. Does nothing once a goodbye has begun, behind
   * which no Signal may be sent.
   */
  heartbeat(): void;
  /** @internal Whether nothing can be heard: the channel is not read, for want of slots, or the peer has said bye and may say nothing more. */
  readonly isPaused: boolean;
  /** @internal How often bytes have come of the other side: also such as nobody is shown yet, or ever. */
  readonly arrivals: number;
}

/**
 * Tells the other side that this one is alive, and finds out when the other one is not: a host that lost its power or its
 * network sends no FIN, and TCP alone may take a quarter of an hour to notice.
 *
 * A heartbeat is a Signal with the header `rx-heartbeat: 1`; it costs no credit and no slot, and is not in `signals$`. It is not answered: let both sides run
 * keepAlive. Anything that the other side sends counts as a sign of life: a message when it is delivered; what is not, such as a message that was read
 * and waits for a slot, a grant, or the beginning of a long message, to within `every`. While our own slots are all taken the channel is not read, and
 * that time does not count as silence, to within `every`, too; nor does the time behind the other side's bye, after which it may say nothing.
 *
 * Cold: each subscription has its own heartbeat. Emits nothing. Completes with the channel. Errors with TofuError `peer_disconnected` when nothing
 * at all was heard for `within` ms; the channel stays open, and `peer.abort()` closes it.
 *
 * @throws TofuError `not_allowed`, naming the option, for what is no positive number
 * @example
 * connect(group, address).pipe(
 *   switchMap(peer => merge(work(peer), keepAlive(peer, { every: 1_000, within: 5_000 }))),
 *   retry({ delay: backoff(), resetOnSuccess: true }),
 * );
 */
export function keepAlive(
  peer: AlivePeer,
  options: KeepAliveOptions,
  scheduler: SchedulerLike = asyncScheduler,
): Observable<never> {
  assertPeer(peer);
  assertScheduler(scheduler);
  const given = optionsOf(options);
  const every = checkedNumber('option every', given.every, POSITIVE);
  const within = checkedNumber('option within', given.within, POSITIVE);
  return defer(() => {
    let heardAt = scheduler.now();
    let { arrivals } = peer;
    const heard = (): void => {
      heardAt = scheduler.now();
      arrivals = peer.arrivals;
    };
    /** What is not delivered is not told of, either. */
    const look = (): void => {
      if (peer.isPaused || peer.arrivals !== arrivals) heard();
    };
    /** How much longer the silence may last. A clock that was set back makes it no longer than `within`. */
    const patience = (): number => {
      const now = scheduler.now();
      heardAt = Math.min(heardAt, now);
      return heardAt + within - now;
    };
    const beats$ = interval(Math.min(every, LONGEST_WAIT_MS), scheduler).pipe(
      tap(() => {
        look();
        peer.heartbeat();
      }),
    );
    const heard$ = peer.messages$.pipe(
      tap(message => {
        if (message.isFromApplication()) heard();
      }),
    );
    // One timer, looked at when it is due: setting it anew for each message would cost more than the message.
    const silence$ = defer(() => timer(Math.min(patience(), LONGEST_WAIT_MS), scheduler)).pipe(
      tap(() => {
        look();
        if (patience() > 0) return;
        throw new TofuError(
          Status.peerDisconnected,
          `nothing was heard of the peer for ${String(within)} ms`,
        );
      }),
      repeat(),
    );
    return merge(heard$, every === Infinity ? NEVER : beats$, silence$).pipe(
      ignoreElements(),
      takeUntil(peer.closed$),
    );
  });
}
