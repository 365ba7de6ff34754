import {
  type Address,
  createEngine,
  type EngineOptions,
  type TcpAddress,
  tcpClient,
  tcpServer,
  udsClient,
  udsServer,
} from '../../lib/index.js';
import { tempUdsPath } from '../../lib/testing/index.js';
import { expectAtRest } from './engines.js';
import { eventually } from './eventually.js';
import { type ConnectionPlan, isGentle, type RoundPlan, type Step } from './fault-plan.js';
import { expectAccounted, type Ledger, type Sent } from './ledger.js';
import { LedgerChild, type ToldBooks } from './ledger-child.js';
import { ledgerClient, LedgerServer, SERVER_IDS } from './ledger-server.js';
import { networks } from './networks.js';
import { memberOf } from './pair.js';
import { Proxy } from './proxy.js';

/** What a round came to, both ways together. */
export interface Tally {
  posted: number;
  received: number;
  returned: number;
  channels: number;
}

interface Connection {
  readonly plan: ConnectionPlan;
  readonly ledger: Ledger;
  readonly openingId: bigint;
}

/** A round of faults: everything that its plan says is done, and every end's books are balanced then. */
export class FaultRound {
  readonly #plan: RoundPlan;
  readonly #client: ReturnType<typeof memberOf>;
  readonly #connections: (Connection | undefined)[];
  readonly #proxies: Proxy[] = [];
  readonly #engineOptions: EngineOptions;
  #here: LedgerServer | null = null;
  #child: LedgerChild | null = null;
  #address!: Address;

