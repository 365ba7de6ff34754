// What the tour says: a line a step, checks, and the table at the end.
import { defer, single, tap, throwError, timeout } from 'rxjs';

const STEP_LIMIT_MS = 20_000;

/** Makes steps, and remembers what they moved. `engine` is the one whose counters tell. */
export function createReport(engine) {
  const rows = [];
  const failed = [];
  let checks = 0;

  return {
    /** Notes a fact; one that doesn't hold makes the tour fail, and says so. */
    check(holds, fact) {
      checks++;
      if (holds) return;
      failed.push(fact);
      console.log(`   FAILED: ${fact}`);
    },

    /**
     * A step as an Observable of its line: cold, and an error when there is not exactly one line, or none in time. What the step moved
     * goes into the table.
     *
     * @param action makes the step's Observable when its turn has come
     */
    step(title, action) {
      return defer(() => {
        const before = engine.stats();
        const startedAt = performance.now();
        const tooLate = () => throwError(() => new Error(`${title}: no end after ${STEP_LIMIT_MS} ms`));
        return defer(action).pipe(
          single(),
          timeout({ first: STEP_LIMIT_MS, with: tooLate }),
          tap(line => {
            const ms = performance.now() - startedAt;
            const after = engine.stats();
            const sent = after.messagesOut - before.messagesOut;
            const received = after.messagesIn - before.messagesIn;
            const bytes = after.bytesOut - before.bytesOut + (after.bytesIn - before.bytesIn);
            rows.push({ title, sent, received, bytes, ms });
            console.log(`${rows.length}. ${title}: ${line}`);
          }),
        );
      });
    },

    /** The table of all steps. */
    summary() {
      const header = ['step', 'sent', 'received', 'MiB', 'ms', 'messages/s', 'MiB/s'];
      const body = rows.map(({ title, sent, received, bytes, ms }) => {
        const mebibytes = bytes / 2 ** 20;
        const seconds = ms / 1000;
        return [
          title,
          String(sent),
          String(received),
          mebibytes.toFixed(1),
          ms.toFixed(0),
          ((sent + received) / seconds).toFixed(0),
          (mebibytes / seconds).toFixed(1),
        ];
      });
      return table([header, ...body]);
    },

    /** How the checks went; null in `failure` when all held. */
    verdict() {
      const failure =
        failed.length === 0 ? null : `${failed.length} of ${checks} checks failed: ${failed.join('; ')}`;
      return { checks, failure };
    },
  };
}

/** Rows of words in columns: the first to the left, the others to the right. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  const lines = rows.map(row =>
    row
      .map((word, column) => (column === 0 ? word.padEnd(widths[0]) : word.padStart(widths[column])))
      .join('  '),
  );
  lines.splice(1, 0, widths.map(width => '-'.repeat(width)).join('  '));
  return lines.join('\n');
}
