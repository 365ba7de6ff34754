/**
 * What is compared with what. The cells of a comparison take turns within a round, and the first is what the others are measured by.
 *
 * @typedef {{ label: string, subject: string, workload: string }} Cell
 */

const bySubject = (workload, subjects) => subjects.map(subject => ({ label: subject, subject, workload }));
const byWorkload = (subject, workloads) =>
  workloads.map(workload => ({ label: `${subject} ${workload}`, subject, workload }));

const asking = ['floor', 'engine', 'post', 'peer', 'rx'];
const pouring = ['floor', 'engine', 'post'];

/** @type {Record<string, Cell[][]>} */
export const experiments = {
  W1: [bySubject('W1', asking)],
  W2: [bySubject('W2', asking)],
  W3: [bySubject('W3', pouring)],
  W4: [bySubject('W4', pouring)],
  W6: [bySubject('W6', ['floor', 'floor beside RxJS', 'pooled', 'concatMap'])],
  'in-flight': [
    byWorkload('peer', ['in-flight-10', 'in-flight-1000', 'in-flight-10000', 'in-flight-10-of-10000']),
    byWorkload('post', ['in-flight-10', 'in-flight-1000', 'in-flight-10000']),
  ],
};