  constructor(plan: RoundPlan) {
    this.#plan = plan;
    const { slots, maxQueuedBytes } = plan;
    this.#client = memberOf(
      createEngine({ initialPoolMsgs: slots.client, maxPoolMsgs: slots.client, maxQueuedBytes }),
    );
    this.#engineOptions = { initialPoolMsgs: slots.server, maxPoolMsgs: slots.server, maxQueuedBytes };
    this.#connections = plan.connections.map(() => undefined);
  }

  async play(): Promise<Tally> {
    await this.#listen();
    for (const step of this.#plan.steps) await this.#take(step);
    this.#relieve();
    await eventually('every channel of the client is closed', () =>
      this.#made.every(({ ledger }) => ledger.closed),
    );
    for (const proxy of this.#proxies) proxy.close();
    const tally = this.#here === null ? await this.#balanceWithChild() : await this.#balanceWith(this.#here);
    this.#expectHandedOver();
    await this.#client.engine.destroy();
    expectAtRest(this.#client.engine);
    return tally;
  }

  get #made(): Connection[] {
    return this.#connections.filter(connection => connection !== undefined);
  }

  async #listen(): Promise<void> {
    const { place, network, deed, slots } = this.#plan;
    if (place === 'here') {
      this.#here = await LedgerServer.listen(networks[network === 'tcp' ? 0 : 1] as (typeof networks)[0], {
        engine: this.#engineOptions,
        credit: true,
        onAccept: (ledger, who) => {
          this.#meet(ledger, Number(who));
        },
      });
      this.#address = this.#here.address;
      return;
    }
    const path = tempUdsPath();
    const { server, bound } = await LedgerChild.listen(
      network === 'tcp' ? tcpServer('127.0.0.1', 0) : udsServer(path),
      { slots: slots.server, ...(deed === 'starve' ? { limit: { files: 64, left: 1 } } : {}) },
    );
    this.#child = server;
    this.#address =
      network === 'tcp' ? tcpClient('127.0.0.1', Number(bound.split('|').at(-1))) : udsClient(path);
  }

  /** A server of this process has accepted a connection. */
  #meet(ledger: Ledger, who: number): void {
    const { ledger: client, plan } = this.#connections[who] as Connection;
    ledger.listenTo(client);
    client.listenTo(ledger);
    for (const length of plan.there) ledger.post(length);
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case 'turns':
        for (let n = 0; n < step.count; n++) await new Promise(resolve => setImmediate(resolve));
        return;
      case 'deed':
        this.#doDeed();
        return;
      case 'connect':
        await this.#connect(step.who);
        return;
      case 'post':
        for (const length of step.lengths) {
          const { ledger } = this.#connections[step.who] as Connection;
          if (!ledger.closed) ledger.post(length);
        }
        return;
      case 'end': {
        const { ledger, plan } = this.#connections[step.who] as Connection;
        if (ledger.closed) return;
        if (plan.end === 'bye') ledger.sayBye();
        else ledger.abort();
      }
    }
  }

  async #connect(who: number): Promise<void> {
    const plan = this.#plan.connections[who] as ConnectionPlan;
    let address = this.#address;
    if (plan.roads !== null) {
      const proxy = await Proxy.before((address as TcpAddress).port);
      proxy.expect(plan.roads);
      this.#proxies.push(proxy);
      address = tcpClient('127.0.0.1', proxy.port);
    }
    const client = ledgerClient(this.#client, address, String(who), {
      credit: plan.credit,
      headers: { lengths: JSON.stringify(plan.there) },
    });
    client.ledger.slow = plan.isSlow;
    client.ledger.listenTo({ posted: new Map(plan.there.map((length, n) => [SERVER_IDS + n, length])) });
    this.#connections[who] = { plan, ...client };
  }

  #doDeed(): void {
    switch (this.#plan.deed) {
      case 'cut':
        for (const proxy of this.#proxies) proxy.cut();
        return;
      case 'stop listening':
        this.#here?.stop();
        return;
      case 'destroy':
        void this.#here?.engine.destroy();
        return;
      case 'kill':
        this.#child?.process.kill();
        return;
      case 'stop and go on':
      case 'stop and kill':
        this.#child?.process.stop();
        return;
      case 'nothing':
      case 'starve':
    }
  }

  /** From here on nothing stands in the way of an end. */
  #relieve(): void {
    if (this.#plan.deed === 'stop and go on') this.#child?.process.resume();
    if (this.#plan.deed === 'stop and kill') this.#child?.process.kill();
    for (const proxy of this.#proxies) proxy.release();
    for (const { ledger } of this.#made) {
      ledger.slow = false;
      ledger.take();
    }
  }

  /** What did not come back was handed to a socket, behind a hello: only there may it have been lost. */
  #expectHandedOver(): void {
    const sent = this.#made.map(({ ledger }) => ledger.posted.size - ledger.returned.length);
    const frames = sent.reduce((sum, requests) => sum + (requests > 0 ? requests + 1 : 0), 0);
    expect(this.#client.engine.stats().messagesOut).toBeGreaterThanOrEqual(frames);
  }

  async #balanceWith(server: LedgerServer): Promise<Tally> {
    await eventually("every channel of the server's is closed", () =>
      [...server.ledgers.values()].every(({ closed }) => closed),
    );
    await server.engine.destroy();
    expectAtRest(server.engine);
    expect({ listenerClosed: server.listenerClosed }).toEqual({ listenerClosed: 1 });
    const tally = emptyTally();
    this.#connections.forEach((connection, who) => {
      const other = server.ledgers.get(String(who));
      expect(other?.wrong ?? []).toEqual([]);
      this.#balance(connection as Connection, other, tally);
    });
    return tally;
  }

  async #balanceWithChild(): Promise<Tally> {
    const { process } = this.#child as LedgerChild;
    process.release();
    const { books, held } = await (this.#child as LedgerChild).books();
    const isKilled = this.#plan.deed === 'kill' || this.#plan.deed === 'stop and kill';
    const how = isKilled ? await process.exited : await process.end();
    // It may have ended by the time that it would have been killed.
    expect({ how, held }).toEqual(isKilled ? { how: 'SIGKILL', held: null } : { how: 0, held: 0 });
    const tally = emptyTally();
    this.#connections.forEach((connection, who) => {
      const told = books.get(String(who));
      this.#balance(connection as Connection, told, tally, isKilled);
      if (told !== undefined) expectWhole(connection as Connection, told);
    });
    return tally;
  }

  /** @param isKilled whether the other end could not say what came back to it, nor how its channel ended */
  #balance(
    { plan, ledger, openingId }: Connection,
    other: (Sent & Pick<Ledger, 'received' | 'said'>) | undefined,
    tally: Tally,
    isKilled = false,
  ): void {
    expect(ledger.said).toEqual([`channel_closed ${String(openingId)}`]);
    expect(ledger.wrong).toEqual([]);
    const there = other ?? { posted: new Map<number, number>(), received: [], returned: [], said: [] };
    const inOrder = isGentle(this.#plan, plan);
    expectAccounted(ledger, there, inOrder);
    expectAccounted(there, ledger, inOrder);
    if (other !== undefined && !isKilled) {
      expect(there.said.map(line => line.split(' ')[0])).toEqual(['channel_closed']);
    }
    tally.channels += other === undefined ? 1 : 2;
    tally.posted += ledger.posted.size + there.posted.size;
    tally.received += ledger.received.length + there.received.length;
    tally.returned += ledger.returned.length + there.returned.length;
  }
}

function emptyTally(): Tally {
  return { posted: 0, received: 0, returned: 0, channels: 0 };
}

/** What came to another process was as it was posted. */
function expectWhole({ ledger }: Connection, told: ToldBooks): void {
  expect(told.lengths).toEqual(told.received.map(id => ledger.posted.get(id)));
}
