// In a child: answers its parent's questions, and ends with it.
import { readdirSync } from 'node:fs';

/** How many files, sockets included, the process has open; 0 where /proc does not tell. */
function openFiles() {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

/** What the process holds, behind a collection. */
function held(engine) {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const { used, beyond } = engine.pool.stats();
  return { heap: heapUsed, rss, files: openFiles(), slots: used + beyond };
}

/** What an engine still has under way. */
function underWay(engine) {
  const { channels, slots, queuedBytes, requests } = engine.stats();
  const { connecting, ready, closing } = channels;
  return { channels: connecting + ready + closing, slots: slots.used + slots.beyond, queuedBytes, requests };
}

/**
 * Answers the questions of child.mjs: `sample`, `rest`, and `end`, which ends the process. A parent that is gone ends it, too: nothing that
 * a soak started outlives it.
 *
 * @param counted what this process counts beside
 * @param leave what there is to do before the end
 */
export function reportSelf(engine, counted, leave = () => Promise.resolve()) {
  const orphaned = () => process.exit(1);
  process.once('disconnect', orphaned);
  const answers = {
    sample: () => ({ ...held(engine), ...counted() }),
    rest: () => ({ ...underWay(engine), ...counted() }),
    end: async () => {
      await leave();
      const rest = answers.rest();
      await engine.destroy();
      return rest;
    },
  };
  process.on('message', async ({ call, question }) => {
    const answer = await answers[question]();
    process.send({ call, answer }, () => {
      if (question !== 'end') return;
      process.off('disconnect', orphaned);
      process.disconnect();
    });
  });
}
