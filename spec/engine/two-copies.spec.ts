import type * as Library from '../../lib/index.js';
import * as here from '../../lib/index.js';
import { connectTo, lineOf, listenOn, next } from '../support/conversation.js';
import { engineForSpec, expectAtRest } from '../support/engines.js';
import { type Network, networks } from '../support/networks.js';
import { memberOf } from '../support/pair.js';
import { Watch } from '../support/watching.js';

const mem = networks.find(({ name }) => name === 'mem') as Network;

/** A second copy of the library, as when a program loads the ESM and the CommonJS build. */
function anotherCopy(): typeof Library {
  let copy: typeof Library | undefined;
  jest.isolateModules(() => {
    copy = jest.requireActual<typeof Library>('../../lib/index.js');
  });
  if (copy === undefined || copy.createEngine === here.createEngine) throw new Error('it is the same copy');
  return copy;
}

/** Bodies that fill the in-process connection's 64 KiB, so that the writer has to wait for its reader. */
const BIG = 'x'.repeat(60_000);

describe('two copies of the library in one process', () => {
  const there = anotherCopy();

  it.each([
    ['a client of the other', there, here],
    ['a server of the other', here, there],
  ])('talk to each other by in-process names: %s', async (_what, clients, servers) => {
    const client = memberOf(clients.createEngine());
    const server = memberOf(servers.createEngine());
    const welcome = server.engine.get();
    servers.memServer('two-copies').format(welcome);
    server.group.post(welcome);
    using welcomed = await next(server.group);
    expect(here.statusName(welcomed.status)).toBe('success');

    const channels = await connectTo(client, server, clients.memClient('two-copies'));
    for (let n = 0; n < 5; n++) {
      const request = client.engine.get();
      request.channelNumber = channels.client;
      request.body.append(BIG);
      client.group.post(request);
    }
    for (let n = 0; n < 5; n++) {
      using request = await next(server.group);
      expect(request.body.byteLength).toBe(BIG.length);
      server.group.post(request.reply(String(n)));
    }
    for (let n = 0; n < 5; n++) {
      using response = await next(client.group);
      expect(response.body.text()).toBe(String(n));
    }

    await server.engine.destroy();
    using last = await next(client.group);
    expect(lineOf(last)).toBe(`Signal channel_closed ${String(channels.client)}`);
    await client.engine.destroy();
    expectAtRest(client.engine);
    expectAtRest(server.engine);
  });

  it('recognise each other’s errors and messages', async () => {
    const { group } = memberOf(engineForSpec());
    const engine = there.createEngine();
    const message = engine.get();
    let refusal: unknown;
    try {
      group.post(message);
    } catch (error) {
      refusal = error;
    }
    // A message: what is wrong with it is its channel number.
    expect(refusal).toMatchObject({ code: 'invalid_channel_number' });
    expect(refusal instanceof there.TofuError).toBe(true);
    expect(refusal instanceof here.TofuError).toBe(true);
    engine.put(message);
    await engine.destroy();
  });

  it('tell what happens in them by the same names', async () => {
    const watch = new Watch();
    const client = memberOf(there.createEngine());
    const server = memberOf(engineForSpec());
    const { client: address } = await listenOn(server.engine, server.group, mem);
    await connectTo(client, server, address);
    expect(watch.namesOf(server.engine)).toEqual(['accept']);
    expect(watch.namesOf(client.engine)).toEqual(['connect']);
    await client.engine.destroy();
    expect(watch.namesOf(client.engine)).toEqual(['connect', 'close']);
  });

  it('number their messages from one sequence', async () => {
    const mine = memberOf(engineForSpec());
    const yours = memberOf(there.createEngine());
    const idOf = ({ engine, group }: typeof mine): bigint => {
      const hello = engine.get();
      there.memClient('nobody').format(hello);
      return group.post(hello).messageId;
    };
    const first = idOf(mine);
    expect([idOf(yours), idOf(mine)]).toEqual([first + 1n, first + 2n]);
    await yours.engine.destroy();
  });
});

it('a message of another engine that waits in the inbox gives its slot back when the group is destroyed', async () => {
  const other = engineForSpec({ initialPoolMsgs: 1, maxPoolMsgs: 1 });
  const group = engineForSpec().createGroup();
  group.updateReceiver(other.get());
  expect(other.pool.stats()).toEqual({ free: 0, used: 1, beyond: 0, max: 1 });
  await group.destroy();
  expect(other.pool.stats()).toEqual({ free: 1, used: 0, beyond: 0, max: 1 });
});
