import { OpCode, type Payload } from '../../lib/index.js';
import { lineOf, nextLine } from '../support/conversation.js';
import { comesTrue } from '../support/eventually.js';
import { frame, requestFrames, upTo } from '../support/frames.js';
import { nextCopy, say, type Side } from '../support/pair.js';
import { HELLO_ID } from '../support/raw-channels.js';
import {
  acceptWith,
  askForCredit,
  grant,
  greetOnCredit,
  heard,
  hears,
  hearsLine,
  knock,
  listenForCredit,
  regularHeard,
  sayMany,
  settlesAt,
  SOCKETS,
  type Windows,
} from '../support/raw-credit.js';

/** A pool that is not empty here. */
const ROOMY = { initialPoolMsgs: 200, maxPoolMsgs: 200 };

const HEARTBEAT: Payload = { headers: { 'rx-heartbeat': '1' } };

/** A Signal that passes all that waits for credit has been heard: what was not heard before it waits. */
async function heartbeatPasses(side: Side, raw: Parameters<typeof hearsLine>[0], id: number): Promise<void> {
  say(side, OpCode.Signal, { id, payload: HEARTBEAT });
  await hearsLine(raw, `Signal ${String(id)} rx-heartbeat:1`);
}

describe.each(SOCKETS)('credit over $name', network => {
  it('brakes a server that was given a window, when it has given one', async () => {
    const { raw, server } = await greetOnCredit(await listenForCredit(network), { hello: '3' });
    expect(heard(raw)).toEqual([`HelloResponse ${String(HELLO_ID)} rx-window:64`]);
    sayMany(server, 1, 5);
    await heartbeatPasses(server, raw, 9);
    expect(heard(raw).slice(1)).toEqual([
      'Request 1 "1"',
      'Request 2 "2"',
      'Request 3 "3"',
      'Signal 9 rx-heartbeat:1',
    ]);
    raw.writeBytes(grant(1));
    await hears(raw, 6);
    await heartbeatPasses(server, raw, 10);
    expect(heard(raw).slice(5)).toEqual(['Request 4 "4"', 'Signal 10 rx-heartbeat:1']);
    raw.writeBytes(Buffer.concat([grant(1), grant(5)]));
    await hearsLine(raw, 'Request 5 "5"');
    expect(server.engine.stats().queuedBytes).toBe(0);
  });

  it('brakes a client that has given a window, when it was given one', async () => {
    const { raw, client, answer } = await askForCredit(network);
    expect(heard(raw)[0]).toMatch(/^HelloRequest \d+ rx-window:64$/);
    answer('2');
    expect(await nextLine(client.engine, client.group)).toBe(`HelloResponse ${String(client.channel)}`);
    sayMany(client, 1, 3);
    await heartbeatPasses(client, raw, 9);
    expect(heard(raw).slice(1)).toEqual(['Request 1 "1"', 'Request 2 "2"', 'Signal 9 rx-heartbeat:1']);
    raw.writeBytes(grant(1));
    await hearsLine(raw, 'Request 3 "3"');
  });

  it.each<[string, Windows]>([
    ['neither hello has a window', { hello: null, answer: null }],
    ['the HelloRequest alone has one', { answer: null }],
    ['the HelloResponse alone has one', { hello: null }],
    ['the window of one is no number', { hello: 'many' }],
    ['the window of one is 0', { answer: '0' }],
    ['the window of one is 2^31', { answer: '2147483648' }],
  ])('is none where %s: nothing waits, and rx-credit is a Signal like any other', async (_name, windows) => {
    const target = await listenForCredit(network, ROOMY);
    const { raw, server } = await greetOnCredit(target, windows);
    raw.writeBytes(Buffer.concat([grant(1), grant('abc'), grant(0)]));
    for (const value of ['1', 'abc', '0']) {
      const signal = await nextCopy(target.group);
      expect([lineOf(signal), signal.textHeaders.get('rx-credit')]).toEqual([
        `Signal ${String(server.channel)}`,
        value,
      ]);
    }
    raw.writeBytes(requestFrames(upTo(200)));
    for (let n = 0; n < 200; n++) await nextCopy(target.group);
    sayMany(server, 1, 200);
    await hears(raw, 201);
    expect(heard(raw).filter(line => line.includes('rx-credit'))).toEqual([]);
  });

  it('begins with the HelloResponse: until then rx-credit is a Signal like any other, and costs nothing', async () => {
    const target = await listenForCredit(network);
    const { raw, server } = await knock(target, '1');
    raw.writeBytes(Buffer.concat([grant(1), grant('abc')]));
    for (const value of ['1', 'abc'])
      expect((await nextCopy(target.group)).textHeaders.get('rx-credit')).toBe(value);
    acceptWith(server, '64');
    await hears(raw, 1);
    sayMany(server, 1, 2);
    await heartbeatPasses(server, raw, 9);
    expect(regularHeard(raw)).toBe(1);
    const { incoming } = target.group.core.connection(server.channel).credit ?? {};
    // The hello and both Signals took slots, and cost nothing.
    expect(incoming).toMatchObject({ received: 3, granted: 64 + 3 });
  });

  it.each<[string, string | null]>([
    ['in full where the HelloResponse has no window', null],
    ['as far as its window goes', '70'],
  ])('lets a client send 64 behind its hello, and the rest %s', async (_name, window) => {
    const { raw, client, answer } = await askForCredit(network);
    sayMany(client, 1, 80);
    await heartbeatPasses(client, raw, 99);
    expect(regularHeard(raw)).toBe(64);
    answer(window);
    await nextCopy(client.group);
    await heartbeatPasses(client, raw, 100);
    expect(regularHeard(raw)).toBe(window === null ? 80 : 70);
  });

  it('counts what a server has sent before it accepts', async () => {
    const target = await listenForCredit(network);
    const { raw, server } = await knock(target, '64');
    sayMany(server, 1, 100);
    await hears(raw, 100);
    acceptWith(server, '64');
    sayMany(server, 101, 102);
    await heartbeatPasses(server, raw, 99);
    raw.writeBytes(grant(36));
    await heartbeatPasses(server, raw, 100);
    expect(heard(raw).slice(100)).toEqual([
      `HelloResponse ${String(HELLO_ID)} rx-window:64`,
      'Signal 99 rx-heartbeat:1',
      'Signal 100 rx-heartbeat:1',
    ]);
    raw.writeBytes(grant(1));
    await hearsLine(raw, 'Request 101 "101"');
    expect(server.engine.stats().queuedBytes).toBe(19);
  });

  it('grants what came before the HelloResponse, however many that were', async () => {
    const { raw, client, answer } = await askForCredit(network, ROOMY);
    raw.writeBytes(requestFrames(upTo(100)));
    for (let n = 0; n < 100; n++) await nextCopy(client.group);
    answer('64');
    await nextCopy(client.group);
    await hears(raw, 2);
    // The HelloResponse, which is held, costs nothing: all 100 are consumed, so the window doubles, 128 on from them.
    expect(heard(raw).slice(1)).toEqual(['Signal* 0 rx-credit:164']);
  });

  it('tolerates 64 behind a hello, though its window is smaller', async () => {
    const target = await listenForCredit(network, { ...ROOMY, maxWindow: 4 });
    const { raw, server } = await knock(target, '64');
    acceptWith(server, '4');
    await hears(raw, 1);
    raw.writeBytes(requestFrames(upTo(64)));
    for (const id of upTo(64)) expect(Number((await nextCopy(target.group)).messageId)).toBe(id);
    const credit = target.group.core.connection(server.channel).credit;
    await comesTrue(() => credit?.incoming.held === 0);
    await hears(raw, 2);
    expect(credit?.incoming.granted).toBeGreaterThan(64);
    expect((credit?.incoming.granted ?? 0) - (credit?.incoming.received ?? 0)).toBeLessThanOrEqual(4);
  });

  it.each([
    ['Request', OpCode.Request, undefined, 1],
    ['Response', OpCode.Response, undefined, 1],
    ['Signal', OpCode.Signal, undefined, 1],
    ['Signal with rx-cancel', OpCode.Signal, { headers: { 'rx-cancel': '1' } }, 0],
    ['Signal with rx-heartbeat', OpCode.Signal, HEARTBEAT, 0],
  ])('costs a %s of either side', async (_name, opCode, payload, cost) => {
    const target = await listenForCredit(network);
    const { raw, server } = await greetOnCredit(target);
    const { incoming, outgoing } = target.group.core.connection(server.channel).credit ?? {};
    const [received, granted] = [incoming?.received ?? NaN, incoming?.granted ?? NaN];
    const headers =
      opCode === OpCode.Signal && payload !== undefined ? Object.entries(payload.headers ?? {}) : [];
    raw.writeBytes(frame({ opCode, id: 5, headers: headers.map(([name]) => `${name}:1\r\n`).join('') }));
    await nextCopy(target.group);
    // What costs nothing takes a slot where nobody follows the channel, and is granted at once.
    const paid = { received: 1, granted: 0 };
    const free = { received: 1, granted: 1 };
    expect({
      received: (incoming?.received ?? NaN) - received,
      granted: (incoming?.granted ?? NaN) - granted,
    }).toEqual(cost === 1 ? paid : free);
    say(server, opCode, { id: 5, ...(payload === undefined ? {} : { payload }) });
    await hears(raw, 2);
    expect(outgoing?.spent).toBe(cost);
  });

  it('costs nothing for hello and bye', async () => {
    const target = await listenForCredit(network);
    const { raw, server } = await greetOnCredit(target);
    const { outgoing } = target.group.core.connection(server.channel).credit ?? {};
    say(server, OpCode.ByeRequest, { id: 7 });
    await hearsLine(raw, 'ByeRequest 7');
    expect(outgoing).toMatchObject({ spent: 0, granted: 64 });
  });

  it('is granted when half of the window was given back, and not before', async () => {
    const target = await listenForCredit(network, ROOMY);
    const { raw, server } = await greetOnCredit(target);
    raw.writeBytes(requestFrames(upTo(64)));
    for (let n = 0; n < 31; n++) await nextCopy(target.group);
    await heartbeatPasses(server, raw, 99);
    expect(heard(raw).slice(1)).toEqual(['Signal 99 rx-heartbeat:1']);
    await nextCopy(target.group);
    await hears(raw, 3);
    expect(heard(raw)[2]).toBe('Signal* 0 rx-credit:32');
  });

  it('shows no grant to whoever reads the group, and counts it as a message', async () => {
    const target = await listenForCredit(network);
    const { raw } = await greetOnCredit(target);
    const { messagesIn } = target.engine.stats();
    raw.writeBytes(Buffer.concat([grant(5), grant(5), frame({ id: 1, body: 'behind' })]));
    const message = await nextCopy(target.group);
    expect(message.body.text()).toBe('behind');
    expect(target.engine.stats().messagesIn).toBe(messagesIn + 3);
    await settlesAt({ ...target, channel: message.channelNumber }, 0);
  });
});
