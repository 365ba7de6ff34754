import { workloads } from '../workloads.mjs';
import { playRound } from './round.mjs';

/**
 * Plays the cells of one comparison in turns, round by round, so that what else the machine does meets all of them; every other round backwards, so that
 * none always comes behind the same other.
 *
 * @returns for each cell its rounds, in order
 */
export async function compare(cells, options) {
  const results = cells.map(cell => ({ ...cell, rounds: [] }));
  const play = async result => {
    const workload = { name: result.workload, ...workloads[result.workload] };
    if (options.idle !== undefined && 'idle' in workload) workload.idle = options.idle;
    if (workload.kind === 'slow' && options.messages !== undefined) workload.messages = options.messages;
    result.rounds.push(await playRound(result, workload, options));
    options.onRound?.(result);
  };
  for (let round = 0; round < options.rounds; round++) {
    const inTurn = round % 2 === 0 ? results : results.toReversed();
    if (options.isTogether) await Promise.all(inTurn.map(play));
    else for (const result of inTurn) await play(result);
  }
  return results;
}
