import { setTimeout as wait } from 'node:timers/promises';
import { begin, end, gauge } from './round.mjs';

/** How long a cell goes at a time. What slows the machine down for a moment meets all of them alike. */
const TURN_MS = 100;
/** A process that was stopped comes back to cold caches, and this is not counted. */
const COLD_MS = 25;

/**
 * One round of cells that are there all at once, and of which one goes at a time while the others are stopped (SIGSTOP: not on Windows). Fresh processes,
 * each warmed up alone; then `ms` of running for each, in turns.
 *
 * @param cells with their workload
 * @returns for each turn what each cell has done in it
 */
export async function playInTurns(cells, options) {
  const other = cells.find(({ workload: { kind } }) => kind !== 'ask' && kind !== 'pour');
  if (other !== undefined) throw new Error(`--alternate is for rates, and ${other.workload.name} has none`);
  const live = [];
  try {
    for (const { workload, ...cell } of cells) {
      const sides = await begin(cell, workload, options);
      live.push(sides);
      await wait(options.warmUpMs);
      each(sides, side => side.stop());
    }
    const turns = [];
    while (turns.length * TURN_MS < options.ms) {
      const turn = new Array(cells.length);
      const order = [...cells.keys()];
      for (const index of turns.length % 2 === 0 ? order : order.reverse())
        turn[index] = await goOnce(live[index], cells[index].workload);
      turns.push(turn);
    }
    return turns;
  } finally {
    for (const sides of live) {
      each(sides, side => side.goOn());
      await end(sides);
    }
  }
}

async function goOnce(sides, workload) {
  each(sides, side => side.goOn());
  const figures = await gauge(sides, workload, { warmUpMs: COLD_MS, ms: TURN_MS });
  each(sides, side => side.stop());
  return figures;
}

const each = ({ server, client }, act) => [server, client].forEach(act);
