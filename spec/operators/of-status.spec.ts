import { ofStatus, OpCode, Status } from '../../lib/index.js';
import { looseMessage } from '../support/loose-messages.js';
import { marbles } from '../support/virtual-time.js';
import { itMirrorsItsSource } from '../support/mirroring.js';

describe('ofStatus', () => {
  const closed = looseMessage({ opCode: OpCode.Signal, origin: 'engine', status: Status.channelClosed });
  const empty = looseMessage({ opCode: OpCode.Signal, origin: 'engine', status: Status.poolEmpty });
  const welcome = looseMessage({ opCode: OpCode.WelcomeResponse, origin: 'engine' });
  const request = looseMessage();
  const update = looseMessage({ status: Status.receiverUpdate });
  const values = { c: closed, e: empty, w: welcome, r: request, u: update };

  itMirrorsItsSource(() => ofStatus(Status.channelClosed), closed, empty);

  it('passes each of the statuses that it is given', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold('-c-e-w-|', values);
      const expected = '   -c-e---|';
      expectObservable(source.pipe(ofStatus(Status.channelClosed, Status.poolEmpty))).toBe(expected, values);
    });
  });

  it('passes the successes of the engine, and leaves out those of peers', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold('-w-r-|', values);
      const expected = '   -w---|';
      expectObservable(source.pipe(ofStatus(Status.success))).toBe(expected, values);
    });
  });

  it('leaves out what an application put on the stream with that status', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold('-u-|', values);
      const expected = '   ---|';
      expectObservable(source.pipe(ofStatus(Status.receiverUpdate))).toBe(expected);
    });
  });

  it('passes nothing when it is given nothing', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold('-c-w-|', values);
      const expected = '   -----|';
      expectObservable(source.pipe(ofStatus())).toBe(expected);
    });
  });
});
