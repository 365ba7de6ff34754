// What the farm looks like: bars on a terminal, plain lines elsewhere.
import cliProgress from 'cli-progress';

/** @returns `show`, for an event of the spool (or `killed`), and `stop` */
export function createView(jobs, placeCount) {
  return process.stdout.isTTY ? bars(jobs, placeCount) : lines(jobs);
}

/** A line for the log; null for what only a bar shows. */
function describe(event, printed, total) {
  const { kind, worker, job } = event;
  if (kind === 'joined') return `worker ${worker} takes ${event.languages.join(' and ')}`;
  if (kind === 'killed') return `worker ${worker} is killed`;
  if (kind === 'returned') return `job ${job.id} goes back to the queue: worker ${worker} is lost`;
  if (kind === 'printed')
    return `${printed}/${total}: job ${job.id} (${job.language}, ${job.pages} pages) by worker ${worker}`;
  return null;
}

function lines(jobs) {
  let printed = 0;
  return {
    show(event) {
      if (event.kind === 'printed') printed++;
      const line = describe(event, printed, jobs.length);
      if (line !== null) console.log(line);
    },
    stop() {},
  };
}

function bars(jobs, placeCount) {
  const multi = new cliProgress.MultiBar(
    {
      format: ' {name} {bar} {value}/{total} {what}',
      stream: process.stdout,
      hideCursor: true,
      barsize: 30,
      fps: 20,
    },
    cliProgress.Presets.shades_classic,
  );
  const all = multi.create(jobs.length, 0, { name: 'all jobs ', what: '' });
  // A place keeps its bar when its worker is replaced.
  const places = Array.from({ length: placeCount }, (_, index) =>
    multi.create(1, 0, { name: `worker ${index + 1} `, what: 'starting' }),
  );
  const update = (worker, value, total, what) => {
    const bar = places[parseInt(worker, 10) - 1];
    bar.setTotal(total);
    bar.update(value, { name: `worker ${worker}`, what });
  };
  return {
    show(event) {
      const { kind, worker, job } = event;
      if (kind === 'joined') update(worker, 0, 1, event.languages.join(', '));
      if (kind === 'started') update(worker, 0, job.pages, `job ${job.id} (${job.language})`);
      if (kind === 'page') update(worker, event.page, job.pages, `job ${job.id} (${job.language})`);
      if (kind === 'left') update(worker, 0, 1, 'gone');
      if (kind === 'printed') all.increment();
      if (kind === 'killed' || kind === 'returned') multi.log(`${describe(event)}\n`);
    },
    stop: () => multi.stop(),
  };
}
