import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { udsClient, udsServer } from '../../../lib/index.js';
import { netTransport } from '../../../lib/transport/net/net-transport.js';
import { freeSocketPath, removeStaleSocket } from '../../../lib/transport/net/socket-file.js';
import { dial, listen } from '../../support/link-log.js';
import { folder, freePath, plainFile, staleSocket } from '../../support/socket-files.js';

const servers: net.Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(server => new Promise(resolve => server.close(resolve))));
});

/** A socket file that a server of node's own listens on. */
async function liveSocket(): Promise<string> {
  const file = freePath();
  const server = net.createServer(socket => {
    socket.destroy();
  });
  servers.push(server);
  await new Promise<void>(resolve => server.listen(file, resolve));
  return file;
}

function removed(file: string): Promise<boolean> {
  return new Promise(resolve => {
    removeStaleSocket(file, resolve);
  });
}

describe('listening on a path', () => {
  it('makes the socket file, and removes it when the listener ends', async () => {
    const file = freePath();
    const log = listen(netTransport, udsServer(file));
    expect(await log.settled()).toBe(`ready uds|${file}`);
    expect(lstatSync(file).isSocket()).toBe(true);
    log.listening?.close();
    expect(existsSync(file)).toBe(false);
  });

  it('replaces a stale socket file', async () => {
    const file = await staleSocket();
    const log = listen(netTransport, udsServer(file));
    expect(await log.settled()).toBe(`ready uds|${file}`);
    const dialled = dial(netTransport, udsClient(file));
    await dialled.untilEvent('open');
    await log.accepted();
    expect(log.events).toEqual([`ready uds|${file}`, 'link']);
  });

  it('leaves a live one alone: listen_failed', async () => {
    const file = await liveSocket();
    const log = listen(netTransport, udsServer(file));
    expect(await log.settled()).toBe('fail listen_failed');
    log.listening?.close();
    expect(lstatSync(file).isSocket()).toBe(true);
    const dialled = dial(netTransport, udsClient(file));
    await dialled.untilEvent('open');
  });

  it('leaves a plain file alone: listen_failed', async () => {
    const file = await plainFile('precious');
    const log = listen(netTransport, udsServer(file));
    expect(await log.settled()).toBe('fail listen_failed');
    log.listening?.close();
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it('leaves a folder alone: listen_failed', async () => {
    const place = await folder();
    const log = listen(netTransport, udsServer(place));
    expect(await log.settled()).toBe('fail listen_failed');
    log.listening?.close();
    expect(lstatSync(place).isDirectory()).toBe(true);
  });

  it('makes no missing folder: listen_failed', async () => {
    const missing = freePath();
    const log = listen(netTransport, udsServer(path.join(missing, 'file')));
    expect(await log.settled()).toBe('fail listen_failed');
    log.listening?.close();
    expect(existsSync(missing)).toBe(false);
  });

  it('leaves a link to a plain file alone: listen_failed', async () => {
    const file = await plainFile('precious');
    const link = freePath();
    symlinkSync(file, link);
    expect(await listen(netTransport, udsServer(link)).settled()).toBe('fail listen_failed');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it('takes the longest path there may be, 107 bytes', async () => {
    const place = await folder();
    const file = path.join(place, 'x'.repeat(107 - Buffer.byteLength(place) - 1));
    expect(Buffer.byteLength(file)).toBe(107);
    const log = listen(netTransport, udsServer(file));
    expect(await log.settled()).toBe(`ready uds|${file}`);
    const dialled = dial(netTransport, udsClient(file));
    await dialled.untilEvent('open');
    expect(existsSync(file)).toBe(true);
  });

  it('says nothing when it is closed while it looks at a stale file', async () => {
    const log = listen(netTransport, udsServer(await staleSocket()));
    log.listening?.close();
    const other = listen(netTransport, udsServer(await staleSocket()));
    expect(await other.settled()).toMatch(/^ready/);
    expect(log.events).toEqual([]);
  });
});

describe('removing a stale socket file', () => {
  it('says yes, and it is gone', async () => {
    const file = await staleSocket();
    expect(await removed(file)).toBe(true);
    expect(existsSync(file)).toBe(false);
  });

  it('says no for a live one, a plain file, a folder and nothing at all', async () => {
    const paths = [await liveSocket(), await plainFile(), await folder(), freePath()];
    expect(await Promise.all(paths.map(removed))).toEqual([false, false, false, false]);
    expect(paths.map(one => existsSync(one))).toEqual([true, true, true, false]);
  });

  it('says no for one whose listener is too busy to accept', async () => {
    const file = freePath();
    // A process that listens, and then does nothing any more: those who connect wait in its backlog until that is full.
    const script = `require('node:net').createServer().listen({ path: ${JSON.stringify(file)}, backlog: 1 }, () => {
      require('node:fs').writeSync(1, 'listens');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
    });`;
    const busy = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const waiting: net.Socket[] = [];
    try {
      await once(busy.stdout, 'data');
      for (let isFull = false; !isFull;) {
        const socket = net.connect(file);
        waiting.push(socket);
        isFull = await new Promise<boolean>(resolve => {
          socket.once('connect', () => {
            resolve(false);
          });
          socket.once('error', () => {
            resolve(true);
          });
        });
        expect(waiting.length).toBeLessThan(100);
      }
      expect(await removed(file)).toBe(false);
      expect(existsSync(file)).toBe(true);
    } finally {
      for (const socket of waiting) socket.destroy();
      busy.kill('SIGKILL');
    }
  });
});

describe('a free path', () => {
  it('is another one each time, and short enough for a socket', () => {
    const paths = Array.from({ length: 50 }, () => freeSocketPath());
    expect(new Set(paths).size).toBe(50);
    expect(Math.max(...paths.map(one => Buffer.byteLength(one)))).toBeLessThanOrEqual(107);
    expect(paths.some(one => existsSync(one))).toBe(false);
  });
});
