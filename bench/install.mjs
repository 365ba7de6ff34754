import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Whether what rxtofu is measured beside is there. */
export const isInstalled = () => existsSync(new URL('node_modules', import.meta.url));

/** Installs this folder's packages, once. @returns whether they are there */
export function install() {
  if (isInstalled()) return true;
  console.error('bench: installing what rxtofu is measured beside (npm ci --prefix bench)');
  const { status } = spawnSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], {
    // What npm has to say is not a result.
    stdio: ['ignore', 2, 2],
    timeout: 300_000,
  });
  if (status !== 0) console.error('bench: that failed, so rxtofu is measured alone');
  return status === 0;
}

/** Whether a command is to be had. */
export const hasCommand = command => spawnSync(command, ['--version']).error === undefined;
