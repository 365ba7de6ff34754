import { createEngine, tcpClient, type TcpAddress } from '../../lib/index.js';
import { expectAtRest } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { expectAccounted, type Ledger } from '../support/ledger.js';
import { ledgerClient, LedgerServer } from '../support/ledger-server.js';
import { type Network, networks } from '../support/networks.js';
import { memberOf } from '../support/pair.js';
import { Proxy, type Road, type Roads } from '../support/proxy.js';

const [tcp] = networks as readonly [Network];

/** What a client and a server know at the end of a conversation that went through `roads`. */
interface Outcome {
  readonly client: Ledger;
  readonly openingId: bigint;
  /** Null when no hello came to it. */
  readonly server: Ledger | null;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** A hello, two messages each way, and a bye, all of it in as many steps as there are frames. */
async function converse(roads: Roads): Promise<Outcome> {
  const server = await LedgerServer.listen(tcp);
  const proxy = await Proxy.before((server.address as TcpAddress).port);
  proxy.expect(roads);
  const member = memberOf(createEngine());
  const { ledger: client, openingId } = ledgerClient(member, tcpClient('127.0.0.1', proxy.port), 'one');
  const other = (): Ledger | undefined => server.ledgers.get('one');
  const isOver = (): boolean => client.closed && other()?.closed !== false;
  const until = (what: string, isSo: () => boolean): Promise<void> =>
    eventually(what, () => isOver() || isSo());

  await until('the hello has come', () => other() !== undefined);
  other()?.listenTo(client);
  for (let n = 1; n <= 2; n++) {
    if (!client.closed) client.post(10);
    await until('the request has come', () => other()?.received.length === n);
    const there = other();
    if (there === undefined) break;
    client.listenTo(there);
    if (!there.closed) there.post(10);
    await until('the answer has come', () => client.received.length === n);
  }
  if (!client.closed) client.sayBye();
  await eventually('the connection is over', isOver);
  const { bytesIn, bytesOut } = member.engine.stats();
  await Promise.all([member.engine.destroy(), server.engine.destroy()]);
  proxy.close();
  for (const engine of [member.engine, server.engine]) expectAtRest(engine);
  expect(server.listenerClosed).toBe(1);
  return { client, openingId, server: other() ?? null, bytesIn, bytesOut };
}

function expectOrderlyEnds({ client, server, openingId }: Outcome): void {
  expect(client.said).toEqual([`channel_closed ${String(openingId)}`]);
  expect(client.wrong).toEqual([]);
  if (server === null) {
    expect(client.received).toEqual([]);
    return;
  }
  expect(server.said).toEqual([`channel_closed ${String(openingId)}`]);
  expect(server.wrong).toEqual([]);
  expectAccounted(client, server, false);
  expectAccounted(server, client, false);
}

it('a conversation that nothing disturbs gets through whole', async () => {
  const outcome = await converse({});
  expectOrderlyEnds(outcome);
  expect([outcome.client.received.length, outcome.server?.received.length]).toEqual([2, 2]);
});

/** Bytes of the frame of a Request: 16, its header `n`, a body of 10. */
const REQUEST = { toServer: 16 + 'n:1\r\n'.length + 10, toClient: 16 + 'n:1000001\r\n'.length + 10 };
const BYE = 16;

describe.each(['reset', 'truncate'] as const)('a connection that ends by %s', then => {
  it.each(['toServer', 'toClient'] as const)(
    'at any byte %s closes every channel once, and every message is received, or comes back, or was under way',
    async way => {
      const whole = await converse({});
      const bytes = way === 'toServer' ? whole.bytesOut : whole.bytesIn;
      const hello = bytes - 2 * REQUEST[way] - BYE;
      for (let after = 0; after < bytes; after++) {
        const road: Road = { after, then };
        const outcome = await converse({ [way]: road });
        expectOrderlyEnds(outcome);
        const { received } = (way === 'toServer' ? outcome.server : outcome.client) ?? { received: [] };
        const passed = Math.max(0, Math.min(2, Math.floor((after - hello) / REQUEST[way])));
        // A reset may overtake what waits to be read.
        if (then === 'reset') expect(received.length).toBeLessThanOrEqual(passed);
        else expect({ after, received: received.length }).toEqual({ after, received: passed });
      }
    },
    60_000,
  );
});
