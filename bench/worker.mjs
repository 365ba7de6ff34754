// One side of one round, as a process: node worker.mjs SUBJECT SIDE WORKLOAD SECONDS
import * as engine from './engine.mjs';
import * as floor from './floor.mjs';
import { workloads } from './workloads.mjs';

const [subjectName, side, workload, seconds] = process.argv.slice(2);
const subject = { engine, floor }[subjectName];
const oneWay = workloads[workload].inFlight === 0;
/** One way, the receiver counts; both ways, whoever asked. */
const counts = side === (oneWay ? 'server' : 'client');

let total = 0;
let began = 0n;
let cpuAtStart;

const count = () => {
  if (counts && total++ === 0) {
    began = process.hrtime.bigint();
    setTimeout(report, Number(seconds) * 1000);
  }
};

function report() {
  const elapsed = Number(process.hrtime.bigint() - began) / 1e9;
  process.send({ kind: 'rate', perSecond: total / elapsed, messages: total });
}

process.on('message', message => {
  if (message.kind === 'port') void subject.drive(workload, message.port, count);
  if (message.kind === 'cpu') {
    const { user, system } = process.cpuUsage(cpuAtStart);
    process.send({ kind: 'cpu', micros: user + system });
  }
});

process.on('disconnect', () => process.exit());

if (side === 'server') void subject.serve(workload, port => process.send({ kind: 'port', port }), count);
cpuAtStart = process.cpuUsage();
process.send({ kind: 'up' });
