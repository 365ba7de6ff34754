// Child processes: started, heard of, stopped, and never left behind.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Runs a module as a process of its own, and waits until it says (with `process.send`) that it is ready.
 *
 * @returns the child, what it said, and `exited`: a promise of its exit code and signal
 */
export async function startProcess(moduleUrl, ...args) {
  const child = fork(fileURLToPath(moduleUrl), args);
  const killChild = () => child.kill('SIGKILL');
  process.once('exit', killChild);
  const exited = once(child, 'exit').then(([code, signal]) => {
    process.off('exit', killChild);
    return { code, signal };
  });
  const [ready] = await Promise.race([
    once(child, 'message'),
    exited.then(({ code, signal }) => {
      throw new Error(`process ${child.pid} ended before it was ready (${signal ?? `exit ${code}`})`);
    }),
  ]);
  return { child, ready, exited };
}

/** In a child: resolves when it is to stop, because it was told to or because its parent is gone. */
export async function toldToStop() {
  await Promise.race([once(process, 'SIGTERM'), once(process, 'disconnect')]);
  // Listening for the parent keeps a process alive: this lets it end by itself.
  if (process.connected) process.disconnect();
}
