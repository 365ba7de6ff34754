import { mkdir, rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { lastValueFrom, mergeMap, retry, type Subscription, tap } from 'rxjs';
import {
  backoff,
  keepConnected,
  listen,
  tcpClient,
  tcpServer,
  type TofuError,
  udsClient,
  udsServer,
} from '../../lib/index.js';
import { findFreeTcpPort } from '../../lib/testing/index.js';
import { listenOn, lineOf, postHello } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { linesUntilClosed, memberOf, nextCopy } from '../support/pair.js';
import { folder } from '../support/socket-files.js';

const SOON = { initial: 1, max: 5 };

/** Another program on a port: it resets whoever comes. */
async function stranger(port: number): Promise<{ came: () => number; leave: () => Promise<void> }> {
  let came = 0;
  const server = net.createServer(socket => {
    came++;
    socket.on('error', () => undefined);
    socket.resetAndDestroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, resolve);
  });
  return {
    came: () => came,
    leave: () =>
      new Promise(resolve => {
        server.close(() => {
          resolve();
        });
      }),
  };
}

it('a port that is taken away and given back is listened on again, and a Link finds its server there', async () => {
  const port = await findFreeTcpPort();
  const server = memberOf(engineForSpec());
  const client = memberOf(engineForSpec());
  const failures: string[] = [];
  /** Listens as soon as it can, and answers everybody. */
  const serve = ({ group }: typeof server, reply: string): Subscription =>
    listen(group, tcpServer('127.0.0.1', port))
      .pipe(
        tap({ error: (error: TofuError) => failures.push(error.code) }),
        retry({ delay: backoff(SOON) }),
        mergeMap(listener => listener.peers$),
        mergeMap(peer => peer.serve(() => reply)),
      )
      .subscribe();
  serve(server, 'here');
  const link = keepConnected(client.group, tcpClient('127.0.0.1', port), { backoff: SOON });
  const answer = async (): Promise<string> => (await lastValueFrom(link.request('where?'))).body.text();
  expect(await answer()).toBe('here');

  await server.group.destroy();
  const other = await stranger(port);
  const serving = serve(memberOf(server.engine), 'here again');
  await eventually('the Link has met the stranger', () => other.came() > 2);
  await eventually('listening has failed some times', () => failures.length > 2);
  await other.leave();
  expect(await answer()).toBe('here again');
  expect(new Set(failures)).toEqual(new Set(['listen_failed']));
  expect(client.engine.stats().channels).toMatchObject({ connecting: 0, ready: 1 });
  await link.close();
  serving.unsubscribe();
});

it('a folder that is taken away with a socket file in it ends no connection, and is listened in again once it is back', async () => {
  const place = await folder();
  const file = path.join(place, 'app.sock');
  const network = { name: 'uds' as const, server: () => udsServer(file), clientFor: () => udsClient(file) };
  const server = memberOf(engineForSpec());
  const client = memberOf(engineForSpec());
  await listenOn(server.engine, server.group, network);
  const channel = postHello(client.engine, client.group, udsClient(file));
  const hello = await nextCopy(server.group);
  server.group.post(hello.reply());
  expect(lineOf(await nextCopy(client.group))).toBe(`HelloResponse ${String(channel)}`);

  await rm(place, { recursive: true });
  const late = postHello(client.engine, client.group, udsClient(file));
  expect(await linesUntilClosed(client.group, late)).toEqual([
    `HelloResponse uds_path_not_found ${String(late)}`,
    `Signal channel_closed ${String(late)}`,
  ]);
  const question = client.engine.get();
  question.channelNumber = channel;
  question.body.append('still there?');
  client.group.post(question);
  expect((await nextCopy(server.group)).body.text()).toBe('still there?');

  await mkdir(place);
  const next = memberOf(engineForSpec());
  await listenOn(next.engine, next.group, network);
  const found = postHello(client.engine, client.group, udsClient(file));
  next.group.post((await nextCopy(next.group)).reply());
  expect(lineOf(await nextCopy(client.group))).toBe(`HelloResponse ${String(found)}`);
  await rm(place, { recursive: true });
});
