import { existsSync } from 'node:fs';
import { createEngine, tcpClient, tcpServer, udsClient, udsServer } from '../../lib/index.js';
import { engineForSpec } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { expectAccounted, type Ledger } from '../support/ledger.js';
import { LedgerChild } from '../support/ledger-child.js';
import { ledgerClient } from '../support/ledger-server.js';
import { memberOf } from '../support/pair.js';
import { freePath } from '../support/socket-files.js';
import type { ToldBooks } from '../support/ledger-child.js';

const BODY = 60_000;

/** A server in another process, on TCP. */
async function tcpChild(): Promise<{ server: LedgerChild; client: Ledger }> {
  const { server, bound } = await LedgerChild.listen(tcpServer('127.0.0.1', 0), { slots: 4 });
  const member = memberOf(engineForSpec());
  const { ledger } = ledgerClient(member, tcpClient('127.0.0.1', Number(bound.split('|').at(-1))), 'one');
  return { server, client: ledger };
}

/** Posts until the queue stays full, however much of it the socket has taken. */
async function postUntilStalled(client: Ledger): Promise<void> {
  const { engine } = client.side;
  const isFull = (): boolean => engine.stats().queuedBytes > 1024 * 1024 - 2 * BODY;
  for (let full = 0, n = 0; full < 50 && n < 100_000; n++) {
    for (let posts = 0; posts < 20; posts++) client.post(BODY);
    full = isFull() ? full + 1 : 0;
    await new Promise(resolve => setImmediate(resolve));
  }
}

function expectClosedOnce({ said }: Pick<Ledger, 'said'>): void {
  expect(said.map(line => line.split(' ')[0])).toEqual(['channel_closed']);
}

async function isClosed(client: Ledger): Promise<void> {
  await eventually('the channel is closed', () => client.closed);
}

describe('a server process that stands still', () => {
  it('receives everything in order once it goes on', async () => {
    const { server, client } = await tcpChild();
    server.process.stop();
    await postUntilStalled(client);
    expect(client.returned).toEqual([]);
    server.process.resume();
    client.sayBye();
    await isClosed(client);
    server.process.release();
    const { books, held } = await server.books();
    const told = books.get('one') as ToldBooks;
    expectAccounted(client, told, true);
    expectClosedOnce(client);
    expectClosedOnce(told);
    expect(held).toBe(0);
  });

  it('gives back what was not handed over when it is killed', async () => {
    const { server, client } = await tcpChild();
    client.post(BODY);
    server.process.stop();
    await postUntilStalled(client);
    server.process.kill();
    await isClosed(client);
    const { books } = await server.books();
    expect(client.returned.length).toBeGreaterThan(0);
    expectAccounted(client, books.get('one') ?? { received: [] }, false);
    expectClosedOnce(client);
    expect([...client.statuses]).toEqual(['peer_disconnected']);
  });

  it('takes the hello that came meanwhile when it goes on', async () => {
    const { server, bound } = await LedgerChild.listen(tcpServer('127.0.0.1', 0));
    server.process.stop();
    const member = memberOf(engineForSpec());
    const { ledger } = ledgerClient(member, tcpClient('127.0.0.1', Number(bound.split('|').at(-1))), 'late');
    ledger.post(10);
    await eventually('hello and request are handed over', () => member.engine.stats().messagesOut === 2);
    server.process.resume();
    ledger.sayBye();
    await isClosed(ledger);
    server.process.release();
    const { books } = await server.books();
    expect(books.get('late')?.received).toEqual([1]);
  });

  it('has a socket file that is live: who listens there is refused', async () => {
    const path = freePath();
    const first = await LedgerChild.listen(udsServer(path));
    first.server.process.stop();
    const second = await LedgerChild.listen(udsServer(path));
    expect(second.status).toBe('listen_failed');
    first.server.process.resume();
    const member = memberOf(engineForSpec());
    const { ledger } = ledgerClient(member, udsClient(path), 'one');
    ledger.post(10);
    ledger.sayBye();
    await isClosed(ledger);
    first.server.process.release();
    expect((await first.server.books()).books.get('one')?.received).toEqual([1]);
  });
});

describe('a server process that is killed', () => {
  it('leaves its socket file behind, which the next one replaces', async () => {
    const path = freePath();
    const first = await LedgerChild.listen(udsServer(path));
    first.server.process.kill();
    await first.server.process.exited;
    expect(existsSync(path)).toBe(true);
    const second = await LedgerChild.listen(udsServer(path));
    expect(second.status).toBe('success');
    const { ledger } = ledgerClient(memberOf(createEngine()), udsClient(path), 'one');
    ledger.post(10);
    ledger.sayBye();
    await isClosed(ledger);
    await ledger.side.engine.destroy();
    second.server.process.release();
    expect((await second.server.books()).books.get('one')?.received).toEqual([1]);
    expect(existsSync(path)).toBe(false);
  });
});
