import { fromEngine, OpCode, Status } from '../../lib/index.js';
import { looseMessage } from '../support/loose-messages.js';
import { marbles } from '../support/virtual-time.js';
import { itMirrorsItsSource } from '../support/mirroring.js';

describe('fromEngine', () => {
  const request = looseMessage();
  const welcome = looseMessage({ opCode: OpCode.WelcomeResponse, origin: 'engine' });
  const returned = looseMessage({ origin: 'engine', status: Status.sendFailed });

  itMirrorsItsSource(fromEngine, returned, request);

  it('passes what went well, too', () => {
    marbles(({ cold, expectObservable }) => {
      const values = { w: welcome, q: request };
      const source = cold('-w-q-|', values);
      const expected = '   -w---|';
      expectObservable(source.pipe(fromEngine())).toBe(expected, values);
    });
  });
});
