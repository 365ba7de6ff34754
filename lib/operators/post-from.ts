import { isObservable, map, Observable, type Subscriber } from 'rxjs';
import type { EngineMessage } from '../message/engine-message.js';
import type { BinaryHeader, Message } from '../message/message.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { assertFunction, assertGroup } from '../rx/arguments.js';
import { fitting, leave } from '../rx/async-source.js';
import type { ChannelGroup } from '../rx/channel-group.js';

/** Where `postFrom` takes its items: an async iterable (a Node Readable is one), or an Observable. What is both is pulled. */
export type PostSource<T> = AsyncIterable<T> | Observable<T>;

/** Fills the message of an item; `index` counts from 0. */
export type BuildMessage<T> = (item: T, message: Message, index: number) => void;

/**
 * Posts a message for each item of a source, in order, no faster than the channel takes them.
 *
 * An async iterable and a Node Readable are pulled: when the channel's send queue is full (`maxQueuedBytes`), the next item is not asked for before it is
 * short again, so that a file or a database cursor follows the pace of the peer. A Readable of bytes is cut at 65,535 bytes, the most that a body holds.
 * An Observable can't be slowed: each item is posted as it comes, and one that outruns its channel past `maxQueuedBytes` ends with `pool_empty`.
 *
 * `build` gets an empty Request, without a slot, and gives it at least its channel number and its body. It copies what it takes: a source may use its buffers again.
 *
 * Cold, as far as the source is: each subscription takes the source's items anew. Emits the header of each message as it was assigned, behind its post. Completes
 * when all are posted, which is not to say sent. Errors with what the source or `build` throws, with what `post` throws, and with `channel_closed` when the
 * channel closes while it is waited for. Unsubscribing stops pulling: the iterator's `return` is called, a Readable is destroyed, and a message that was
 * built and not posted is put back.
 *
 * @throws TofuError `not_allowed` when `source` is neither
 * @example
 * postFrom(group, createReadStream('movie.mkv'), (bytes, message) => {
 *   message.channelNumber = channelNumber;
 *   message.messageId = id;
 *   message.more = true;
 *   message.body.append(bytes);
 * }).subscribe({ complete: () => postLast(id) });
 */
export function postFrom<T>(
  group: ChannelGroup,
  source: PostSource<T>,
  build: BuildMessage<T>,
): Observable<BinaryHeader> {
  assertGroup(group);
  assertFunction('build', build);
  const draft = (item: T, index: number): EngineMessage => {
    // Without a slot: one that waits for its channel must not keep the others from receiving.
    const message = group.core.context.pool.unslotted();
    orPut(message, () => {
      build(item, message, index);
    });
    return message;
  };
  if (isAsyncIterable(source)) return new Observable(pulling(group, source, draft));
  if (isObservable(source)) {
    return source.pipe(
      map((item, index) => {
        const message = draft(item, index);
        return orPut(message, () => group.post(message));
      }),
    );
  }
  throw new TofuError(
    Status.notAllowed,
    `postFrom was given a source of type ${typeof source}, which is neither async iterable nor an Observable`,
  );
}

/** What an Observable does that pulls from `source`. */
function pulling<T>(
  group: ChannelGroup,
  source: AsyncIterable<T>,
  draft: (item: T, index: number) => EngineMessage,
): (subscriber: Subscriber<BinaryHeader>) => void {
  return subscriber => {
    const items = source[Symbol.asyncIterator]();
    const gone = new AbortController();
    let isOver = false;
    const pull = async (): Promise<IteratorResult<T, unknown>> => {
      try {
        const pulled = await items.next();
        isOver = pulled.done === true;
        return pulled;
      } catch (error) {
        // One that throws has ended, and is not told to return.
        isOver = true;
        throw error;
      }
    };
    const pump = async (): Promise<void> => {
      let index = 0;
      for (let pulled = await pull(); pulled.done !== true; pulled = await pull()) {
        for (const item of fitting(source, pulled.value)) {
          if (subscriber.closed) return;
          subscriber.next(await postWhenTaken(group, draft(item, index++), gone.signal));
        }
        if (subscriber.closed) return;
      }
      subscriber.complete();
    };
    subscriber.add(() => {
      gone.abort();
      if (!isOver) void leave(source, items);
    });
    pump().catch((error: unknown) => {
      if (!subscriber.closed) subscriber.error(error);
    });
  };
}

/** Posts a message; while its channel is full, it waits. */
async function postWhenTaken(
  group: ChannelGroup,
  message: EngineMessage,
  signal: AbortSignal,
): Promise<BinaryHeader> {
  try {
    for (;;) {
      try {
        return group.post(message);
      } catch (error) {
        if (!(error instanceof TofuError) || error.status !== Status.poolEmpty) throw error;
      }
      await group.core.writable(message.channel, { signal });
    }
  } catch (error) {
    message[Symbol.dispose]();
    throw error;
  }
}

/** What `use` does with a message; the message is put where that throws. */
function orPut<R>(message: Message, use: () => R): R {
  try {
    return use();
  } catch (error) {
    message[Symbol.dispose]();
    throw error;
  }
}

function isAsyncIterable<T>(source: PostSource<T>): source is AsyncIterable<T> {
  return typeof source === 'object' && source !== null && Symbol.asyncIterator in source;
}
