import { type Hold, OpCode } from '../../lib/index.js';
import { settled, virtualPair, type VirtualPair } from '../support/peers.js';
import { warningsOf } from '../support/warnings.js';

const BYE_MS = 5_000;

interface Sending extends VirtualPair {
  /** The Signals that the server holds. */
  readonly holds: Hold[];
  /** What came at the server, and what came back. */
  readonly came: string[];
  readonly back: string[];
}

/** A client that has posted four Signals, with credit for the first; there is more for one when one is let go. */
async function sending(): Promise<Sending> {
  const pair = await virtualPair({
    engines: { byeTimeout: BYE_MS },
    server: { maxWindow: 1 },
  });
  const holds: Hold[] = [];
  const came: string[] = [];
  const back: string[] = [];
  pair.there.signals$.subscribe(message => {
    came.push(message.body.text());
    holds.push(message.retain());
  });
  pair.client.group.subscribe(message => {
    if (message.isFromEngine() && message.opCode === OpCode.Signal) back.push(message.body.text());
  });
  for (const text of ['1', '2', '3', '4']) pair.here.signal(text);
  return { ...pair, holds, came, back };
}

describe('a ByeRequest behind messages that wait for credit', () => {
  let left: Sending & { readonly bye: string[] };

  beforeEach(async () => {
    warningsOf('RXTOFU_STALLED');
    const sender = await sending();
    left = { ...sender, bye: settled(sender.here.bye()) };
  });
  afterEach(() => {
    for (const hold of left.holds) hold[Symbol.dispose]();
  });

  it('is waited for while the peer grants, however slowly', async () => {
    const { holds, came, back, bye, pass } = left;
    for (let n = 1; n < 4; n++) {
      await pass(BYE_MS - 100);
      expect([came.length, bye]).toEqual([n, []]);
      holds.shift()?.[Symbol.dispose]();
      await pass(4);
    }
    expect([came, bye]).toEqual([['1', '2', '3', '4'], ['undefined']]);
    // channel_closed alone.
    expect(back).toEqual(['']);
  });

  it('is given up when the peer has granted nothing for byeTimeout', async () => {
    const { came, back, bye, pass } = left;
    await pass(BYE_MS - 1);
    expect(bye).toEqual([]);
    await pass(2);
    expect([came, back, bye]).toEqual([['1'], ['2', '3', '4', ''], ['undefined']]);
  });

  it('is given up, too, when the peer says all the while that it is there', async () => {
    const { came, back, bye, pass, there } = left;
    for (let ms = 0; ms < BYE_MS; ms += 1_000) {
      there.heartbeat();
      await pass(1_000);
    }
    await pass(2);
    expect([came, back, bye]).toEqual([['1'], ['2', '3', '4', ''], ['undefined']]);
  });
});

describe('a ByeResponse behind messages that wait for credit', () => {
  it.each([
    ['is waited for while the peer grants, however slowly', true, ['1', '2', '3', '4'], ['']],
    ['is given up when the peer has granted nothing for byeTimeout', false, ['1'], ['2', '3', '4', '']],
  ])('%s', async (_, grants, allCame, allBack) => {
    warningsOf('RXTOFU_STALLED');
    const { here, there, holds, came, back, pass } = await sending();
    void there.bye();
    await pass(4);
    expect(here.isClosed).toBe(false);
    for (let n = 1; n < 4; n++) {
      await pass(BYE_MS - 100);
      if (grants) holds.shift()?.[Symbol.dispose]();
      await pass(4);
    }
    expect([here.isClosed, there.isClosed]).toEqual([true, true]);
    expect([came, back]).toEqual([allCame, allBack]);
    for (const hold of holds) hold[Symbol.dispose]();
  });
});
