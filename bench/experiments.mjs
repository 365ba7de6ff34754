import { rivalNames } from './rivals/index.mjs';

/**
 * What is compared with what. The cells of a comparison take turns within a round, and each is measured by the one that is its base: the first, where it
 * names none. `cores` are those of server and client, if not 0 and 1.
 *
 * @typedef {{ label: string, subject: string, workload: string, dist?: string, base?: string, cores?: [number, number] }} Cell
 */

const bySubject = (workload, subjects) => subjects.map(subject => ({ label: subject, subject, workload }));
const byWorkload = (subject, workloads) =>
  workloads.map(workload => ({ label: `${subject} ${workload}`, subject, workload }));

const floors = ['floor', 'floor without early flush'];
const asking = [...floors, 'engine', 'post', 'post on credit', 'peer', 'rx', ...rivalNames];
const pouring = [...floors, 'engine', 'post', 'post on credit', 'peer', ...rivalNames];
const onOneCore = cells => cells.map(cell => ({ ...cell, cores: [0, 0] }));
/** Each is measured by itself without the one that holds every slot. */
const fairness = answer =>
  [1, 4, 16].map(inFlight =>
    byWorkload('peer', [`fair-${answer}-${inFlight}`, `fair-${answer}-${inFlight}-held`]),
  );
const withIdle = subject => byWorkload(subject, ['idle-0', 'idle-10000']);

/** @type {Record<string, Cell[][]>} */
export const experiments = {
  W1: [bySubject('W1', asking)],
  W2: [bySubject('W2', asking)],
  W3: [bySubject('W3', pouring)],
  W4: [bySubject('W4', pouring)],
  'W2-one-core': [onOneCore(bySubject('W2', asking))],
  W5: [bySubject('W5', asking)],
  W6: [bySubject('W6', ['floor', 'floor beside RxJS', 'pooled', 'pooled without credit', 'concatMap'])],
  'in-flight': [
    byWorkload('peer', ['in-flight-10', 'in-flight-1000', 'in-flight-10000', 'in-flight-10-of-10000']),
    byWorkload('post', ['in-flight-10', 'in-flight-1000', 'in-flight-10000']),
  ],
  idle: ['floor', 'post', 'peer', 'ws'].map(withIdle),
  fairness: [...fairness('promise'), ...fairness('timer')],
  memory: [bySubject('rest', ['floor', 'post', 'peer', 'ws'])],
};

/** Subjects that use no build of the library. */
const byHand = [...floors, 'floor beside RxJS', ...rivalNames];

/**
 * The same cells on each of several builds of the library: each build is measured by the first, for the same subject.
 *
 * @param {Cell[]} cells
 * @param {{ name: string, path: string }[]} builds
 * @returns {Cell[]}
 */
export function onEachBuild(cells, builds) {
  return cells.flatMap(cell =>
    byHand.includes(cell.subject)
      ? [{ ...cell, base: cell.label }]
      : builds.map(({ name, path }) => ({
          ...cell,
          label: `${cell.label}, ${name}`,
          dist: path,
          base: `${cell.label}, ${builds[0].name}`,
        })),
  );
}
