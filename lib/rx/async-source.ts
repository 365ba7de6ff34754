import { MAX_BODY_BYTES } from '../message/limits.js';

/** A Node Readable, as far as this needs it. */
interface ReadableLike {
  readonly readableObjectMode: boolean;
  destroy(): void;
}

function isReadable(source: object): source is ReadableLike {
  return 'readableObjectMode' in source && 'destroy' in source && typeof source.destroy === 'function';
}

/** An item, or what has to be made of it: a Readable of bytes cuts where it likes, by default at one byte more than a body holds. */
export function* fitting<T>(source: object, item: T): Generator<T> {
  const isBytes = item instanceof Uint8Array && isReadable(source) && !source.readableObjectMode;
  if (!isBytes || item.length <= MAX_BODY_BYTES) yield item;
  else
    for (let at = 0; at < item.length; at += MAX_BODY_BYTES)
      yield item.subarray(at, at + MAX_BODY_BYTES) as T & Uint8Array;
}

/** Tells a source that no more is wanted of it. An error in that has nobody left to hear it. */
export async function leave(source: object, items: AsyncIterator<unknown>): Promise<void> {
  // The iterator of a Readable would return only behind the chunk that it waits for.
  if (isReadable(source)) source.destroy();
  try {
    await items.return?.();
  } catch {
    // See above.
  }
}
