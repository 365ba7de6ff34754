/**
 * Runs a schedule for one seed after another, and names the seed of one that fails. `SEEDS=5000 FROM=1 npx jest FILE` runs more of them, or another
 * one again.
 */
export async function forEverySeed(usual: number, run: (seed: number) => Promise<void>): Promise<void> {
  const from = Number(process.env['FROM'] ?? 1);
  const count = Number(process.env['SEEDS'] ?? usual);
  for (let seed = from; seed < from + count; seed++) {
    try {
      await run(seed);
    } catch (error) {
      throw new Error(`seed ${String(seed)}: ${(error as Error).message}`, { cause: error });
    }
  }
}
