import { randomBytes } from 'node:crypto';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** A TCP port of 127.0.0.1 that nobody listened on a moment ago. Another process may take it meanwhile: port 0 is surer where it will do. */
export function findFreeTcpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

/** A path in the temporary folder for a Unix socket, short enough and used by no other call. No file is made. */
export function tempUdsPath(): string {
  return path.join(os.tmpdir(), `rxtofu-${String(process.pid)}-${randomBytes(6).toString('hex')}.sock`);
}
