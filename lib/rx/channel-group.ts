import { Observable, type Subject } from 'rxjs';
import type { GroupCore } from '../engine/group-core.js';
import type { WaitOptions } from '../engine/waiting.js';
import type { BinaryHeader, Message } from '../message/message.js';
import { Multicast } from './multicast.js';
import { PostSink } from './post-sink.js';

/**
 * A group of channels, as a hot Observable of everything it learns: peers' messages and the engine's, in order.
 *
 * Hot, no replay: but what arrived while nobody read waits in the inbox, each message with its slot, and is delivered inside the first
 * `subscribe`. Emits synchronously while a socket is read. Completes when the group is destroyed, behind what came back unsent and each channel_closed. Never errors: a channel's
 * failure is a message.
 *
 * A subscriber gets shared, read-only messages; their slots come back when the synchronous dispatch ends, unless somebody
 * retained them (`pooled`, windows, `message.retain()`). One that posts inside `next` never makes another see messages out of order; one that throws loses nothing for the others.
 *
 * @example
 * group.subscribe(m => console.log(m.dump()));
 */
export class ChannelGroup extends Observable<Message> implements AsyncIterable<Message>, AsyncDisposable {
  /** @internal */
  readonly core: GroupCore;
  /**
   * Posting as a Subject: `source$.subscribe(group.sink)`. Its subscribers see what was posted, as spent handles. A message that `post` would
   * refuse comes back on the group's stream instead: origin engine, with the status that names the fault. Sources that complete or
   * fail leave it open; it completes with the group.
   */
  readonly sink: Subject<Message>;
  /**
   * The engine's side of the stream: failures, what came back, pool_empty, channel_closed. A tap: it takes nothing, empties no inbox
   * and brakes nobody. Hot; completes with the group.
   */
  readonly status$: Observable<Message>;

  /** @internal */
  constructor(core: GroupCore) {
    const { stream } = core;
    const subscribers = new Multicast<Message>();
    const taps = new Multicast<Message>();
    super(subscriber => {
      // `forkJoin` and others subscribe with one that is closed already: it must not take the inbox with it.
      if (subscriber.closed) return undefined;
      if (stream.isCompleted) {
        subscriber.complete();
        return undefined;
      }
      const isFirst = subscribers.isEmpty;
      subscriber.add(() => {
        subscribers.remove(subscriber);
        if (subscribers.isEmpty) stream.detach();
      });
      subscribers.add(subscriber);
      if (isFirst) stream.attach(subscribers);
      return undefined;
    });
    const sink = new PostSink(core);
    this.core = core;
    this.sink = sink;
    this.status$ = new Observable(subscriber => {
      if (stream.isCompleted) {
        subscriber.complete();
        return undefined;
      }
      taps.add(subscriber);
      stream.setTap(message => {
        taps.next(message);
      });
      return () => {
        taps.remove(subscriber);
        if (taps.isEmpty) stream.setTap(null);
      };
    });
    stream.onComplete(() => {
      subscribers.complete();
      taps.complete();
      sink.end();
    });
  }

  /**
   * Posts a message: it is accepted for processing, and what becomes of it comes back as messages. Accepted never means sent. The
   * message's handle is spent and its slot free; id 0 becomes the next number of the process, channel 0 of a Hello or Welcome a new one.
   *
   * @returns the header as assigned
   * @throws TofuError, and the message stays the caller's as it was: the checks of protocol.md section 5 in their order,
   * `shutdown_started` on a destroyed group or engine, `not_allowed` for an operation that does not fit its channel as it is, and
   * `pool_empty` when the channel's send queue would pass `maxQueuedBytes` (wait for `writable`)
   */
  post(message: Message): BinaryHeader {
    return this.core.post(message);
  }

  /**
   * The next message of the stream, for the caller to own: put it, or post it again.
   *
   * @param ms how long to wait; 0 and less not at all, Infinity (the default) for ever
   * @returns null when nothing came in time
   * @throws TofuError `shutdown_started` once the group or the engine is destroyed, `not_allowed` while the group has a subscriber or
   * another pull waits, or when `ms` is no number
   */
  waitReceive(ms?: number, options?: WaitOptions): Promise<Message | null> {
    return this.core.waitReceive(ms, options);
  }

  /**
   * Puts a message on the group's own stream, behind what is there: to wake its reader, or to tell it something.
   *
   * @param message arrives with status `receiver_update`, its other fields as they are; it is used up, its slot moves along. Without one
   * a Signal of the engine arrives, with channel 0 and id 0
   * @throws TofuError `shutdown_started` on a destroyed group or engine; as `post` for a message that is not the caller's own
   */
  updateReceiver(message?: Message | null): void {
    this.core.updateReceiver(message);
  }

  /**
   * Takes everything that is delivered on one channel, before the group's subscribers and instead of the inbox: peers' messages, the
   * engine's, and what comes back unsent. A listener's claimant gets the HelloRequests of its connections, too. The claim ends when it
   * is disposed, and after channel_closed. What `receiver` throws is reported as RxJS reports errors that nobody handles.
   *
   * @throws TofuError `invalid_channel_number` for a number that is not open, `invalid_message_channel_group` for another group's channel,
   * `not_allowed` when the channel is claimed already
   */
  claim(channelNumber: number, receiver: (message: Message) => void): Disposable {
    return this.core.claim(channelNumber, receiver);
  }

  /**
   * Resolves when the channel's send queue is below half of `maxQueuedBytes`; a listener's always is.
   *
   * @throws TofuError `channel_closed` when the channel closes first; as `claim` for numbers that are not open or another group's
   */
  writable(channelNumber: number, options?: WaitOptions): Promise<void> {
    return this.core.writable(channelNumber, options);
  }

  /**
   * Closes the group's channels and completes its stream. What was posted and not sent comes back to subscribers and claimants, then each
   * channel_closed; a `waitReceive` that waits rejects with `shutdown_started`. What is in the inbox is dropped, its slots are free.
   * Destroying twice is harmless.
   *
   * @returns when every socket of the group is closed; a signal gives up the waiting, not the destroying
   */
  destroy(options?: WaitOptions): Promise<void> {
    return this.core.destroy(options);
  }

  /** Whether the group was destroyed. */
  get isDestroyed(): boolean {
    return this.core.isDestroyed;
  }

  /** Pulls messages until the group is destroyed; each is put back at the next pull, the last one when the loop is left. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this.core[Symbol.asyncIterator]();
  }

  /** The same as `destroy()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }
}
