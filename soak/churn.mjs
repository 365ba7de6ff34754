// Clients that come and go: some leave in order, some are killed in the middle of what they do.
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.mjs';

const LONGEST_MS = 3_000;
/** Of those that come, so many are killed. */
const KILLED = 0.4;

/** Keeps `places` places filled with one client after another until `signal` aborts; what became of all of them. */
export async function churn(port, places, signal) {
  const tally = { left: 0, killed: 0, asked: 0, failed: 0 };
  await Promise.all(Array.from({ length: places }, () => keepPlace(port, signal, tally)));
  return tally;
}

async function keepPlace(port, signal, tally) {
  while (!signal.aborted) {
    const client = new Child('client', String(port));
    const isKilled = Math.random() < KILLED;
    // Aborted: it goes at once.
    await sleep(Math.random() * LONGEST_MS, null, { signal }).catch(() => undefined);
    if (isKilled) {
      client.kill();
      const how = await client.exited;
      if (how === 'SIGKILL') tally.killed++;
      else tally.failed++;
      continue;
    }
    try {
      await client.ready();
      const { asked, wrong, ...left } = await client.end();
      tally.left++;
      tally.asked += asked;
      if (wrong > 0 || Object.values(left).some(count => count > 0)) throw new Error(JSON.stringify(left));
    } catch (error) {
      client.kill();
      console.error(`soak: a client that left: ${error.message}`);
      tally.failed++;
    }
  }
}
