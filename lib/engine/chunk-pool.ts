/** Bytes of a chunk: room for many small frames beyond the early flush, and little to lose when it is let go. */
const CHUNK_BYTES = 16 * 1024;

/** How many free chunks are kept. */
const KEPT_CHUNKS = 64;

/** Chunks that send queues fill, shared by an engine's channels: one that has nothing to send has no chunk. */
export class ChunkPool {
  readonly #free: Buffer[] = [];

  /** A chunk with room for at least `length` bytes. Its content is whatever it was: queues hand over only what they wrote. */
  take(length: number): Buffer {
    if (length > CHUNK_BYTES) return Buffer.allocUnsafeSlow(length);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  }

  /** A chunk that nobody refers to any more. */
  giveBack(chunk: Buffer): void {
    if (chunk.length === CHUNK_BYTES && this.#free.length < KEPT_CHUNKS) this.#free.push(chunk);
  }
}
