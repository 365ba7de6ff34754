import { randomBytes } from 'node:crypto';
import { type BigIntStats, lstat, lstatSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** How long a connect to a socket file may take before its listener counts as live. */
const PROBE_MS = 1_000;

/** A path in the temporary folder that no file has. */
export function freeSocketPath(): string {
  return path.join(os.tmpdir(), `rxtofu-${String(process.pid)}-${randomBytes(6).toString('hex')}.sock`);
}

/**
 * Removes a socket file that nobody listens on any more. A live one, a plain file and a folder stay
 * untouched (protocol.md section 11). `done` hears whether the path is free now.
 */
export function removeStaleSocket(file: string, done: (removed: boolean) => void): void {
  lstat(file, { bigint: true }, (error, stats) => {
    if (error !== null || !stats.isSocket()) {
      done(false);
      return;
    }
    isStale(file, stale => {
      done(stale && removeUnchanged(file, stats));
    });
  });
}

/** Removes a file that is still the one that was found stale. In one go: another listener may have replaced it since, and live there. */
function removeUnchanged(file: string, stats: BigIntStats): boolean {
  try {
    const { ino, ctimeNs } = lstatSync(file, { bigint: true });
    if (ino !== stats.ino || ctimeNs !== stats.ctimeNs) return false;
    unlinkSync(file);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** Only a refused connection proves that nobody listens: a full backlog or a missing permission does not. */
function isStale(file: string, answer: (stale: boolean) => void): void {
  const probe = net.connect({ path: file });
  probe.setTimeout(PROBE_MS, () => probe.destroy());
  let stale = false;
  probe.once('connect', () => probe.destroy());
  probe.once('error', (error: NodeJS.ErrnoException) => {
    stale = error.code === 'ECONNREFUSED';
  });
  probe.once('close', () => {
    answer(stale);
  });
}
