const TWO_32 = 0x1_0000_0000;

/**
 * A `Math.random` that gives the same numbers for the same seed, for tests that draw lots: `backoff({ random: seededRandom(7) })`.
 *
 * @param seed a whole number; 32 bits of it count
 * @returns a function that answers with the next number of 0 up to, but not including, 1
 */
export function seededRandom(seed: number): () => number {
  // A counter whose bits are mixed anew for each number (the finisher of a 32-bit hash).
  let counter = seed >>> 0;
  return () => {
    counter = (counter + 0x9e37_79b9) >>> 0;
    let bits = counter;
    bits = Math.imul(bits ^ (bits >>> 16), 0x21f0_aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a_2d97);
    return ((bits ^ (bits >>> 15)) >>> 0) / TWO_32;
  };
}
