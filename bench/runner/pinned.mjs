import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const cores = availableParallelism();

/** Whether a process can be kept on one core here: with taskset, and two cores to choose from. */
export const canPin = cores > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;

/** A command kept on a core; left alone where `core` is undefined, or it cannot be done. */
export const onCore = (command, core) =>
  canPin && core !== undefined ? ['taskset', '-c', String(core), ...command] : command;

/** A command for a process that is on a core, which need not stay there. */
export const onAnyCore = command => (canPin ? ['taskset', '-c', `0-${cores - 1}`, ...command] : command);
