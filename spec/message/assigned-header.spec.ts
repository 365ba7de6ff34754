import { AssignedHeader } from '../../lib/message/assigned-header.js';
import { readMessage } from '../support/messages.js';

describe('the header that post() gives back', () => {
  it('is the message as it was, whatever becomes of it', () => {
    const message = readMessage({ channel: 7, proto: 0x22, idHigh: 0xffff_ffff, idLow: 0xffff_ffff });
    const header = new AssignedHeader(message);
    message.reset();
    const { channelNumber, opCode, origin, more, status, messageId } = header;
    expect([channelNumber, opCode, origin, more, status, messageId]).toEqual([
      7,
      2,
      0,
      true,
      0,
      2n ** 64n - 1n,
    ]);
  });
});
