import { workloads } from '../workloads.mjs';
import { playInTurns } from './alternate.mjs';
import { playRound } from './round.mjs';

/**
 * Plays the cells of one comparison in turns, round by round, so that what else the machine does meets all of them; every other round backwards, so that
 * none always comes behind the same other. Where `options.isAlternating`, the cells of a round live at once, go in short turns, and each turn counts as a round.
 *
 * @returns for each cell its rounds, in order
 */
export async function compare(cells, options) {
  const results = cells.map(cell => ({ ...cell, rounds: [] }));
  const play = async result => {
    result.rounds.push(await playRound(result, workloadOf(result, options), options));
    options.onRound?.(result);
  };
  const alternate = async inTurn => {
    const turns = await playInTurns(
      inTurn.map(result => ({ ...result, workload: workloadOf(result, options) })),
      options,
    );
    for (const [index, result] of inTurn.entries()) {
      result.rounds.push(...turns.map(turn => turn[index]));
      options.onRound?.(result);
    }
  };
  for (let round = 0; round < options.rounds; round++) {
    const inTurn = round % 2 === 0 ? results : results.toReversed();
    if (options.isAlternating) await alternate(inTurn);
    else if (options.isTogether) await Promise.all(inTurn.map(play));
    else for (const result of inTurn) await play(result);
  }
  return results;
}

function workloadOf({ workload: name }, { idle, messages }) {
  const workload = { name, ...workloads[name] };
  if (idle !== undefined && 'idle' in workload) workload.idle = idle;
  if (workload.kind === 'slow' && messages !== undefined) workload.messages = messages;
  return workload;
}
