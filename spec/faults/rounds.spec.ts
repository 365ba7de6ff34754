import { eventually } from '../support/eventually.js';
import { planOf } from '../support/fault-plan.js';
import { FaultRound, type Tally } from '../support/fault-round.js';

/** `npm run faults` plays more of them, and others: see `.ci/faults.mjs`. */
const ROUNDS = Number(process.env['ROUNDS'] ?? 50);
const SEED = Number(process.env['SEED'] ?? 1);
const IS_TOLD = process.env['ROUNDS'] !== undefined;

/** What this process holds open: sockets, listeners, processes. */
function handles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) {
    if (/TCP|Pipe|Process/.test(name)) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function tell(line: string): void {
  if (IS_TOLD) process.stdout.write(`${line}\n`);
}

async function play(seed: number): Promise<Tally> {
  const plan = planOf(seed);
  const before = handles();
  try {
    const tally = await new FaultRound(plan).play();
    await eventually(`no handle is left beyond ${JSON.stringify(before)}`, () =>
      Object.entries(handles()).every(([name, count]) => count <= (before[name] ?? 0)),
    );
    return tally;
  } catch (error) {
    const replay = `npm run faults -- --rounds 1 --seed ${String(seed)}`;
    throw new Error(`${replay}\n${JSON.stringify(plan)}\n${String(error)}`, { cause: error });
  }
}

it(
  `whatever befalls servers, connections and processes, every message is received, or comes back, or was under way (seed ${String(SEED)})`,
  async () => {
    const sum: Tally = { posted: 0, received: 0, returned: 0, channels: 0 };
    const deeds = new Map<string, number>();
    for (let n = 0; n < ROUNDS; n++) {
      const { place, deed } = planOf(SEED + n);
      const tally = await play(SEED + n);
      for (const key of Object.keys(sum) as (keyof Tally)[]) sum[key] += tally[key];
      deeds.set(`${place}: ${deed}`, (deeds.get(`${place}: ${deed}`) ?? 0) + 1);
      if ((n + 1) % 100 === 0) tell(`${String(n + 1)} rounds: ${JSON.stringify(sum)}`);
    }
    tell(`seeds ${String(SEED)} to ${String(SEED + ROUNDS - 1)}: ${JSON.stringify(sum)}`);
    for (const [deed, count] of [...deeds].sort()) tell(`  ${deed}: ${String(count)}`);
    expect(sum.received).toBeGreaterThan(0);
  },
  Math.max(60_000, ROUNDS * 2_000),
);
