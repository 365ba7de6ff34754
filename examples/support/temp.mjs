import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder that is gone when this process ends, whichever way it ends. */
export function tempFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'rxtofu-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // A signal ends a process without 'exit', unless somebody asks for it.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  return folder;
}
