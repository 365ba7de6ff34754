import { ofChannel, OpCode, Status } from '../../lib/index.js';
import { looseMessage } from '../support/loose-messages.js';
import { marbles } from '../support/virtual-time.js';
import { itMirrorsItsSource } from '../support/mirroring.js';

describe('ofChannel', () => {
  const mine = looseMessage({ channel: 7 });
  const other = looseMessage({ channel: 8 });
  const returned = looseMessage({ channel: 7, origin: 'engine', status: Status.peerDisconnected });
  const closed = looseMessage({
    channel: 7,
    opCode: OpCode.Signal,
    origin: 'engine',
    status: Status.channelClosed,
  });
  const poolEmpty = looseMessage({ channel: 0, origin: 'engine', status: Status.poolEmpty });

  itMirrorsItsSource(() => ofChannel(7), mine, other);

  it('passes what the peer sends, what comes back, and channel_closed', () => {
    marbles(({ cold, expectObservable }) => {
      const values = { m: mine, o: other, r: returned, c: closed };
      const source = cold('-m-o-(rc)-|', values);
      const expected = '   -m---(rc)-|';
      expectObservable(source.pipe(ofChannel(7))).toBe(expected, values);
    });
  });

  it('passes what belongs to no channel as channel 0', () => {
    marbles(({ cold, expectObservable }) => {
      const values = { m: mine, p: poolEmpty };
      const source = cold('-m-p-|', values);
      const expected = '   ---p-|';
      expectObservable(source.pipe(ofChannel(0))).toBe(expected, values);
    });
  });
});
