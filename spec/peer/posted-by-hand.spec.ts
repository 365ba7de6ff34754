import { type BinaryHeader, type Message, OpCode } from '../../lib/index.js';
import { refusal } from '../support/messages.js';
import { BIG, virtualPair } from '../support/peers.js';

describe("a message that is posted by hand on a Peer's channel", () => {
  it('is spent for those that are told that the channel is full of it', async () => {
    const { here, client, server, net, pass } = await virtualPair();
    net.partition(client.engine, server.engine);
    let posted: Message | null = null;
    const codes: string[] = [];
    here.writable$.subscribe(isWritable => {
      if (isWritable || posted === null) return;
      const message = posted;
      codes.push(refusal(() => (message.messageId = 99n)).code);
      codes.push(refusal(() => client.group.post(message)).code);
    });
    const headers: BinaryHeader[] = [];
    // Some that the link takes, then half of what may wait.
    for (let id = 1; id <= 16 && codes.length === 0; id++) {
      posted = client.engine.get();
      posted.channelNumber = here.channelNumber;
      posted.opCode = OpCode.Request;
      posted.messageId = id;
      posted.body.append(BIG);
      headers.push(client.group.post(posted));
    }
    expect(codes).toEqual(['invalid_message', 'invalid_message']);
    expect(headers.map(({ messageId }) => messageId)).toEqual(headers.map((_, n) => BigInt(n + 1)));
    net.heal(client.engine, server.engine);
    await pass();
    expect(server.engine.stats().messagesIn).toBe(1 + headers.length);
    here.abort();
    await pass();
  });
});
