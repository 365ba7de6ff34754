import { fromPeers, OpCode, Status } from '../../lib/index.js';
import { looseMessage } from '../support/loose-messages.js';
import { marbles } from '../support/virtual-time.js';
import { itMirrorsItsSource } from '../support/mirroring.js';

describe('fromPeers', () => {
  const request = looseMessage();
  const hello = looseMessage({ opCode: OpCode.HelloRequest });
  const update = looseMessage({ status: Status.receiverUpdate });
  const returned = looseMessage({ origin: 'engine', status: Status.sendFailed });

  itMirrorsItsSource(fromPeers, request, returned);

  it('passes every operation of origin application', () => {
    marbles(({ cold, expectObservable }) => {
      const values = { r: request, h: hello, u: update };
      const source = cold('-h-r-u-|', values);
      const expected = '   -h-r-u-|';
      expectObservable(source.pipe(fromPeers())).toBe(expected, values);
    });
  });
});
