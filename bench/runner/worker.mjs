// One side of one round, as a process of its own: node worker.mjs SUBJECT SIDE WORKLOAD
import { subjects } from '../subjects/index.mjs';
import { Side } from './side.mjs';

const [subjectName, role, workloadJson] = process.argv.slice(2);
const workload = JSON.parse(workloadJson);
const subject = await subjects[subjectName]();
const side = new Side(message => process.send(message), workload);

const answers = {
  start: ({ port }) => {
    void (role === 'server' ? subject.server(workload, side) : subject.client(workload, port, side));
    return {};
  },
  sample: () => side.sample(),
  memory: () => side.memory(),
  verdict: () => side.verdict(),
};

process.on('message', ({ call, question, ...rest }) => {
  // An orderly exit: a CPU profile is written in it.
  if (question === 'end') process.exit();
  process.send({ kind: 'answer', call, answer: answers[question](rest) });
});
process.on('disconnect', () => process.exit());
