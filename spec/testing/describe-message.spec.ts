import { OpCode } from '../../lib/index.js';
import { describeMessage } from '../../lib/testing/index.js';
import { engineForSpec } from '../support/engines.js';

describe('describeMessage', () => {
  it('says every field in words and plain values', () => {
    using message = engineForSpec().get();
    message.opCode = OpCode.Response;
    message.channelNumber = 7;
    message.messageId = 0xffff_ffff_ffff_ffffn;
    message.more = true;
    message.textHeaders.append('a', '1');
    message.textHeaders.append('b', 'two');
    message.textHeaders.append('a', '3');
    message.body.append('grüße');
    const description = describeMessage(message);
    expect(description).toEqual({
      opCode: 'Response',
      origin: 'application',
      more: true,
      status: 'success',
      channel: 7,
      id: '18446744073709551615',
      headers: ['a: 1', 'b: two', 'a: 3'],
      body: 'grüße',
    });
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
  });

  it("says what is the engine's, and outlives its message", async () => {
    const engine = engineForSpec();
    const group = engine.createGroup();
    group.updateReceiver();
    const message = await group.waitReceive(0);
    if (message === null) throw new Error('no message');
    const description = describeMessage(message);
    engine.put(message);
    expect(description).toEqual({
      opCode: 'Signal',
      origin: 'engine',
      more: false,
      status: 'receiver_update',
      channel: 0,
      id: '0',
      headers: [],
      body: '',
    });
  });
});
