import { lstatSync, renameSync } from 'node:fs';
import net from 'node:net';
import { removeStaleSocket } from '../../../lib/transport/net/socket-file.js';
import { freePath, staleSocket } from '../../support/socket-files.js';

const servers: net.Server[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(servers.splice(0).map(server => new Promise(resolve => server.close(resolve))));
});

it('a socket file that another listener replaced since it was found stale is left alone', async () => {
  const file = await staleSocket();
  const another = await staleSocket();
  const live = freePath();
  const server = net.createServer();
  servers.push(server);
  await new Promise<void>(resolve => server.listen(live, resolve));

  // The probe is refused by the stale file, and before it is, the live one takes its place.
  const connect = net.connect.bind(net);
  jest.spyOn(net, 'connect').mockImplementationOnce(() => {
    renameSync(live, file);
    return connect({ path: another });
  });
  const removed = await new Promise(resolve => {
    removeStaleSocket(file, resolve);
  });
  expect(removed).toBe(false);
  expect(lstatSync(file).isSocket()).toBe(true);
});
