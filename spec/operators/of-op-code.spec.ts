import { type Message, ofOpCode, OpCode, Status } from '../../lib/index.js';
import { engineForSpec } from '../support/engines.js';
import { looseMessage } from '../support/loose-messages.js';
import { marbles } from '../support/virtual-time.js';
import { itMirrorsItsSource } from '../support/mirroring.js';

describe('ofOpCode', () => {
  const request = looseMessage({ opCode: OpCode.Request });
  const signal = looseMessage({ opCode: OpCode.Signal });
  const response = looseMessage({ opCode: OpCode.Response });
  const closed = looseMessage({
    opCode: OpCode.Signal,
    origin: 'engine',
    status: Status.channelClosed,
  });

  itMirrorsItsSource(() => ofOpCode(OpCode.Request), request, signal);

  it('passes each of the operations that it is given', () => {
    marbles(({ cold, expectObservable }) => {
      const values = { q: request, s: signal, r: response };
      const source = cold('-q-s-r-|', values);
      const expected = '   -q---r-|';
      expectObservable(source.pipe(ofOpCode(OpCode.Request, OpCode.Response))).toBe(expected, values);
    });
  });

  it('leaves out what the engine says with the same operation', () => {
    marbles(({ cold, expectObservable }) => {
      const values = { s: signal, c: closed };
      const source = cold('-s-c-|', values);
      const expected = '   -s---|';
      expectObservable(source.pipe(ofOpCode(OpCode.Signal))).toBe(expected, values);
    });
  });

  it('passes nothing when it is given nothing', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold('-q-s-|', { q: request, s: signal });
      const expected = '   -----|';
      expectObservable(source.pipe(ofOpCode())).toBe(expected);
    });
  });

  it('holds no slot, neither of what it passes nor of what it leaves out', () => {
    const engine = engineForSpec();
    const group = engine.createGroup();
    const seen: Message[] = [];
    group.pipe(ofOpCode(OpCode.Signal)).subscribe(message => seen.push(message));
    for (const opCode of [OpCode.Request, OpCode.Signal]) {
      const update = engine.get();
      update.opCode = opCode;
      group.updateReceiver(update);
    }
    expect(seen.map(message => message.opCode)).toEqual([OpCode.Signal]);
    expect(engine.stats().slots.used).toBe(0);
  });
});
