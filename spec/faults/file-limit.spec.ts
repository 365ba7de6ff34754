import { tcpClient, tcpServer, udsServer } from '../../lib/index.js';
import { Child } from '../support/child.js';
import { engineForSpec } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import type { Ledger } from '../support/ledger.js';
import { LedgerChild } from '../support/ledger-child.js';
import { ledgerClient, LedgerServer } from '../support/ledger-server.js';
import { networks, type Network } from '../support/networks.js';
import { memberOf } from '../support/pair.js';
import { freePath } from '../support/socket-files.js';
import type { TcpAddress } from '../../lib/index.js';

const [tcp] = networks as readonly [Network];

describe('a server process that may open no more files', () => {
  it('turns away who comes, keeps who is there, and takes others when one has left', async () => {
    const { server, bound } = await LedgerChild.listen(tcpServer('127.0.0.1', 0), {
      limit: { files: 64, left: 2 },
    });
    const member = memberOf(engineForSpec());
    const join = async (who: string): Promise<Ledger> => {
      const before = member.engine.stats().messagesIn;
      const { ledger } = ledgerClient(member, tcpClient('127.0.0.1', Number(bound.split('|').at(-1))), who);
      await eventually(
        'it is accepted, or not',
        () => ledger.closed || member.engine.stats().messagesIn > before,
      );
      return ledger;
    };
    const leave = async (ledger: Ledger): Promise<void> => {
      ledger.sayBye();
      await eventually('it has left', () => ledger.closed);
    };

    const first = await join('first');
    const second = await join('second');
    const third = await join('third');
    expect([first.closed, second.closed, third.closed]).toEqual([false, false, true]);
    second.post(10);
    await leave(first);
    const joined: Ledger[] = [];
    // The server hears of the end a little later than its client.
    for (let n = 0; n < 200 && joined.every(({ closed }) => closed); n++)
      joined.push(await join(`later ${String(n)}`.replace(' ', '-')));
    const fourth = joined.at(-1) as Ledger;
    fourth.post(10);
    await leave(fourth);
    await leave(second);

    server.process.release();
    const { books, held } = await server.books();
    expect(held).toBe(0);
    expect(books.get('second')?.received).toEqual([1]);
    expect(books.has('third')).toBe(false);
    expect(books.get(`later-${String(joined.length - 1)}`)?.received).toEqual([1]);
    for (const told of books.values()) expect(told.said).toEqual(['channel_closed']);
    expect(await server.process.end()).toBe(0);
  });
});

describe('a process that may open no more files', () => {
  it('is told connect_failed and listen_failed, and does both when it may again', async () => {
    const server = await LedgerServer.listen(tcp);
    const path = freePath();
    const other = await LedgerChild.listen(udsServer(path));
    const { port } = server.address as TcpAddress;
    const child = new Child('without-files.cjs@64', String(port), path);
    const lines = await child.lines();
    expect(await child.end()).toBe(0);
    expect(lines).toEqual([
      'begins',
      'without tcp client: connect_failed, channel_closed',
      'without tcp server: listen_failed, channel_closed',
      'without uds client: connect_failed, channel_closed',
      'without uds server: listen_failed, channel_closed',
      'with tcp client: success',
      'with tcp server: success',
      'with uds client: success',
      'with uds server: success',
    ]);
    other.server.process.release();
    await other.server.process.end();
    await server.engine.destroy();
  });
});
