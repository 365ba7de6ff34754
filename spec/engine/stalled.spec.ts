import { networks } from '../support/networks.js';
import { next } from '../support/conversation.js';
import { eventually } from '../support/eventually.js';
import { pairOver, type Side } from '../support/pair.js';
import { StoppedClock } from '../support/stopped-clock.js';
import { tryPost } from '../support/traffic.js';

const STALL_MS = 5_000;

describe.each(networks)('a channel that is not read for want of slots over $name', network => {
  let warnings: { text: string; code: string | undefined }[];
  let clock: StoppedClock;

  beforeEach(() => {
    warnings = [];
    clock = new StoppedClock();
    jest.spyOn(process, 'emitWarning').mockImplementation(((text: string, options?: { code?: string }) => {
      warnings.push({ text, code: options?.code });
    }) as typeof process.emitWarning);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** A server whose channel is paused: it holds two messages, and three more wait. */
  async function stalled(stallTimeout?: number): Promise<{ client: Side; server: Side }> {
    const options = { initialPoolMsgs: 2, maxPoolMsgs: 2, clock };
    const pair = await pairOver(network, {
      server: stallTimeout === undefined ? options : { ...options, stallTimeout },
    });
    for (let id = 1; id <= 5; id++) tryPost(pair.client, id, 'x');
    await eventually('the channel waits', () => pair.server.engine.stats().pausedChannels === 1);
    return pair;
  }

  it('warns when that has lasted stallTimeout, once, and says who holds the slots', async () => {
    const { server } = await stalled();
    clock.advance(STALL_MS - 1);
    expect(warnings).toEqual([]);
    clock.advance(1);
    expect(warnings.map(({ code }) => code)).toEqual(['RXTOFU_STALLED']);
    expect(warnings[0]?.text).toContain(`channel ${String(server.channel)} `);
    expect(warnings[0]?.text).toMatch(/inbox/);
    clock.advance(10 * STALL_MS);
    expect(warnings).toHaveLength(1);
  });

  it('does not warn when slots come in time', async () => {
    const { server } = await stalled();
    clock.advance(STALL_MS - 1);
    for (let n = 0; n < 6; n++) server.engine.put(await next(server.group));
    await eventually('nobody waits', () => server.engine.stats().pausedChannels === 0);
    clock.advance(10 * STALL_MS);
    expect(warnings).toEqual([]);
  });

  it('warns again of the next pause', async () => {
    const { client, server } = await stalled();
    clock.advance(STALL_MS);
    for (let n = 0; n < 6; n++) server.engine.put(await next(server.group));
    for (let id = 6; id <= 10; id++) tryPost(client, id, 'x');
    await eventually('the channel waits again', () => server.engine.stats().pausedChannels === 1);
    clock.advance(STALL_MS - 1);
    expect(warnings).toHaveLength(1);
    clock.advance(1);
    expect(warnings).toHaveLength(2);
  });

  it('warns after what stallTimeout says, and never where that is Infinity', async () => {
    await stalled(100);
    clock.advance(100);
    expect(warnings).toHaveLength(1);
    await stalled(Infinity);
    clock.advance(1e9);
    expect(warnings).toHaveLength(1);
  });

  it('does not warn of a channel that has closed', async () => {
    const { server } = await stalled();
    await server.engine.destroy();
    clock.advance(10 * STALL_MS);
    expect(warnings).toEqual([]);
  });
});
