import { OpCode, parseAddress } from '../../lib/index.js';
import { lineOf, next, nextLine, post } from '../support/conversation.js';
import { expectAtRest } from '../support/engines.js';
import { greetRaw, HELLO_REQUEST, listenForRaw } from '../support/raw-channels.js';
import { hexOf, RawPeer } from '../support/raw-peer.js';
import { StoppedClock } from '../support/stopped-clock.js';

const BYE_REQUEST = '0001 05 00 0000000000000005 0000 0000';
const SIGNAL = '0001 02 00 0000000000000007 0000 0000';

function immediate(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}

describe('a group that is destroyed while the FIN behind its ByeResponse is on its way', () => {
  // The frame leaves at the end of this tick; its FIN is under way for the moments after it.
  it.each([0, 1, 2, 3])('is at rest all the same (%i microtasks later)', async moments => {
    const target = await listenForRaw();
    const { raw, server } = await greetRaw(target);
    raw.write(BYE_REQUEST);
    using bye = await next(target.group);
    server.group.post(bye.reply());
    await immediate();
    for (let n = 0; n < moments; n++) await Promise.resolve();
    await target.engine.destroy();
    expectAtRest(target.engine, 1);
  });
});

it('a peer that was refused and goes on talking is cut off after byeTimeout', async () => {
  const clock = new StoppedClock();
  const target = await listenForRaw({ byeTimeout: 300, clock });
  const raw = await RawPeer.connect({ port: target.port });
  raw.write(HELLO_REQUEST);
  using hello = await next(target.group);
  const channel = hello.channelNumber;
  post(target.engine, target.group, channel, OpCode.ByeResponse, { id: hello.messageId });
  await raw.read(16);
  for (const ms of [100, 100]) {
    raw.write(SIGNAL);
    expect(await nextLine(target.engine, target.group)).toBe(`Signal ${String(channel)}`);
    clock.advance(ms);
  }
  raw.write(SIGNAL);
  expect(await nextLine(target.engine, target.group)).toBe(`Signal ${String(channel)}`);
  clock.advance(101);
  expect(await nextLine(target.engine, target.group)).toBe(`Signal channel_closed ${String(channel)}`);
});

describe('a HelloRequest of a peer that is posted on', () => {
  it.each<[string, string]>([
    ['holds a line break', hexOf('tcp|a\nb|80')],
    ['is too long once its bytes that are no UTF-8 are U+FFFD', 'ff'.repeat(30_000)],
  ])('ends in invalid_address when its address %s', async (_what, address) => {
    const target = await listenForRaw();
    const raw = await RawPeer.connect({ port: target.port });
    const headers = `${hexOf('~connect_to:')}${address}${hexOf('\r\n')}`;
    const length = (headers.length / 2).toString(16).padStart(4, '0');
    raw.write(`0001 03 00 0000000000000063 ${length} 0000`, headers);
    const hello = await next(target.group);
    hello.channelNumber = 0;
    const { channelNumber } = target.group.post(hello);
    using answer = await next(target.group);
    expect(lineOf(answer)).toBe(`HelloResponse invalid_address ${String(channelNumber)}`);
    expect(parseAddress(answer)).toBeNull();
    expect(await nextLine(target.engine, target.group)).toBe(
      `Signal channel_closed ${String(channelNumber)}`,
    );
  });
});
