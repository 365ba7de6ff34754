/**
 * What is compared with what. The cells of a comparison take turns within a round, and each is measured by the one that is its base: the first, where it
 * names none.
 *
 * @typedef {{ label: string, subject: string, workload: string, dist?: string, base?: string }} Cell
 */

const bySubject = (workload, subjects) => subjects.map(subject => ({ label: subject, subject, workload }));
const byWorkload = (subject, workloads) =>
  workloads.map(workload => ({ label: `${subject} ${workload}`, subject, workload }));

const asking = ['floor', 'engine', 'post', 'post on credit', 'peer', 'rx'];
const pouring = ['floor', 'engine', 'post', 'post on credit', 'peer'];

/** @type {Record<string, Cell[][]>} */
export const experiments = {
  W1: [bySubject('W1', asking)],
  W2: [bySubject('W2', asking)],
  W3: [bySubject('W3', pouring)],
  W4: [bySubject('W4', pouring)],
  W6: [bySubject('W6', ['floor', 'floor beside RxJS', 'pooled', 'pooled without credit', 'concatMap'])],
  'in-flight': [
    byWorkload('peer', ['in-flight-10', 'in-flight-1000', 'in-flight-10000', 'in-flight-10-of-10000']),
    byWorkload('post', ['in-flight-10', 'in-flight-1000', 'in-flight-10000']),
  ],
};

/** Subjects that use no build of the library. */
const byHand = ['floor', 'floor beside RxJS'];

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
