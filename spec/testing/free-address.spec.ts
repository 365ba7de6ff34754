import net from 'node:net';
import { existsSync } from 'node:fs';
import { findFreeTcpPort, tempUdsPath } from '../../lib/testing/index.js';

describe('findFreeTcpPort', () => {
  it('finds a port that can be listened on', async () => {
    const port = await findFreeTcpPort();
    const server = net.createServer();
    await new Promise<void>(resolve => server.listen({ host: '127.0.0.1', port }, resolve));
    expect((server.address() as net.AddressInfo).port).toBe(port);
    await new Promise(resolve => server.close(resolve));
  });
});

describe('tempUdsPath', () => {
  it('is a path that a socket may have, that is no file yet, and that is another each time', () => {
    const paths = Array.from({ length: 100 }, tempUdsPath);
    expect(new Set(paths).size).toBe(100);
    for (const path of paths) {
      expect(Buffer.byteLength(path)).toBeLessThanOrEqual(107);
      expect(existsSync(path)).toBe(false);
    }
  });
});
