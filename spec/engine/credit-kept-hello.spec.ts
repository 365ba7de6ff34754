import type { ChannelCredit } from '../../lib/engine/channel-credit.js';
import { type ChannelGroup, OpCode } from '../../lib/index.js';
import { Party } from '../support/virtual-party.js';
import { networkForSpec } from '../support/peers.js';

/** How many messages a side may send from now on. */
function mayAsk({ core }: ChannelGroup, channel: number): number {
  const credit = core.connection(channel).credit as ChannelCredit;
  return credit.outgoing.left;
}

describe('a window of 64', () => {
  it('doubles behind who keeps the HelloRequest, and nothing else', async () => {
    const { net, pass } = networkForSpec();
    const [server, client] = [new Party(net), new Party(net)];
    server.group.subscribe(message => {
      if (message.opCode !== OpCode.HelloRequest) return;
      message.retain();
      const answer = message.reply();
      answer.textHeaders.append('rx-window', '64');
      server.group.post(answer);
    });
    client.group.subscribe();
    server.listen();
    const hello = client.engine.get();
    hello.opCode = OpCode.HelloRequest;
    hello.textHeaders.append('~connect_to', 'tcp|127.0.0.1|7099');
    hello.textHeaders.append('rx-window', '64');
    const { channelNumber } = client.group.post(hello);
    await pass();
    for (let n = 0; n < 64; n++) client.post(channelNumber, OpCode.Signal);
    await pass();
    expect(server.engine.stats().slots.used).toBe(1);
    expect(mayAsk(client.group, channelNumber)).toBe(128);
  });
});
