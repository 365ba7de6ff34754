import cliProgress from 'cli-progress';

const MIB = 1024 * 1024;

/** Shows how far a transfer is: a bar on a terminal, a line per quarter elsewhere. */
export function showProgress(title, totalBytes) {
  return process.stdout.isTTY ? bar(title, totalBytes) : lines(title, totalBytes);
}

function bar(title, totalBytes) {
  const shown = new cliProgress.SingleBar(
    { format: `   ${title} {bar} {percentage}% of {total} MiB`, hideCursor: true, stream: process.stdout },
    cliProgress.Presets.shades_classic,
  );
  shown.start(Math.ceil(totalBytes / MIB), 0);
  return { update: bytes => shown.update(Math.ceil(bytes / MIB)), stop: () => shown.stop() };
}

function lines(title, totalBytes) {
  let quarters = 0;
  return {
    update(bytes) {
      const reached = Math.floor((4 * bytes) / totalBytes);
      if (reached > quarters)
        console.log(`   ${title} ${25 * reached}% of ${Math.ceil(totalBytes / MIB)} MiB`);
      quarters = Math.max(quarters, reached);
    },
    stop() {},
  };
}
