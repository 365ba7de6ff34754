import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tempUdsPath } from '../../lib/testing/index.js';

const made: string[] = [];

afterEach(async () => {
  await Promise.all(made.splice(0).map(path => rm(path, { force: true, recursive: true })));
});

/** A path that nothing is at; what a spec puts there is removed behind it. */
export function freePath(): string {
  const path = tempUdsPath();
  made.push(path);
  return path;
}

/** A socket file that nobody listens on any more. */
export async function staleSocket(): Promise<string> {
  const path = freePath();
  const server = net.createServer();
  await new Promise<void>(resolve => server.listen({ path: `${path}-` }, resolve));
  // Closing removes the file under the name it was made with.
  await rename(`${path}-`, path);
  await new Promise(resolve => server.close(resolve));
  return path;
}

/** A file that is no socket, and holds `content`. */
export async function plainFile(content = ''): Promise<string> {
  const path = freePath();
  await writeFile(path, content);
  return path;
}

export async function folder(): Promise<string> {
  const path = freePath();
  await mkdir(path);
  return path;
}
