import { ChunkPool } from '../../lib/engine/chunk-pool.js';

describe('the chunk pool', () => {
  it('gives chunks with room for what is asked', () => {
    const pool = new ChunkPool();
    for (const length of [1, 16, 16_384, 16_385, 65_551]) {
      expect(pool.take(length).length).toBeGreaterThanOrEqual(length);
    }
  });

  it('gives no chunk to two at a time', () => {
    const pool = new ChunkPool();
    const chunks = Array.from({ length: 20 }, () => pool.take(100));
    expect(new Set(chunks.map(chunk => chunk.buffer)).size).toBe(20);
  });

  it('gives again what was given back', () => {
    const pool = new ChunkPool();
    const chunk = pool.take(100);
    pool.giveBack(chunk);
    expect(pool.take(100)).toBe(chunk);
    expect(pool.take(100)).not.toBe(chunk);
  });

  it('keeps no chunk that was made for one large frame', () => {
    const pool = new ChunkPool();
    const large = pool.take(65_551);
    pool.giveBack(large);
    expect(pool.take(65_551)).not.toBe(large);
  });

  it('keeps a bounded number of them', () => {
    const pool = new ChunkPool();
    const chunks = new Set(Array.from({ length: 1_000 }, () => pool.take(100)));
    for (const chunk of chunks) pool.giveBack(chunk);
    const again = Array.from({ length: 1_000 }, () => pool.take(100)).filter(chunk => chunks.has(chunk));
    expect(again.length).toBeGreaterThan(0);
    expect(again.length).toBeLessThan(200);
  });
});
